"""A release's tokens: where it looks for them, and which it lets through."""

import secrets
import time

from mockserver.auth import TokenError, Tokens
from mockserver.exchange import Headers
from mockserver.release import go_jwt
from mockserver.release.go_url import first_value

MISSING = "can not find token in header"


class ReleaseTokens(Tokens):
    """Issues and verifies tokens in the words of a version of golang-jwt.

    Takes the secret (None: a random one of this process), the time to live in seconds, and that library's major
    version.
    """

    def __init__(self, secret: str | None, ttl: float, major: int) -> None:
        super().__init__(secret, ttl)
        self._key = secret.encode() if secret is not None else secrets.token_bytes(32)
        self._major = major

    def issue(self, user: str) -> str:
        """Return a new token for a user."""
        return go_jwt.issue(user, self._key, int(time.time() + self._ttl))

    def verify(self, token: str) -> None:
        """Raise TokenError, in the release's words, for a token that does not count."""
        fault = go_jwt.fault(token, self._key, time.time(), self._major) if token else MISSING
        if fault is not None:
            raise TokenError(fault)


def token_of(headers: Headers, query: bytes) -> str:
    """Return the token of a request, empty where there is none.

    A header that is there hides the query, even an empty one. The query's parameter is case-sensitive. No release
    reads cookies.
    """
    for name, value in headers:
        if name == b"token":
            return value.decode("utf-8", "surrogateescape")
    return first_value(query, b"Token")
