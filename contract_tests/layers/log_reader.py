"""Reads the log stream: one WebSocket, seen frame by frame, so that all that the server sends can be judged."""

import base64
import hashlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPHeaderDict
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.front import is_of_front, without_answer
from contract_tests.connection.route import dial
from contract_tests.judging.suite import Suite
from contract_tests.layers.places import places, with_tokens
from contract_tests.target.target import Target

FOREIGN_ORIGIN = "http://foreign.example"
SECONDS_FOR_ENTRIES = 15
_KEY = base64.b64encode(b"contract-tests..").decode()
_ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SLICE = 0.02


@dataclass(frozen=True)
class Message:
    """What came in one data frame, or in several that belong together."""

    opcode: Opcode
    data: bytes

    @property
    def text(self) -> str:
        """The entry as text, whatever it is."""
        return self.data.decode("utf-8", "backslashreplace")


class LogReader:
    """One connection to the log stream, from its handshake on.

    ``exchange`` is the handshake; where it was refused the reader has ended and never gets anything. ``messages`` are
    the log's entries so far, ``controls`` the pings, pongs and closes with the time at which they came. Times are those
    of ``time.monotonic``; ``started`` is before the server knows of the connection. ``answers`` says whether pings
    are answered.
    """

    exchange: Exchange

    def __init__(self, target: Target, answers: bool = True) -> None:
        self.target = target
        self.answers = answers
        self.started = time.monotonic()
        self.messages: list[Message] = []
        self.controls: list[tuple[Frame, float]] = []
        self.ended_at: float | None = None
        self.connection: socket.socket | None = None
        self._protocol = _TolerantProtocol(parse_uri("ws://localhost/"), max_size=None)
        self._response: Response | None = None
        self._parts: list[Frame] = []
        self._error = ""

    @property
    def is_open(self) -> bool:
        """Whether the handshake succeeded and nothing has ended the connection since."""
        return self.ended_at is None and self._protocol.state is State.OPEN

    @property
    def close_code(self) -> int | None:
        """The code of the close frame that the server sent: 1005 for one without a code, None where none came."""
        close = self._protocol.close_rcvd
        return None if close is None else int(close.code)

    @property
    def fault(self) -> str:
        """How the server broke the WebSocket protocol, empty where it did not."""
        error = self._protocol.parser_exc
        return "" if error is None or isinstance(error, EOFError) else f"{type(error).__name__}: {error}"

    @property
    def entries(self) -> list[str]:
        """The log's entries so far."""
        return [message.text for message in self.messages]

    @property
    def end_in_words(self) -> str:
        """How the connection ended, or that it did not."""
        if self.fault:
            return f"a server that breaks the protocol ({self.fault})"
        if self.close_code is not None:
            return f"a close frame with {self.close_code}"
        return "a connection that stays" if self.ended_at is None else "a connection that ends without a close frame"

    def frames(self, opcode: Opcode) -> list[tuple[Frame, float]]:
        """Return the control frames of one kind that came so far, with their times."""
        return [(frame, at) for frame, at in self.controls if frame.opcode is opcode]

    def read(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Take what comes within some seconds, but no more once something holds; return whether it does."""
        deadline = time.monotonic() + seconds
        while self.ended_at is None and not until():
            left = deadline - time.monotonic()
            if left <= 0 or self.connection is None:
                break
            self.connection.settimeout(left)
            try:
                data = self.connection.recv(1 << 18)
            except TimeoutError:
                break
            except OSError as error:
                data, self._error = b"", str(error)
            self._take(data)
        return until()

    def send(self, *frames: Frame) -> None:
        """Send frames as a client has to: masked."""
        self.send_bytes(b"".join(frame.serialize(mask=True) for frame in frames))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes that need not be frames. A connection that the server has ended swallows them."""
        if self.connection is None:
            return
        try:
            self.connection.settimeout(self.target.seconds_to_wait)
            self.connection.sendall(data)
        except OSError as error:
            self._error = str(error)

    def _take(self, data: bytes) -> None:
        now = time.monotonic()
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._response = event
            elif isinstance(event, Frame):
                self._sort(event, now)
        answer = b"".join(self._protocol.data_to_send())
        if answer and self.answers:
            self.send_bytes(answer)
        is_refused = self._protocol.handshake_exc is not None
        if not data or is_refused or self.fault:
            self.ended_at = now

    def _sort(self, frame: Frame, now: float) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self.controls.append((frame, now))
            return
        self._parts.append(frame)
        if frame.fin:
            self.messages.append(Message(self._parts[0].opcode, b"".join(bytes(part.data) for part in self._parts)))
            self._parts = []

    def shake_hands(self, dial: Callable[[], socket.socket], path: str, headers: Mapping[str, str]) -> None:
        """Send a handshake on a new connection and wait for the answer, which ``exchange`` is from then on."""
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        try:
            self.connection = dial()
            self.send_bytes("\r\n".join(lines).encode())
            self.read(self.target.seconds_to_wait, lambda: self._response is not None)
        except OSError as error:
            self._error = str(error)
        if self._response is None:
            self.ended_at = time.monotonic()
        self.exchange = self._exchange(path, headers)

    def _exchange(self, path: str, headers: Mapping[str, str]) -> Exchange:
        parts = urlsplit(self.target.url)
        url = f"{parts.scheme}://{parts.netloc}{path}"
        seconds = time.monotonic() - self.started
        response = self._response
        if response is None:
            error = self._error or "the connection ended, or nothing came, before the answer was complete"
            return Exchange("streamLog", "GET", url, headers, b"", error=error, seconds=seconds)
        return Exchange(
            "streamLog",
            "GET",
            url,
            headers,
            b"",
            response.status_code,
            HTTPHeaderDict(response.headers.raw_items()),
            bytes(response.body or b""),
            seconds=seconds,
            is_private=not self.target.is_mock,
        )


class _TolerantProtocol(ClientProtocol):
    """Takes any 101 for a success: what may be wrong with its headers is for a clause of its own."""

    def process_response(self, response: Response) -> None:
        if response.status_code != 101:
            raise InvalidStatus(response)


@contextmanager
def follow(  # noqa: PLR0913  # all in which handshakes differ
    suite: Suite,
    target: Target | None = None,
    *,
    headers: Mapping[str, str | None] | None = None,
    query: Mapping[str, str] | None = None,
    answers: bool = True,
    spell: Callable[[str], str] = str,
) -> Iterator[LogReader]:
    """Open a connection to the log stream of the target, or of another mock, and close it at the end.

    ``headers`` are sent beside, or in place of, those of an ordinary handshake with the token in its header; None
    leaves one out. ``spell`` says how their names are written. Never raises for what the server does: a refused
    handshake gives a reader that has ended.
    """
    target = target or suite.target
    path = target.base + suite.contract.operations["streamLog"].path + (f"?{urlencode(query)}" if query else "")
    given = {**_handshake(suite, target), **(headers or {})}
    sent = {spell(name): value for name, value in given.items() if value is not None}
    reader = _connected(suite, target, path, sent, answers)
    suite.judge.see(reader.exchange)
    try:
        yield reader
    finally:
        if reader.connection is not None:
            reader.connection.close()


def shake_hands(
    suite: Suite, tokens: Mapping[str, str], query_name: str = "", besides: Mapping[str, str] | None = None
) -> Exchange:
    """Return the handshake of a reader with tokens in the places given, and in no other; the reader ends at once.

    ``besides`` are headers that it has besides.
    """
    headers, query = with_tokens(suite.contract, tokens, query_name)
    sent = {places(suite.contract)["header"]: None, **headers, **(besides or {})}
    with follow(suite, headers=sent, query=query) as reader:
        return reader.exchange


def _connected(suite: Suite, target: Target, path: str, headers: Mapping[str, str], answers: bool) -> LogReader:
    """Return a reader after its handshake: the one that was not told to come again later."""
    operation, is_own = suite.contract.operations["streamLog"], target is suite.target
    transport = suite.http.transport
    sent = dict(transport.completed(headers.items())) if is_own else headers
    while True:
        reader = LogReader(target, answers)
        dial_it = (
            partial(transport.dial, "GET", path) if is_own else partial(dial, target.route, target.seconds_to_wait)
        )
        reader.shake_hands(dial_it, path, sent)
        if not transport.has_to_come_again(reader.exchange, operation):
            break
        reader.connection.close() if reader.connection else None
    if is_of_front(reader.exchange, operation, target):
        reader.exchange = without_answer(reader.exchange)
    if is_own and reader.exchange.status is None:
        transport.insist_on_presence(reader.exchange.label, reader.exchange.error)
    return reader


def gather(
    suite: Suite, readers: Sequence[LogReader], enough: Callable[[], bool], seconds: float = SECONDS_FOR_ENTRIES
) -> bool:
    """Read from several readers until they have enough, and say whether they have it in time.

    Meanwhile the server is given reasons to write to its log, again and again: a real one may be silent for long.
    """
    deadline = time.monotonic() + seconds
    next_reason = time.monotonic() + (1 if suite.target.is_mock else 0)
    while not enough() and time.monotonic() < deadline and any(reader.ended_at is None for reader in readers):
        if time.monotonic() >= next_reason:
            provoke(suite, readers[0].target)
            next_reason = time.monotonic() + 1
        for reader in readers:
            reader.read(_SLICE)
    return enough()


def provoke(suite: Suite, target: Target | None = None) -> None:
    """Give the server reasons to write to its log, by requests that change nothing: it refuses both of them."""
    with follow(suite, target, headers={"Origin": FOREIGN_ORIGIN}):
        pass
    with follow(suite, target, headers={"Upgrade": None}):
        pass


def accept_of(key: str) -> str:
    """Return what RFC 6455 has a server answer to a key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _ACCEPT_SUFFIX).digest()).decode()  # noqa: S324  # the RFC's choice


def _handshake(suite: Suite, target: Target) -> dict[str, str | None]:
    return {
        "Host": urlsplit(target.url).netloc,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": _KEY,
        "Sec-WebSocket-Version": str(suite.contract.websocket["handshake"]["version"]),
        "Token": target.token or None,
    }
