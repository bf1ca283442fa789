"""A proxy that stands before a server and notes every request that passes, WebSocket handshakes included."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import h11


class CountingProxy:
    """Passes bytes on in both directions. ``requests`` holds method, target and body of each request that passed."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self._address = address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def writes(self) -> list[tuple[str, str, bytes]]:
        """The requests that do not only read, but for POST /login."""
        return [
            (method, target, body)
            for method, target, body in self.requests
            # A request without Host, or with two, is none to h11, and only ever reads.
            if not target.startswith("b'GET ")
            and method not in ("GET", "HEAD", "OPTIONS")
            and (method, target.partition("?")[0]) != ("POST", "/login")
        ]

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), socket.create_connection(self._address) as server, client:
            for each in (server, client):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = _Reader(self.requests)
            threading.Thread(target=_copy, args=(server, client, reader), daemon=True).start()
            while data := client.recv(65536):
                reader.read(data)
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)


class _Reader:
    """Reads the requests of one connection, up to a handshake that succeeds; what it cannot read is noted as it is."""

    is_websocket = False

    def __init__(self, requests: list[tuple[str, str, bytes]]) -> None:
        self._requests = requests
        self._head: h11.Request | None = None
        self._body = b""
        self._start()

    def _start(self) -> None:
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 22)

    def read(self, data: bytes) -> None:
        if self.is_websocket:
            return
        self._parser.receive_data(data)
        try:
            for event in self._events():
                self._note(event)
        except h11.RemoteProtocolError:
            self._requests.append(("UNREADABLE", repr(data[:80]), b""))

    def _events(self) -> Iterator[object]:
        while True:
            event = self._parser.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                return
            yield event

    def _note(self, event: object) -> None:
        if isinstance(event, h11.Request):
            self._head, self._body = event, b""
        elif isinstance(event, h11.Data):
            self._body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage) and self._head is not None:
            self._requests.append((self._head.method.decode(), self._head.target.decode(), self._body))
            left, _ = self._parser.trailing_data
            self._start()
            if left:
                self.read(left)


def _copy(server: socket.socket, client: socket.socket, reader: _Reader) -> None:
    with contextlib.suppress(OSError):
        while data := server.recv(65536):
            reader.is_websocket |= data.startswith(b"HTTP/1.1 101 ")
            client.sendall(data)
        client.shutdown(socket.SHUT_WR)
