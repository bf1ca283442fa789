"""Operations with the tag ``connections``."""

from mockserver.backend import Backend
from mockserver.errors import Refusal
from mockserver.exchange import Answer, Request
from mockserver.operation import Answers


async def test_connection(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Try the connection string in the body."""
    failure = await mock.connect(request.body)
    if failure is not None:
        mock.log.connect_failed(failure.target.host, failure.reason)
        raise Refusal(400, failure.message)
    return answers.success()
