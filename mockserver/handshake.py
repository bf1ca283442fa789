"""Is a request a WebSocket handshake, and if not, why? The order of the questions is gorilla/websocket's."""

import base64
import binascii
from collections.abc import Mapping

KEY_BYTES = 16


def handshake_fault(headers: Mapping[bytes, bytes], version: int) -> str | None:
    """Return what keeps a GET request from being a handshake, in one line; None if nothing does.

    Takes the headers by lower-case name and the protocol version to ask for.
    """
    if b"upgrade" not in _tokens(headers.get(b"connection", b"")):
        return "the Connection header does not name upgrade"
    if b"websocket" not in _tokens(headers.get(b"upgrade", b"")):
        return "the Upgrade header does not name websocket"
    if headers.get(b"sec-websocket-version", b"").strip() != b"%d" % version:
        return f"the Sec-WebSocket-Version header is not {version}"
    if not _is_key(headers.get(b"sec-websocket-key", b"").strip()):
        return f"the Sec-WebSocket-Key header is not base64 of {KEY_BYTES} bytes"
    return None


def _tokens(value: bytes) -> list[bytes]:
    return [token.strip().lower() for token in value.split(b",")]


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == KEY_BYTES
    except binascii.Error:
        return False
