"""Operations with the tag ``health``."""

from mockserver.http.exchange import Answer, Request
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def get_liveness(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Say that the process runs, until it is told to stop."""
    return answers.example(503 if mock.stopping else 200)


async def get_readiness(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Say whether the server is ready, which ``--not-ready`` delays."""
    return answers.example(200 if mock.ready else 503)
