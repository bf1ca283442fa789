"""Operations with the tag ``health``: they take any method."""

from mockserver.http.exchange import Answer
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.request import ReleaseRequest


async def get_liveness(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Say that the process runs, until it is told to stop."""
    return _status("unavailable" if server.stopping else "ok")


async def get_readiness(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Say whether the server is ready, which ``--not-ready`` delays."""
    return _status("ok" if server.ready else "busy")


def _status(word: str) -> Answer:
    return replies.text(f'{{"status": "{word}"}}'.encode(), 200 if word == "ok" else 503)
