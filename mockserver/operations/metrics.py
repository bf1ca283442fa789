"""Operations with the tag ``metrics``."""

from mockserver.backend import Backend
from mockserver.exchange import Answer, Request
from mockserver.operation import Answers


async def list_metrics(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Return all metric definitions by name."""
    return answers.success(mock.state.metrics_json)
