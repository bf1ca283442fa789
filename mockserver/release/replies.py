"""The answers of a release, as its handlers write them with net/http. Lengths and dates are the connection's to add."""

import re

from mockserver.http.exchange import Answer, Headers
from mockserver.release.http.exchange import GUESSED_TYPE

TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"
_REPEATED = re.compile(r"(\.\.\.\|).*(?=\|\.\.\.)|(cannot parse `).*(?=`: )|(parsing \").*(?=\": )", re.DOTALL)
"""What jsoniter quotes of a body, and pgx of a connection string and of its numbers."""


def error(status: int, text: str | bytes, *headers: tuple[bytes, bytes]) -> Answer:
    """Return what http.Error writes: the text, which may hold any bytes, and a line end."""
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    described: Headers = [*headers, (b"Content-Type", TEXT), (b"X-Content-Type-Options", b"nosniff")]
    return Answer(status, body + b"\n", described, reason=_line(body))


def method_not_allowed(text: str, allow: str) -> Answer:
    """Return the refusal of a method, with the methods there are."""
    return error(405, text, (b"Allow", allow.encode()))


def done(status: int = 200) -> Answer:
    """Return a success without a body."""
    return Answer(status, b"", [])


def text(body: bytes, status: int = 200) -> Answer:
    """Return a body whose type net/http guesses: JSON and tokens are text to it."""
    return Answer(status, body, [(GUESSED_TYPE, TEXT)])


def json(body: bytes) -> Answer:
    """Return a body that is declared as JSON."""
    return Answer(200, body, [(b"Content-Type", JSON)])


def _line(body: bytes) -> str:
    """Return a text for the console, whose lines end up in files, without what it repeats of the request."""
    text = _REPEATED.sub(lambda match: f"{match[1] or match[2] or match[3]}***", body.decode("utf-8", "replace"))
    return text.encode("unicode_escape").decode()
