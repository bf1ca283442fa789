"""What the tests of the log stream share: bare WebSocket clients, and servers with short times."""

import base64
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from websockets.frames import Close, Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from tests.conftest import ROOT, Server
from tests.support.helpers import CONTRACT

KEY = base64.b64encode(bytes(range(16))).decode()
ACCEPT = "Bz3qJYTGdOe8gUSpLosEdiLKDrk="
"""The answer to KEY: base64 of the SHA-1 of the key and the GUID of RFC 6455."""
ENTRY = re.compile(CONTRACT["components"]["schemas"]["LogEntry"]["pattern"])
WEBSOCKET: dict[str, Any] = CONTRACT["paths"]["/log"]["get"]["x-websocket"]


def handshake(server: Server, *lines: str, target: str = "/log", method: str = "GET", **changed: str | None) -> bytes:
    """Return a handshake without a token; lines are further headers.

    A keyword replaces the header of that name (``sec_websocket_key``), or leaves it out where it is None.
    """
    host, port = server.address
    headers: dict[str, str | None] = {
        "host": f"{host}:{port}",
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec_websocket_version": "13",
        "sec_websocket_key": KEY,
        **changed,
    }
    sent = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *sent, *lines, "", ""]).encode("latin-1")


def take_frame(received: bytearray) -> Frame | None:
    """Take the first frame of a server from what was received; None where it is not complete yet."""
    if len(received) < 2:
        return None
    assert not received[1] & 0x80, "a server must not mask its frames"
    length, start = received[1], 2
    if length > 125:
        start = 4 if length == 126 else 10
        length = int.from_bytes(received[2:start], "big")
    if len(received) < start + length:
        return None
    first = received[0]
    bits = [bool(first & bit) for bit in (0x80, 0x40, 0x20, 0x10)]
    frame = Frame(Opcode(first & 0x0F), bytes(received[start : start + length]), *bits)
    del received[: start + length]
    return frame


class RawClient:
    """A WebSocket client that says and does only what the test tells it to. Used in a ``with`` statement.

    It follows the log of a server. With ``small_buffers`` little fits between the server and it: both sides' buffers
    are full after some hundred entries that it does not read, instead of several megabytes. ``before`` is sent in one
    piece with the handshake, and ``answers_before`` is what came before the answer to that.
    """

    def __init__(self, server: Server, token: str, small_buffers: bool = False, before: bytes = b"") -> None:
        self._socket = socket.socket()
        if small_buffers:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(10)
        self._socket.connect(server.address)
        self._socket.sendall(before + handshake(server, f"Token: {token}"))
        received = b""
        while b"\r\n\r\n" not in received.partition(b"HTTP/1.1 101 ")[2]:
            piece = self._socket.recv(65536)
            assert piece, f"the server closed the connection during the handshake: {received!r}"
            received += piece
        self.answers_before, _, answer = received.partition(b"HTTP/1.1 101 ")
        self._received = bytearray(answer.partition(b"\r\n\r\n")[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def send(self, opcode: Opcode, payload: bytes = b"", fin: bool = True) -> None:
        """Send one frame."""
        self.send_bytes(Frame(opcode, payload, fin).serialize(mask=True))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def half_close(self) -> None:
        """Say that nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End the connection without any politeness."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def frame(self, seconds: float = 10) -> Frame | None:
        """Return the next frame; None once the server has closed the connection. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while True:
            if (frame := take_frame(self._received)) is not None:
                return frame
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(1 << 20)
            except ConnectionError:
                data = b""
            if not data:
                return None
            self._received += data

    def entry(self, seconds: float = 10) -> str:
        """Return the next frame's text."""
        frame = self.frame(seconds)
        assert frame is not None, "the server closed the connection"
        assert (frame.opcode, frame.fin) == (Opcode.TEXT, True), frame
        return bytes(frame.data).decode()

    def frames_to_the_end(self, seconds: float = 10) -> list[Frame]:
        """Return all frames until the server closes the connection, which it must do in time."""
        end = time.monotonic() + seconds
        frames = []
        while (frame := self.frame(max(end - time.monotonic(), 0))) is not None:
            frames.append(frame)
        return frames

    def close_code(self, seconds: float = 10) -> int | None:
        """Read to the end; return the code of the close frame there, None where the connection just ends."""
        frames = self.frames_to_the_end(seconds)
        closes = [frame for frame in frames if frame.opcode is Opcode.CLOSE]
        assert closes in ([], frames[-1:]), "something came after the close frame"
        return Close.parse(closes[0].data).code if closes else None


def open_files(server: Server) -> int:
    """Return how many files and connections a server has open; a client with full buffers does not see its own end."""
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


@contextmanager
def follow(server: Server, token: str | None = None, **options: Any) -> Iterator[ClientConnection]:
    """Follow a server's log with a well-behaved client."""
    headers = {"Token": token or server.login()}
    with connect(server.log_url, additional_headers=headers, proxy=None, **options) as connection:
        yield connection


def make_entry(client: Any, mark: str) -> None:
    """Let a server write exactly one entry, which holds the mark (a part of a host name)."""
    assert client.post("/test-connect", content=f"host=refused-{mark}").status_code == 400


def contract_with(folder: Path, **seconds: float) -> str:
    """Write a contract with other times (``pingSeconds``, ``pongSeconds``, ``dropSeconds``); return its path."""
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    for name, value in seconds.items():
        text, found = re.subn(rf"\b{name}: \d+", f"{name}: {value}", text)
        assert found == 1, name
    file = folder / "openapi.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)
