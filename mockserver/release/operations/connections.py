"""Operations with the tag ``connections``."""

from mockserver.errors import Refusal
from mockserver.http.exchange import Answer
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.request import ReleaseRequest


async def test_connection(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Try the connection string that the body is, as pgx does."""
    if request.fault:
        return replies.error(400, request.fault)
    text = request.body.decode("utf-8", "surrogateescape")
    if server.settings.real_connect:
        try:
            failure = await server.connect(text)
        except Refusal as refusal:
            return replies.error(400, refusal.message)
        return replies.done(request.success) if failure is None else replies.error(400, failure.message)
    reason = await server.pgx(text)
    if reason is not None:
        return replies.error(400, reason)
    return replies.done(request.success)
