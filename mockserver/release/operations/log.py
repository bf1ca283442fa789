"""Operations with the tag ``log``: they take any method."""

import re
from http import HTTPStatus

from websockets.utils import accept_key

from mockserver.go.url import UrlError, parse_url
from mockserver.http.exchange import Answer, Headers
from mockserver.log.handshake import is_key
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.request import ReleaseRequest

_NOT_USING = "websocket: the client is not using the websocket protocol: "
_NOT_FOUND = "'{}' token not found in '{}' header"
_NOT_VERSION = "websocket: unsupported version: 13 not found in 'Sec-Websocket-Version' header"
_NO_KEY = (
    "websocket: not a websocket handshake: 'Sec-WebSocket-Key' header must be Base64 encoded value of 16-byte in length"
)
_ONE = rb"[ \t]*+[!#$%&'*+.^_`|~0-9A-Za-z-]++[ \t]*+"
_TOKENS = re.compile(rb"(?:" + _ONE + rb",)*+(?:" + _ONE + rb"$)?+")


async def stream_log(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Let a handshake through, or refuse it as gorilla/websocket 1.5.3 does, in its order of questions."""
    fault = _fault(request)
    if fault is None:
        key = _first(request.headers, b"sec-websocket-key").decode("latin-1")
        headers = [
            (b"Upgrade", b"websocket"),
            (b"Connection", b"Upgrade"),
            (b"Sec-WebSocket-Accept", accept_key(key).encode()),
        ]
        return Answer(101, b"", headers)
    status, reason = fault
    server.log.line("ERROR", reason)
    text = HTTPStatus(status).phrase
    if server.dialect.doubles_log_refusals:
        text += "\n" + reason
    return replies.error(status, text, (b"Sec-Websocket-Version", b"13"))


def _fault(request: ReleaseRequest) -> tuple[int, str] | None:
    """Return the status and the reason of a refusal; None for a handshake."""
    headers = request.headers
    questions = (
        (400, _holds(headers, b"connection", b"upgrade"), _NOT_USING + _NOT_FOUND.format("upgrade", "Connection")),
        (400, _holds(headers, b"upgrade", b"websocket"), _NOT_USING + _NOT_FOUND.format("websocket", "Upgrade")),
        (405, request.method == "GET", _NOT_USING + "request method is not GET"),
        (400, _holds(headers, b"sec-websocket-version", b"13"), _NOT_VERSION),
        (403, _is_same_origin(headers), "websocket: request origin not allowed by Upgrader.CheckOrigin"),
        (400, is_key(_first(headers, b"sec-websocket-key")), _NO_KEY),
    )
    return next(((status, reason) for status, is_right, reason in questions if not is_right), None)


def _is_same_origin(headers: Headers) -> bool:
    origin = next((value for name, value in headers if name == b"origin"), None)
    if origin is None:
        return True
    try:
        return parse_url(origin, is_request=False).host.lower() == _first(headers, b"host").lower()
    except UrlError:
        return False


def _first(headers: Headers, wanted: bytes) -> bytes:
    return next((value for name, value in headers if name == wanted), b"")


def _holds(headers: Headers, wanted: bytes, token: bytes) -> bool:
    """Say whether a header lists a token; gorilla reads each value up to the first part that is none."""
    sought = re.compile(rb"(?i)(?:^|,)[ \t]*+" + re.escape(token) + rb"[ \t]*+(?:$|,)")
    return any(sought.search(_TOKENS.match(value)[0]) for name, value in headers if name == wanted)  # type: ignore[index]  # it matches nothing too
