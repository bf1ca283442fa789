"""What can stand in front of a server: passes requests and answers on, but for what a test has it do otherwise."""

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.support.raw_server import RawServer

Alter = Callable[[bytes, bytes], bytes]
"""Takes a request and its answer as bytes, and returns what the client gets instead."""
Instead = Callable[[bytes], Sequence[bytes] | None]
"""Takes a request and returns what the client gets without the server being asked; None asks the server."""


def unaltered(_request: bytes, answer: bytes) -> bytes:
    """Pass an answer on as it is."""
    return answer


def asked(_request: bytes) -> None:
    """Have the server asked."""


@dataclass
class Front(RawServer):
    """Stands before servers, which answer in turns. Upgrades are passed on as they come."""

    servers: Sequence[tuple[str, int]]
    instead: Instead = asked
    alter: Alter = unaltered
    received: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = 0
        self._lock = threading.Lock()
        RawServer.__init__(self, lambda _: [])

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            left = b""
            while True:
                while b"\r\n\r\n" not in left:
                    data = connection.recv(65536)
                    if not data:
                        return
                    left += data
                request, left = self._whole(connection, left)
                self.received.append(request)
                given = self.instead(request)
                if given is not None:
                    for piece in given:
                        connection.sendall(piece)
                    continue
                with socket.create_connection(self._next()) as server:
                    if b"\r\nupgrade: " in request.lower():
                        server.sendall(request)
                        threading.Thread(target=_pump, args=(connection, server), daemon=True).start()
                        _pump(server, connection)
                        return
                    head, _, body = request.partition(b"\r\n\r\n")
                    server.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
                    answer = b""
                    while data := server.recv(65536):
                        answer += data
                connection.sendall(self.alter(request, answer))
                return

    def _next(self) -> tuple[str, int]:
        with self._lock:
            self._turn += 1
            return self.servers[self._turn % len(self.servers)]


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def answer(status: str, body: bytes = b"", *headers: str) -> list[bytes]:
    """Return an answer that is not the server's."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return ["\r\n".join(lines).encode() + body]
