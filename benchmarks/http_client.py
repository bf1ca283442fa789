"""An HTTP client that costs less than any server: requests are ready bytes, answers are known by their length."""

import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.processes import NotMeasuredError

LANES = 8
SECONDS_TO_ANSWER = 10
_BUFFER_BYTES = 256 * 1024
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Response:
    """An answer, and its whole length in bytes."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    length: int


def connect(port: int) -> socket.socket:
    """Return a connection to a port of 127.0.0.1 that raises BlockingIOError after ten seconds without an answer."""
    connection = socket.create_connection(("127.0.0.1", port), SECONDS_TO_ANSWER)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Python's own timeout asks the system before each call whether it would wait; the kernel's costs nothing.
    connection.settimeout(None)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SECONDS_TO_ANSWER, 0))
    return connection


def exchange(connection: socket.socket, request: bytes) -> Response:
    """Send a request and return its answer; raises NotMeasuredError unless its status is 200."""
    connection.sendall(request)
    data = b""
    while _END_OF_HEAD not in data:
        data += _receive(connection)
    head, _, body = data.partition(_END_OF_HEAD)
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    length = int(dict(headers).get("content-length", "0"))
    while len(body) < length:
        body += _receive(connection)
    status = int(first.split()[1])
    if status != 200:
        asked = request.partition(b"\r\n")[0].decode("latin-1")
        raise NotMeasuredError(f"{asked} was answered with {status}: {body[:200].decode('utf-8', 'replace').strip()}")
    return Response(status, headers, body, len(head) + len(_END_OF_HEAD) + len(body))


def ask(port: int, request: bytes) -> Response:
    """Return the answer to a request on a connection of its own."""
    with connect(port) as connection:
        return exchange(connection, request)


def _receive(connection: socket.socket) -> bytes:
    try:
        piece = connection.recv(_BUFFER_BYTES)
    except BlockingIOError:
        raise NotMeasuredError(f"a server did not answer for {SECONDS_TO_ANSWER} s") from None
    if not piece:
        raise NotMeasuredError("a server closed a connection")
    return piece


class Lane:
    """A connection on which a cycle of requests is sent for ever, each once the one before is answered."""

    def __init__(self, port: int, cycle: Sequence[bytes]) -> None:
        self._connection = connect(port)
        # One walk through the cycle learns how long the answers are; a server's answers to it are always alike.
        self._cycle = [(request, exchange(self._connection, request).length) for request in cycle]
        self._turn = 0

    def send(self) -> None:
        """Send the next request."""
        self._connection.send(self._cycle[self._turn][0])

    def receive(self) -> None:
        """Wait for its answer; raises NotMeasuredError where it is not the expected one."""
        request, expected = self._cycle[self._turn]
        piece = _receive(self._connection)
        received = len(piece)
        while received < expected:
            received += len(_receive(self._connection))
        if received != expected or not piece.startswith(b"HTTP/1.1 200 "):
            asked = request.partition(b"\r\n")[0].decode("latin-1")
            raise NotMeasuredError(f"{asked} was answered in another way than before: {piece[:80]!r}")
        self._turn = (self._turn + 1) % len(self._cycle)

    @property
    def ends_cycle(self) -> bool:
        """Whether the next answer is the last of the cycle."""
        return self._turn == len(self._cycle) - 1

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def load(lanes: Sequence[Lane], seconds: float) -> tuple[int, float]:
    """Ask on all lanes for some seconds; return how many requests were answered and how long it really took.

    Every lane ends with a complete cycle. The server always has work: while one answer is read, the other lanes'
    requests wait.
    """
    answered = 0
    started = time.perf_counter()
    end = started + seconds
    for lane in lanes:
        lane.send()
    going = True
    while going:
        going = time.perf_counter() < end or not lanes[-1].ends_cycle
        for lane in lanes:
            lane.receive()
            if going:
                lane.send()
        answered += len(lanes)
    return answered, time.perf_counter() - started
