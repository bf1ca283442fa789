"""Operations with the tag ``connections``."""

from mockserver.errors import Refusal
from mockserver.http.exchange import Answer, Request
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def test_connection(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Try the connection string in the body."""
    failure = await mock.connect(request.body)
    if failure is not None:
        mock.log.connect_failed(failure.target.host, failure.reason)
        raise Refusal(400, failure.message)
    return answers.success()
