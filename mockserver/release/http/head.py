"""The head of a request, read as Go's net/http reads it, and what it answers to one that it cannot read."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from mockserver.go.quote import quote
from mockserver.go.url import Url, UrlError, parse_url
from mockserver.release.http.input import Input

Headers = list[tuple[bytes, bytes]]

MOST_HEAD_BYTES = (1 << 20) + 4096
"""http.DefaultMaxHeaderBytes and the slack that net/http adds for its buffer."""
_MOST_VALUES = 1000
"""Further values of a header are not kept: 340,000 of them would be gone through for each question that is asked."""
_MOST_LENGTH = (1 << 63) - 1
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z -]+")
_VERSION = re.compile(rb"HTTP/(\d)\.(\d)")
_HOST = re.compile(rb"[!$%&'()*+,.:;=\[\]_~0-9A-Za-z-]*")
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BLANKS = (b" ", b"\t")
_NOT_IN_TRAILERS = (b"transfer-encoding", b"trailer", b"content-length")


class BadHead(Exception):
    """A head that is answered by net/http itself: the status, what follows it in the status line, and the body.

    ``told`` is what Go's reader says of it, which a handler tells of trailers.
    """

    def __init__(self, status: int, reason: str = "", body: str | None = None, told: bytes = b"") -> None:
        self.status = status
        self.told = told
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
    url: Url
    minor: int
    headers: Headers
    length: int | None

    def first(self, name: bytes) -> bytes:
        """Return the first value of a header, nothing where it is absent."""
        return next((value for own, value in self.headers if own == name), b"")

    @property
    def wants_keep_alive(self) -> bool:
        """Whether a client of HTTP/1.0 asks for the connection to stay (wantsHttp10KeepAlive)."""
        return self.minor == 0 and has_token(self.first(b"connection"), b"keep-alive")

    @property
    def wants_close(self) -> bool:
        """Whether the client does not want to go on with the connection."""
        listed = b",".join(value for name, value in self.headers if name == b"connection")
        if _lists(listed, b"close") or has_token(self.first(b"connection"), b"close"):
            return True
        return self.is_preface or (self.minor == 0 and not _lists(listed, b"keep-alive"))

    @property
    def is_preface(self) -> bool:
        """Whether it begins HTTP/2; net/http answers that like any other request, although it is not HTTP/1."""
        return self.method == "PRI" and not self.headers


def has_token(value: bytes, token: bytes) -> bool:
    """Say whether a value holds a token between commas and blanks (hasToken of net/http)."""
    return re.search(rb"(?i)(?:^|[ ,\t])" + re.escape(token) + rb"(?:$|[ ,\t])", value) is not None


def _lists(value: bytes, token: bytes) -> bool:
    """Say whether a list with commas holds a token (HeaderValuesContainsToken of net/http)."""
    return re.search(rb"(?i)(?:^|,)[ \t]*+" + re.escape(token) + rb"[ \t]*+(?:$|,)", value) is not None


async def read_head(source: Input) -> Head | None:
    """Read a head; None where none comes. Raises BadHead as soon as a line shows it."""
    line = await source.line(MOST_HEAD_BYTES)
    if line == b"":
        return None
    if line is None:
        raise BadHead(431)
    method, target, url, version = _request_line(_without_end(line))
    headers = await read_header_lines(source, MOST_HEAD_BYTES - len(line))
    return _head(method, target, url, version, headers)


async def read_header_lines(source: Input, most: int) -> Headers:
    """Read headers up to an empty line; raises BadHead as soon as a line shows it, or where they exceed some bytes."""
    headers: Headers = []
    counts: dict[bytes, int] = {}
    begun: list[bytes] = []
    while True:
        line = source.ready_line(most) or await source.line(most)
        if line is None:
            raise BadHead(431)
        most -= len(line)
        text = _without_end(line)
        if text[:1] in _BLANKS:
            if not begun:
                raise BadHead(400, told=b"malformed MIME header initial line: " + quote(text))
            begun.append(text.strip(b" \t"))
            continue
        if begun:
            name, value = _header(b" ".join(begun))
            counts[name] = counts.get(name, 0) + 1
            if counts[name] <= _MOST_VALUES:
                headers.append((name, value))
        if not text:
            if not line:  # the client has gone, or will send no more
                raise BadHead(400, told=b"unexpected EOF")
            return headers
        if b":" not in text:
            raise BadHead(400, told=b"malformed MIME header: missing colon: " + quote(text))
        begun = [text.strip(b" \t")]


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line


def _request_line(line: bytes) -> tuple[bytes, bytes, Url, tuple[int, int]]:
    method, _, rest = line.partition(b" ")
    target, _, protocol = rest.partition(b" ")
    version = _VERSION.fullmatch(protocol)
    if not _TOKEN.fullmatch(method) or version is None:
        raise BadHead(400)
    try:
        if method == b"CONNECT" and not target.startswith(b"/") and target != b"*":
            url = parse_url(b"http://" + target)
        else:
            url = parse_url(target)
    except UrlError:
        raise BadHead(400) from None
    return method, target, url, (int(version[1]), int(version[2]))


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    if not _NAME.fullmatch(name) or _BAD_VALUE.search(value):
        raise BadHead(400, told=b"malformed MIME header line: " + quote(line))
    return name.lower(), value.lstrip(b" \t")


def _head(method: bytes, target: bytes, url: Url, version: tuple[int, int], headers: Headers) -> Head:
    """Put a head together; the order of the questions is net/http's."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1:
        raise BadHead(400)
    length = _length(headers, version)
    is_preface = (method, target, version) == (b"PRI", b"*", (2, 0))
    if version[0] != 1 and not is_preface:
        raise BadHead(505, "unsupported protocol version")
    minor = 1 if is_preface else version[1]
    if not hosts and minor > 0 and not (is_preface and not headers) and method != b"CONNECT":
        raise BadHead(400, "missing required Host header")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise BadHead(400, "malformed Host header")
    if any(b" " in name for name, _ in headers):
        raise BadHead(400, "invalid header name")
    return Head(method.decode(), target, url, minor, headers, length)


def _length(headers: Headers, version: tuple[int, int]) -> int | None:
    """Return the length of the body, 0 for none, None for chunks."""
    encodings = [value for name, value in headers if name == b"transfer-encoding"]
    is_chunked = bool(encodings) and version >= (1, 1)
    if is_chunked and (len(encodings) > 1 or encodings[0].lower() != b"chunked"):
        raise BadHead(501, body="Unsupported transfer encoding")
    lengths = {value.strip(b" \t\r\n") for name, value in headers if name == b"content-length"}
    if len(lengths) > 1:
        raise BadHead(400)
    length = _number(next(iter(lengths), b"0"))
    trailers = b",".join(value for name, value in headers if name == b"trailer")
    if is_chunked and any(_lists(trailers, name) for name in _NOT_IN_TRAILERS):
        raise BadHead(400)
    return None if is_chunked else length


def _number(text: bytes) -> int:
    digits = text.lstrip(b"0")[: len(str(_MOST_LENGTH)) + 1] or b"0"
    if not text.isdigit() or int(digits) > _MOST_LENGTH:
        raise BadHead(400)
    return int(digits)
