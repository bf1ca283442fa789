"""Operations with the tag ``login``."""

from mockserver.exchange import Answer
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.body_types import CREDENTIALS
from mockserver.release.go_types import GoJsonError
from mockserver.release.go_url import is_utf8
from mockserver.release.request import ReleaseRequest


async def login(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Exchange credentials for a token: the first value of the body is read, whatever follows."""
    try:
        given = await server.decode_first(request, CREDENTIALS)
    except GoJsonError as error:
        return replies.error(500, error.text)
    user, password = given["user"], given["password"]
    credentials = server.credentials
    if not credentials.accept_anyone and not (is_utf8(user + password) and credentials.accept(user, password)):
        return replies.error(401, "can not authenticate this user")
    return replies.text(server.tokens.issue(user).encode())
