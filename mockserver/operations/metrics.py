"""Operations with the tag ``metrics``."""

from mockserver.http.exchange import Answer, Request
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def list_metrics(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Return all metric definitions by name."""
    return answers.success(mock.state.metrics_json)
