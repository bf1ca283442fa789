"""Follows the log with many WebSockets and counts what comes: a process of its own, cheaper than any server.

``python -m benchmarks.log_readers`` takes its task as one JSON object (the fields of ``Task``) on standard input. It
prints one JSON object when every reader is connected, and the fields of ``Count`` at the end. Frames are not parsed:
every line ends with a newline, and newlines are counted.
"""

import base64
import json
import re
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

AT_ONCE = 50
"""How many handshakes are under way at a time."""
BUFFER_BYTES = 256 * 1024
SECONDS_TO_ANSWER = 20
FROZEN_BYTES = 4096
"""What fits into the buffer of a reader that takes nothing."""
DELAYS_KEPT = 1000
_STAMP = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Task:
    """What to follow: a port of 127.0.0.1, a token, how many readers, and seconds to wait before and to count for.

    ``frozen`` is how many more readers there are that take nothing; ``times`` whether delays are measured.
    """

    port: int
    token: str
    readers: int
    warm_up: float
    seconds: float
    frozen: int = 0
    times: bool = False


@dataclass(frozen=True)
class Count:
    """What came in ``seconds``: lines and bytes over all readers, the least and most lines that one reader got.

    ``lost`` is how many connections the server closed, ``cpu`` the CPU seconds that reading took. ``delays`` are the
    milliseconds from the time in a line to its arrival, in ascending order; some of them stand for all.
    """

    seconds: float
    lines: int
    bytes: int
    least: int
    most: int
    lost: int
    cpu: float
    delays: list[float]


class Readers:
    """Open WebSockets, and how many bytes and newlines each has had."""

    def __init__(self, times: bool) -> None:
        self._poll = select.epoll()
        self._times = times
        self._frozen: list[socket.socket] = []
        self._sockets: dict[int, socket.socket] = {}
        self._buffer = bytearray(BUFFER_BYTES)
        self.lines: dict[int, int] = {}
        self.bytes = 0
        self.lost = 0
        self.delays: list[float] = []

    def connect(self, task: Task) -> None:
        """Open all WebSockets, some at a time; raises OSError where the server refuses one."""
        request = _handshake(task.port, task.token)
        for _ in range(task.frozen):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, FROZEN_BYTES)
            connection.connect(("127.0.0.1", task.port))
            connection.sendall(request)
            _read_answer(connection)
            self._frozen.append(connection)
        while len(self._sockets) < task.readers:
            fresh = []
            for _ in range(min(AT_ONCE, task.readers - len(self._sockets))):
                connection = socket.create_connection(("127.0.0.1", task.port), SECONDS_TO_ANSWER)
                connection.sendall(request)
                fresh.append(connection)
            for connection in fresh:
                _read_answer(connection)
                connection.setblocking(False)
                self._sockets[connection.fileno()] = connection
                self._poll.register(connection, select.EPOLLIN)
            self.read_for(0)

    def read_for(self, seconds: float) -> float:
        """Count what comes for some seconds, from zero; return how long it really was. 0 reads what is there."""
        self.lines = dict.fromkeys(self._sockets, 0)
        self.bytes = 0
        self.delays = []
        started = time.perf_counter()
        end = started + seconds
        while True:
            for number, _ in self._poll.poll(min(seconds, 0.05)):
                self._read(number)
            now = time.perf_counter()
            if now >= end:
                return now - started

    def _read(self, number: int) -> None:
        try:
            size = self._sockets[number].recv_into(self._buffer)
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        if size == 0:
            self._poll.unregister(number)
            self.lost += 1
        self.bytes += size
        self.lines[number] += self._buffer.count(b"\n", 0, size)
        if self._times:
            now = time.time()
            self.delays += [(now - _seconds(stamp)) * 1000 for stamp in _STAMP.findall(self._buffer, 0, size)]


@cache
def _seconds(stamp: bytes) -> float:
    """Return a line's time; all readers get the same lines."""
    return datetime.fromisoformat(stamp.decode()).timestamp()


def _handshake(port: int, token: str) -> bytes:
    key = base64.b64encode(bytes(range(16))).decode()
    return (
        f"GET /log HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nToken: {token}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


def _read_answer(connection: socket.socket) -> None:
    """Read the answer to a handshake; what follows it in the same piece belongs to the warm-up and is dropped."""
    head = b""
    while _END_OF_HEAD not in head:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("the server closed a connection during the handshake")
        head += piece
    if not head.startswith(b"HTTP/1.1 101 "):
        raise ConnectionError(f"the server refused a handshake: {head.partition(_END_OF_HEAD)[0].decode('latin-1')}")


def _some(values: list[float]) -> list[float]:
    """Return some of many values, as far apart from each other, the last one too."""
    step = len(values) // DELAYS_KEPT + 1
    return values[::-1][::step][::-1]


def main() -> None:
    """Do the task on standard input; print an object with ``error`` where the readers cannot connect."""
    task = Task(**json.loads(sys.stdin.readline()))
    readers = Readers(task.times)
    try:
        readers.connect(task)
    except OSError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"connected": task.readers}), flush=True)
    readers.read_for(task.warm_up)
    cpu = time.process_time()
    seconds = readers.read_for(task.seconds)
    counts = readers.lines.values()
    count = Count(
        seconds,
        sum(counts),
        readers.bytes,
        min(counts),
        max(counts),
        readers.lost,
        time.process_time() - cpu,
        _some(sorted(readers.delays)),
    )
    print(json.dumps(asdict(count)), flush=True)


if __name__ == "__main__":
    main()
