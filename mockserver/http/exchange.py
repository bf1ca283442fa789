"""A request as the operations see it, and the answer they give."""

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from mockserver.errors import Refusal

Headers = list[tuple[bytes, bytes]]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Request:
    """One request. ``body`` and ``parameters`` are set once they were validated, the body as its schema has it.

    ``about`` is the name of what it is about, as soon as that is known; the console shows it.
    """

    body: Any
    parameters: dict[str, str]
    about = ""

    def __init__(self, method: str, headers: Headers, query_string: bytes) -> None:
        self.method = method
        self.all_headers = headers
        # Of a header that is sent several times the first counts, as in every release (net/http's Header.Get).
        self.headers = dict(reversed(headers))
        self.query_string = query_string
        self._query: dict[str, list[str]] | None = None

    def header(self, name: bytes) -> str:
        """Return the value of a header (named in lower case) without surrounding spaces, empty when absent."""
        return self.headers.get(name, b"").decode("latin-1").strip()

    @property
    def query(self) -> dict[str, list[str]]:
        """The values of each query parameter, in the order sent.

        Raises Refusal (400) for a query that is not UTF-8 or has more than 1,000 parameters.
        """
        if self._query is None:
            self._query = self._parse_query()
        return self._query

    def _parse_query(self) -> dict[str, list[str]]:
        try:
            text = self.query_string.decode()
            return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
        except UnicodeDecodeError:
            raise Refusal(400, "query string is not valid UTF-8") from None
        except ValueError:
            raise Refusal(400, "query string has more than 1000 parameters") from None


class Answer(NamedTuple):
    """A complete answer. ``reason`` is what the console says of a refusal."""

    status: int
    body: bytes
    headers: Headers
    reason: str = ""


def item_of(raw_path: bytes) -> str:
    """Return what documents call the path of an item, ``/source/{name}`` for ``/source/demo``; empty for no item's.

    Takes the path as it was sent: a slash in a name is escaped.
    """
    parent, _, name = raw_path.rpartition(b"/")
    return unquote(parent.decode("latin-1")) + "/{name}" if parent and name else ""


def name_in(value: Any) -> str:
    """Return the name of what a body is about, as decoded JSON; empty where it has none."""
    name = value.get("Name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else ""


def answer(status: int, body: bytes, content_type: str | None, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an answer with its Content-Length, its Content-Type unless that is None, and further headers."""
    described: Headers = [(b"content-length", b"%d" % len(body)), *headers]
    if content_type is not None:
        described.insert(0, (b"content-type", content_type.encode()))
    return Answer(status, body, described)


def refuse(status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a refusal: its message as one line of text, control characters written as escapes."""
    line = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", message.strip())
    body = (line + "\n").encode("utf-8", "backslashreplace")
    described: Headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    return Answer(status, body, described, reason=line)
