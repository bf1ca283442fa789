"""A release's tokens: where it looks for them, and which it lets through."""

import time

from mockserver.go import jwt
from mockserver.go.url import first_value
from mockserver.http.exchange import Headers
from mockserver.memory.auth import TokenError, Tokens

MISSING = "can not find token in header"


class ReleaseTokens(Tokens):
    """Issues and verifies tokens in the words of golang-jwt, of which ``major`` is the version."""

    major: int

    def issue(self, user: str) -> str:
        """Return a new token for a user."""
        return jwt.issue(user, self._secret, int(time.time() + self._ttl))

    def _decode(self, token: str) -> float:
        fault = jwt.fault(token, self._secret, time.time(), self.major) if token else MISSING
        if fault is not None:
            raise TokenError(fault)
        return 0  # golang-jwt looks at a token each time


def tokens_of(major: int) -> type[ReleaseTokens]:
    """Return the class of the tokens of a release that has this version of golang-jwt."""
    return type("ReleaseTokens", (ReleaseTokens,), {"major": major})


def token_of(headers: Headers, query: bytes) -> str:
    """Return the token of a request, empty where there is none.

    A header that is there hides the query, even an empty one. The query's parameter is case-sensitive. No release
    reads cookies.
    """
    for name, value in headers:
        if name == b"token":
            return value.decode("utf-8", "surrogateescape")
    return first_value(query, b"Token")
