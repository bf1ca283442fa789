"""Operations with the tag ``health``."""

from mockserver.backend import Backend
from mockserver.exchange import Answer, Request
from mockserver.operation import Answers


async def get_liveness(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Say that the process runs, until it is told to stop."""
    return answers.example(503 if mock.stopping else 200)


async def get_readiness(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Say whether the server is ready, which ``--not-ready`` delays."""
    return answers.example(200 if mock.ready else 503)
