"""An HTTP/1.1 client that sends what it is told, byte by byte, and hides nothing of what comes back."""

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from contract_tests.connection.answer import AnswerReader, BadAnswer
from contract_tests.connection.route import CannotConnect, Route, dial

_IDLE_SECONDS = 4
"""A kept connection older than this may be about to end: real pgwatch ends idle ones after 10 s, proxies sooner."""
_PAUSE_BETWEEN_SEGMENTS = 0.02
_MOST_PAUSES = 4
"""After so many pauses the other pieces follow at once: whoever reads a body whole has shown it by then."""
_PIECE = 1 << 16
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Request:
    """A request as it is to be sent. ``target`` is its path with its query, ``segments`` are the pieces of its body.

    A body is sent with its length, or ``chunked``, each segment a chunk; where there are several segments, each is on
    its way before the next is sent. The headers are sent as they are, and no others but the length's.
    """

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    segments: Sequence[bytes] = ()
    chunked: bool = False

    @property
    def head(self) -> bytes:
        """The request line and headers as bytes."""
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif self.segments or self.method not in ("GET", "HEAD"):
            lines.append(f"Content-Length: {sum(map(len, self.segments))}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @property
    def pieces(self) -> list[bytes]:
        """What is sent, in the pieces in which it is sent."""
        if self.chunked:
            framed = [b"%x\r\n%s\r\n" % (len(each), each) for each in self.segments if each]
            return [self.head, *framed, b"0\r\n\r\n"]
        first, *more = self.segments or [b""]
        return [self.head + first, *more]


class NoAnswer(Exception):
    """No complete answer came; the text says why, in one line. ``is_silent``: the time for it passed."""

    def __init__(self, reason: str, is_silent: bool = False) -> None:
        super().__init__(reason)
        self.is_silent = is_silent


@dataclass
class _Kept:
    connection: socket.socket
    since: float


@dataclass
class Client:
    """Sends requests along a route, over connections that are kept; safe to be used by several threads.

    A request that writes gets a connection of its own, which is not kept, unless the server ``keeps_its_word`` not to
    end one between requests: nobody could say whether a write was done over one that had just ended.
    """

    route: Route
    keeps_its_word: bool = False
    _kept: list[_Kept] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, request: Request, seconds: float) -> AnswerReader:
        """Send a request and return its answer, read to the end.

        Raises NoAnswer where none is complete within so many seconds, CannotConnect where there is no connection. A
        request that only reads is sent again where a kept connection turns out to have ended.
        """
        deadline = time.monotonic() + seconds
        is_safe = request.method in _SAFE
        kept = self._take() if self._is_kept_after(request) else None
        reader = AnswerReader(request.method)
        try:
            return self._ask(kept or self._dial(seconds), request, reader, deadline)
        except NoAnswer as failure:
            is_stale = kept is not None and not reader.is_begun and not failure.is_silent
            if not (is_stale and is_safe):
                raise
            return self._ask(self._dial(seconds), request, AnswerReader(request.method), deadline)

    def close(self) -> None:
        """End the connections that are kept."""
        with self._lock:
            for each in self._kept:
                each.connection.close()
            self._kept.clear()

    def _is_kept_after(self, request: Request) -> bool:
        return request.method in _SAFE or self.keeps_its_word

    def _dial(self, seconds: float) -> socket.socket:
        return dial(self.route, seconds, forwarded=True)

    def _take(self) -> socket.socket | None:
        while True:
            with self._lock:
                if not self._kept:
                    return None
                kept = self._kept.pop()
            if time.monotonic() - kept.since < _IDLE_SECONDS and _is_quiet(kept.connection):
                return kept.connection
            kept.connection.close()

    def _ask(self, connection: socket.socket, request: Request, reader: AnswerReader, deadline: float) -> AnswerReader:
        try:
            is_sent = _send(connection, request.pieces, reader, deadline)
            _receive(connection, reader, deadline)
        except BaseException:
            connection.close()
            raise
        if is_sent and reader.may_be_kept and self._is_kept_after(request):
            with self._lock:
                self._kept.append(_Kept(connection, time.monotonic()))
        else:
            connection.close()
        return reader


def _send(connection: socket.socket, pieces: Sequence[bytes], reader: AnswerReader, deadline: float) -> bool:
    """Send pieces until all are through, or an answer comes before that: a server may refuse a body unread.

    Return whether all are through.
    """
    for number, piece in enumerate(pieces):
        if 0 < number <= _MOST_PAUSES:
            time.sleep(_PAUSE_BETWEEN_SEGMENTS)
        for start in range(0, len(piece), _PIECE):
            early = _available(connection) if number or start else None
            if early is not None:
                _feed(reader, early)
                return False
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                connection.sendall(piece[start : start + _PIECE])
            except TimeoutError:
                raise NoAnswer("the server does not take the request in the time that is given it", True) from None
            except OSError:
                return False  # it may have answered before it ended the connection
    return True


def _receive(connection: socket.socket, reader: AnswerReader, deadline: float) -> None:
    while not reader.is_complete:
        left = deadline - time.monotonic()
        if left <= 0:
            _give_up(reader)
        connection.settimeout(left)
        try:
            data = connection.recv(_PIECE)
        except TimeoutError:
            _give_up(reader)
        except OSError as error:
            raise NoAnswer(f"the connection broke: {error.strerror or error}") from None
        _feed(reader, data)


def _give_up(reader: AnswerReader) -> None:
    begun = "the answer began and did not end" if reader.is_begun else "no answer came"
    raise NoAnswer(f"{begun} in the time that is given it (--wait)", is_silent=True)


def _feed(reader: AnswerReader, data: bytes) -> None:
    try:
        if data:
            reader.feed(data)
        else:
            reader.end()
    except BadAnswer as error:
        raise NoAnswer(str(error)) from None


def _available(connection: socket.socket) -> bytes | None:
    """Return what has come so far, empty for the end of the connection, None for nothing."""
    connection.setblocking(False)
    try:
        return connection.recv(_PIECE)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except OSError:
        return b""


def _is_quiet(connection: socket.socket) -> bool:
    """Say whether a kept connection is still there, and holds nothing that nobody asked for."""
    return _available(connection) is None


__all__ = ["CannotConnect", "Client", "NoAnswer", "Request"]
