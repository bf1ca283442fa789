"""The head of a request, read as Go's net/http reads it, and what it answers to one that it cannot read."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from mockserver.release.go_url import UrlError, split_target

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VERSION = re.compile(rb"HTTP/(\d)\.(\d)")
_HOST = re.compile(rb"[!$%&'()*+,.:;=@\[\]_~0-9A-Za-z-]*")
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
MOST_HEAD_BYTES = (1 << 20) + 4096
"""http.DefaultMaxHeaderBytes and the slack that net/http adds for its buffer."""


class BadHead(Exception):
    """A head that is answered by net/http itself: the status, what follows it in the status line, and the body."""

    def __init__(self, status: int, reason: str = "", body: str | None = None) -> None:
        self.status = status
        self.line = f"{status} {HTTPStatus(status).phrase}" + (f": {reason}" if reason else "")
        self.body = self.line if body is None else body
        super().__init__(self.line)

    def answer(self) -> bytes:
        """Return the whole answer as net/http writes it: no date, no length, the end of the connection ends it."""
        head = f"HTTP/1.1 {self.line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
        return (head + self.body).encode()


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head. Header names are in lower case; ``length`` of the body is None where it is chunked."""

    method: str
    target: bytes
    path: bytes
    query: bytes
    minor: int
    headers: list[tuple[bytes, bytes]]
    length: int | None

    def first(self, name: bytes) -> bytes | None:
        """Return the first value of a header, None where it is absent."""
        return next((value for own, value in self.headers if own == name), None)

    def has_token(self, name: bytes, token: bytes) -> bool:
        """Say whether a header's values, separated by commas, hold a token."""
        values = b",".join(value for own, value in self.headers if own == name)
        return token in [part.strip().lower() for part in values.split(b",")]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client wants to go on with the connection."""
        if self.minor == 0:
            return self.has_token(b"connection", b"keep-alive")
        return not self.has_token(b"connection", b"close")


def parse_head(data: bytes) -> Head:
    """Return the head that stands in some bytes without the empty line at its end; raises BadHead."""
    first, *lines = data.replace(b"\r\n", b"\n").split(b"\n")
    method, _, rest = first.partition(b" ")
    target, _, protocol = rest.partition(b" ")
    version = _VERSION.fullmatch(protocol)
    if not _TOKEN.fullmatch(method) or version is None:
        raise BadHead(400)
    is_preface = first == b"PRI * HTTP/2.0"  # net/http answers it like any other, although it is not HTTP/1
    try:
        path, query = (b"", b"") if _is_authority(method, target) else split_target(target)
    except UrlError:
        raise BadHead(400) from None
    headers = _headers(lines)
    if version[1] != b"1" and not is_preface:
        raise BadHead(505, "unsupported protocol version")
    minor = 1 if is_preface else int(version[2])
    hosts = [value for name, value in headers if name == b"host"]
    length = _length(headers, minor)
    if len(hosts) > 1:
        raise BadHead(400)
    if not hosts and minor > 0 and not is_preface and method != b"CONNECT":
        raise BadHead(400, "missing required Host header")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise BadHead(400, "malformed Host header")
    return Head(method.decode(), target, path, query, minor, headers, length)


def _is_authority(method: bytes, target: bytes) -> bool:
    return method == b"CONNECT" and not target.startswith(b"/")


def _headers(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    joined: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if not joined:
                raise BadHead(400)
            joined[-1] = joined[-1].rstrip(b" \t") + b" " + line.strip(b" \t")
        else:
            joined.append(line)
    headers = []
    for line in joined:
        name, colon, value = line.partition(b":")
        if colon and (b" " in name or name.endswith(b"\t")):
            raise BadHead(400, "invalid header name")
        if not colon or not _TOKEN.fullmatch(name) or _BAD_VALUE.search(value):
            raise BadHead(400)
        headers.append((name.lower(), value.strip(b" \t")))
    return headers


def _length(headers: list[tuple[bytes, bytes]], minor: int) -> int | None:
    """Return the length of the body, 0 for none, None for chunks."""
    encodings = [value for name, value in headers if name == b"transfer-encoding"]
    if encodings and minor > 0:
        if len(encodings) > 1 or encodings[0].lower() != b"chunked":
            raise BadHead(501, body="Unsupported transfer encoding")
        return None
    lengths = {value for name, value in headers if name == b"content-length"}
    if len(lengths) > 1:
        raise BadHead(400)
    text = next(iter(lengths), b"0")
    if not text.isdigit() or int(text) >= 1 << 63:
        raise BadHead(400)
    return int(text)
