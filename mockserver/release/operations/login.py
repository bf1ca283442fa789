"""Operations with the tag ``login``."""

from mockserver.go.json.types import GoJsonError
from mockserver.go.url import is_utf8
from mockserver.http.exchange import Answer
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.request import ReleaseRequest
from mockserver.release.store.body_types import CREDENTIALS


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
