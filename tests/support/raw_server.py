"""A server that answers every connection with bytes of a test's own, piece by piece."""

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence

Answer = Sequence[bytes | None]
"""What is sent, in pieces; None ends the connection."""


class RawServer:
    """Reads a request (its head, and its body where it has a length) and answers it.

    ``received`` holds what came, ``connections`` counts those made, ``open`` those that the client has not ended.
    """

    def __init__(self, answer: Callable[[bytes], Answer]) -> None:
        self.received: list[bytes] = []
        self.connections = 0
        self.open = 0
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self.open += 1
                threading.Thread(target=self._serve_to_its_end, args=(connection,), daemon=True).start()

    def _serve_to_its_end(self, connection: socket.socket) -> None:
        self._serve(connection)
        self.open -= 1

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
                for piece in self._answer(request):
                    if piece is None:
                        return
                    connection.sendall(piece)

    @staticmethod
    def _whole(connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
        if b"transfer-encoding: chunked" in lines:
            while not body.endswith(b"0\r\n\r\n"):
                body += connection.recv(65536)
            return head + b"\r\n\r\n" + body, b""
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body[:length], body[length:]
