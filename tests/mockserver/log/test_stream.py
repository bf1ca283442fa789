"""The log's fan-out, with an imagined clock, imagined timers and imagined connections."""

import sys
from collections.abc import Callable

from websockets.frames import Opcode

from mockserver.log.stream import MOST_UNSENT_BYTES, RING_BYTES, RING_ENTRIES, LogStream
from tests.support.websocket_helpers import take_frame

DROP_SECONDS = 10


class Time:
    """A clock that moves when it is told to, and the calls that are due by then."""

    def __init__(self) -> None:
        self.now = 100.0
        self._due: list[tuple[float, Callable[[], None]]] = []

    @property
    def calls(self) -> int:
        """How many calls are still to come."""
        return len(self._due)

    def clock(self) -> float:
        return self.now

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        self._due.append((self.now + seconds, function))

    def pass_by(self, seconds: float = 0.1) -> None:
        """Let time pass and make the calls that fall due, each at its time."""
        end = self.now + seconds
        while self._due and min(self._due, key=lambda call: call[0])[0] <= end:
            call = min(self._due, key=lambda call: call[0])
            self._due.remove(call)
            self.now = call[0]
            call[1]()
        self.now = end


class Reader:
    """A connection that notes what is written to it; ``unsent`` is what its peer has not taken."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.unsent = 0
        self.aborted = 0

    def write_frames(self, frames: bytes) -> None:
        self.writes.append(frames)

    def unsent_bytes(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.aborted += 1

    @property
    def entries(self) -> list[str]:
        """The entries written, as a WebSocket client reads them; the bytes must be whole text frames."""
        written = bytearray(b"".join(self.writes))
        entries = []
        while (frame := take_frame(written)) is not None:
            assert (frame.opcode, frame.fin, frame.rsv1) == (Opcode.TEXT, True, False)
            entries.append(bytes(frame.data).decode())
        assert written == b"", "there is more than whole frames"
        return entries


def stream_of(time: Time) -> LogStream:
    return LogStream(time.clock, time.call_later, DROP_SECONDS)


def fill(stream: LogStream, count: int, first: int = 0) -> list[str]:
    entries = [f"entry {number}\n" for number in range(first, first + count)]
    for entry in entries:
        stream.publish(entry)
    return entries


def test_a_flush_is_one_write_for_each_subscriber() -> None:
    """However many entries were published, each subscriber gets them in order in a single write."""
    time = Time()
    stream = stream_of(time)
    readers = [Reader(), Reader(), Reader()]
    for reader in readers:
        stream.subscribe(reader)
    entries = fill(stream, 500)
    assert [reader.writes for reader in readers] == [[], [], []]
    time.pass_by()
    assert [len(reader.writes) for reader in readers] == [1, 1, 1]
    assert [reader.entries for reader in readers] == [entries] * 3
    assert time.calls == 0


def test_frames_of_all_lengths_are_whole() -> None:
    """Entries of every kind of frame length, and with characters of several bytes, come through unchanged."""
    time = Time()
    stream = stream_of(time)
    reader = Reader()
    stream.subscribe(reader)
    entries = ["x" * length + "\n" for length in (0, 124, 125, 65534, 65535, 200_000)] + ["ä🐘\0{}\n"]
    for entry in entries:
        stream.publish(entry)
        time.pass_by()
    assert reader.entries == entries


def test_a_subscriber_gets_only_what_comes_after_it() -> None:
    """An entry published before the subscription is not sent, not even when both happen before one flush."""
    time = Time()
    stream = stream_of(time)
    early, late = Reader(), Reader()
    stream.subscribe(early)
    before = fill(stream, 3)
    stream.subscribe(late)
    after = fill(stream, 2, first=3)
    time.pass_by()
    assert early.entries == before + after
    assert late.entries == after


def test_who_unsubscribes_gets_nothing_more() -> None:
    """Nothing is written after unsubscribing, even what was published before; a second time does no harm."""
    time = Time()
    stream = stream_of(time)
    reader, other = Reader(), Reader()
    subscriber = stream.subscribe(reader)
    stream.subscribe(other)
    entries = fill(stream, 2)
    stream.unsubscribe(subscriber)
    stream.unsubscribe(subscriber)
    time.pass_by()
    assert reader.writes == []
    assert other.entries == entries
    assert stream.subscribers == 1


def test_one_encoding_is_shared() -> None:
    """Subscribers that are equally far are handed the very same bytes object."""
    time = Time()
    stream = stream_of(time)
    readers = [Reader() for _ in range(20)]
    for reader in readers:
        stream.subscribe(reader)
    fill(stream, 3)
    time.pass_by()
    assert len({id(reader.writes[0]) for reader in readers}) == 1


def test_nothing_is_kept_while_nobody_subscribes() -> None:
    """Without subscribers an entry costs nothing: no timer, no memory, and nobody gets it later."""
    time = Time()
    stream = stream_of(time)
    fill(stream, 1000)
    assert time.calls == 0
    reader = Reader()
    stream.subscribe(reader)
    time.pass_by()
    assert reader.writes == []
    assert len(stream._ring) == 0


def test_what_all_have_read_is_forgotten() -> None:
    """Once every subscriber has its entries, the stream holds none of them."""
    time = Time()
    stream = stream_of(time)
    stream.subscribe(Reader())
    fill(stream, 100)
    time.pass_by()
    assert len(stream._ring) == 0


def test_memory_is_bounded_while_a_subscriber_stalls() -> None:
    """A subscriber that takes nothing never makes the stream hold more than its ring."""
    time = Time()
    stream = stream_of(time)
    stalled = Reader()
    stalled.unsent = MOST_UNSENT_BYTES + 1
    stream.subscribe(stalled)
    for _ in range(5):
        fill(stream, RING_ENTRIES)
        time.pass_by()
    assert len(stream._ring) == RING_ENTRIES
    assert sum(map(sys.getsizeof, stream._ring)) < RING_ENTRIES * 100


def test_a_stalled_connection_is_skipped() -> None:
    """Nothing is written to a connection with too much unsent; once it takes again, it gets all it missed."""
    time = Time()
    stream = stream_of(time)
    reader = Reader()
    stream.subscribe(reader)
    reader.unsent = MOST_UNSENT_BYTES + 1
    entries = fill(stream, 5)
    time.pass_by(DROP_SECONDS / 2)
    assert reader.writes == []
    reader.unsent = MOST_UNSENT_BYTES
    time.pass_by()
    assert reader.entries == entries
    assert len(reader.writes) == 1
    assert time.calls == 0


def test_who_fell_out_of_the_ring_goes_on_with_the_oldest_entry_left() -> None:
    """After more entries than the ring holds, a stalled subscriber loses the oldest ones and no others."""
    time = Time()
    stream = stream_of(time)
    stalled, quick = Reader(), Reader()
    stream.subscribe(stalled)
    stream.subscribe(quick)
    stalled.unsent = MOST_UNSENT_BYTES + 1
    entries = []
    for part in range(12):
        entries += fill(stream, 1000, first=part * 1000)
        time.pass_by()
    stalled.unsent = 0
    time.pass_by()
    assert stalled.entries == entries[-RING_ENTRIES:]
    assert quick.entries == entries
    entries += fill(stream, 1, first=len(entries))
    time.pass_by()
    assert stalled.entries[-2:] == quick.entries[-2:] == entries[-2:]


def test_a_stalled_connection_is_dropped_in_time() -> None:
    """A connection that takes nothing is aborted once after the drop time, not earlier, without further entries."""
    time = Time()
    stream = stream_of(time)
    reader = Reader()
    stream.subscribe(reader)
    reader.unsent = MOST_UNSENT_BYTES + 1
    fill(stream, 1)
    time.pass_by(DROP_SECONDS - 0.1)
    assert (reader.aborted, stream.subscribers) == (0, 1)
    time.pass_by(0.3)
    assert (reader.aborted, stream.subscribers) == (1, 0)
    time.pass_by(DROP_SECONDS * 3)
    assert (reader.aborted, reader.writes, time.calls) == (1, [], 0)
    assert len(stream._ring) == 0


def test_a_pause_that_ends_in_time_is_forgiven() -> None:
    """Pauses of less than the drop time do not add up."""
    time = Time()
    stream = stream_of(time)
    reader = Reader()
    stream.subscribe(reader)
    for part in range(5):
        reader.unsent = MOST_UNSENT_BYTES + 1
        fill(stream, 1, first=part)
        time.pass_by(DROP_SECONDS * 0.7)
        reader.unsent = 0
        time.pass_by()
    assert reader.aborted == 0
    assert len(reader.entries) == 5


def test_a_slow_reader_that_takes_something_is_not_dropped() -> None:
    """The contract drops who takes nothing: a reader whose buffer shrinks, however slowly, stays."""
    time = Time()
    stream = stream_of(time)
    reader = Reader()
    stream.subscribe(reader)
    reader.unsent = MOST_UNSENT_BYTES * 8
    fill(stream, 1)
    for _ in range(DROP_SECONDS * 3):
        time.pass_by(1)
        reader.unsent -= 1000
    assert (reader.aborted, stream.subscribers) == (0, 1)


def test_a_stalled_connection_delays_no_other() -> None:
    """While one subscriber stalls and is dropped, another gets every entry at the flush after it."""
    time = Time()
    stream = stream_of(time)
    stalled, quick = Reader(), Reader()
    stream.subscribe(stalled)
    stream.subscribe(quick)
    stalled.unsent = MOST_UNSENT_BYTES + 1
    for number in range(DROP_SECONDS * 10 + 20):
        fill(stream, 1, first=number)
        time.pass_by(0.1)
        assert len(quick.writes) == number + 1
    assert quick.entries == [f"entry {number}\n" for number in range(DROP_SECONDS * 10 + 20)]
    assert (stalled.aborted, quick.aborted, stream.subscribers) == (1, 0, 1)


def test_a_subscriber_may_leave_during_a_flush() -> None:
    """A connection that ends while it is written to, and takes others with it, does not break the flush."""
    time = Time()
    stream = stream_of(time)
    first, last = Reader(), Reader()
    leaving = [stream.subscribe(first), stream.subscribe(last)]

    def leave(frames: bytes) -> None:
        for subscriber in leaving:
            stream.unsubscribe(subscriber)

    first.write_frames = leave  # type: ignore[method-assign]
    fill(stream, 1)
    time.pass_by()
    assert stream.subscribers == 0
    assert time.calls == 0


def test_the_ring_is_bounded_in_bytes() -> None:
    """Long entries that a stalled reader does not take are given up before they fill the memory."""
    time = Time()
    stream = stream_of(time)
    reader = Reader()
    stream.subscribe(reader)
    reader.unsent = MOST_UNSENT_BYTES + 1
    for _ in range(20):
        stream.publish("x" * (RING_BYTES // 8) + "\n")
    time.pass_by(0.1)
    reader.unsent = 0
    time.pass_by(0.1)
    assert 0 < sum(map(len, reader.writes)) <= RING_BYTES
