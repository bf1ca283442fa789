"""The log's fan-out: every entry is encoded once, every subscriber reads at its own pace, none holds up another.

Entries lie in one ring that all subscribers share; each has a cursor in it. A flush gives each subscriber all that
is new to it in one write: ``tox -e bench -- --only log`` measures it beside a queue for each subscriber.
"""

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Protocol

from websockets.frames import Frame, Opcode

FLUSH_SECONDS = 0.01
RING_ENTRIES = 8192
RING_BYTES = 8 * 1024 * 1024
MOST_UNSENT_BYTES = 64 * 1024


class Connection(Protocol):
    """What a subscriber's connection can do. Frames are complete WebSocket frames, joined."""

    def write_frames(self, frames: bytes) -> None:
        """Send, or buffer; never wait."""

    def unsent_bytes(self) -> int:
        """Return how much is buffered because the peer does not take it."""

    def abort(self) -> None:
        """Drop the connection at once, whatever is buffered."""


class Subscriber:
    """A connection, how far it has read, and since when (in the stream's clock) how many bytes lie unsent for it."""

    __slots__ = ("connection", "cursor", "stalled_since", "unsent")

    def __init__(self, connection: Connection, cursor: int) -> None:
        self.connection = connection
        self.cursor = cursor
        self.stalled_since = 0.0
        self.unsent = 0


class LogStream:
    """The ring and its subscribers. Framework and event loop stay outside: both come as functions.

    Takes a clock in seconds, a function that calls another one once after some seconds, and after how many seconds a
    subscriber that takes nothing is dropped.
    """

    def __init__(
        self, clock: Callable[[], float], call_later: Callable[[float, Callable[[], None]], object], drop_seconds: float
    ) -> None:
        self._clock = clock
        self._call_later = call_later
        self._drop_seconds = drop_seconds
        self._ring: deque[bytes] = deque()
        self._ring_bytes = 0
        self._published = 0
        self._subscribers: dict[int, Subscriber] = {}
        self._flush_is_due = False

    @property
    def subscribers(self) -> int:
        """How many subscribers there are."""
        return len(self._subscribers)

    def publish(self, entry: str) -> None:
        """Send an entry (with its line end) to all who subscribe now, at the next flush."""
        if not self._subscribers:
            return
        frame = Frame(Opcode.TEXT, entry.encode()).serialize(mask=False)
        self._ring.append(frame)
        self._ring_bytes += len(frame)
        self._published += 1
        while len(self._ring) > RING_ENTRIES or (self._ring_bytes > RING_BYTES and len(self._ring) > 1):
            self._ring_bytes -= len(self._ring.popleft())
        self._schedule_flush()

    def subscribe(self, connection: Connection) -> Subscriber:
        """Add a connection: it gets what is published from now on."""
        subscriber = Subscriber(connection, self._published)
        self._subscribers[id(subscriber)] = subscriber
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Remove a subscriber; nothing happens if it was dropped before."""
        self._subscribers.pop(id(subscriber), None)

    def _schedule_flush(self) -> None:
        if not self._flush_is_due:
            self._flush_is_due = True
            self._call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        now = self._clock()
        oldest = self._published - len(self._ring)
        batches: dict[int, bytes] = {}
        someone_waits = False
        for subscriber in list(self._subscribers.values()):
            if subscriber.cursor == self._published:
                continue
            unsent = subscriber.connection.unsent_bytes()
            if unsent > MOST_UNSENT_BYTES:
                someone_waits = True
                self._wait_for(subscriber, unsent, now)
                continue
            subscriber.unsent = 0
            # Who fell out of the ring goes on with the oldest entry that is left: the stream is lossy by contract.
            start = max(subscriber.cursor, oldest)
            if start not in batches:
                batches[start] = b"".join(islice(self._ring, start - oldest, None))
            subscriber.connection.write_frames(batches[start])
            subscriber.cursor = self._published
        if someone_waits:
            self._schedule_flush()
        else:
            self._ring.clear()
            self._ring_bytes = 0

    def _wait_for(self, subscriber: Subscriber, unsent: int, now: float) -> None:
        """Drop a subscriber that has taken nothing for too long; one that takes a little may stay."""
        if subscriber.unsent == 0 or unsent < subscriber.unsent:
            subscriber.unsent, subscriber.stalled_since = unsent, now
        elif now - subscriber.stalled_since > self._drop_seconds:
            self.unsubscribe(subscriber)
            subscriber.connection.abort()
