"""WebSocket handshakes: is a request one, may its page connect, and what is answered.

All functions take a request's headers with their names in lower case. The order of the questions is
gorilla/websocket's, which every release of pgwatch asks them by.
"""

import base64
import binascii
from collections.abc import Iterable

from websockets.utils import accept_key

Headers = Iterable[tuple[bytes, bytes]]
KEY_BYTES = 16
_BODY_HEADERS = (b"content-length", b"transfer-encoding")


def asks_for_websocket(headers: Headers) -> bool:
    """Say whether a request asks to become a WebSocket, faulty or not, and has no body."""
    return b"websocket" in _tokens(headers, b"upgrade") and not _has_body(headers)


def handshake_fault(headers: Headers, version: int) -> str | None:
    """Return what keeps a GET request from being a handshake of a version, in one line; None if nothing does."""
    if b"upgrade" not in _tokens(headers, b"connection"):
        return "the Connection header does not name upgrade"
    if b"websocket" not in _tokens(headers, b"upgrade"):
        return "the Upgrade header does not name websocket"
    if _first(headers, b"sec-websocket-version") != b"%d" % version:
        return f"the Sec-WebSocket-Version header is not {version}"
    if not is_key(_first(headers, b"sec-websocket-key")):
        return f"the Sec-WebSocket-Key header is not base64 of {KEY_BYTES} bytes"
    return "a handshake has no body" if _has_body(headers) else None


def is_same_host(headers: Headers) -> bool:
    """Say whether the page that asks comes from the host that is asked; without Origin there is no page."""
    if all(name != b"origin" for name, _ in headers):
        return True
    host = _first(headers, b"host").lower()
    return host != b"" and _first(headers, b"origin").partition(b"://")[2].lower() == host


def accept_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers of the 101 answer to a handshake without fault."""
    key = _first(headers, b"sec-websocket-key").decode()
    return [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", accept_key(key).encode()),
    ]


def _first(headers: Headers, wanted: bytes) -> bytes:
    return next((value.strip() for name, value in headers if name == wanted), b"")


def _tokens(headers: Headers, wanted: bytes) -> list[bytes]:
    values = b",".join(value for name, value in headers if name == wanted)
    return [token.strip().lower() for token in values.split(b",")]


def _has_body(headers: Headers) -> bool:
    return any(name in _BODY_HEADERS for name, _ in headers)


def is_key(value: bytes) -> bool:
    """Say whether a value of Sec-WebSocket-Key is one."""
    try:
        return len(base64.b64decode(value, validate=True)) == KEY_BYTES
    except binascii.Error:
        return False
