"""Deviations in what the log stream sends: the entries, their frames, and who gets them when."""

import asyncio
import re
from collections import deque
from collections.abc import Callable

from websockets.frames import Frame, Opcode

from mockserver.deviations.call import Call
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.log.stream import MOST_UNSENT_BYTES, Connection, LogStream, Subscriber

_BACKLOG_ENTRIES = 20
_SECONDS_OF_A_STALL = 3
_POLL_SECONDS = 0.05


def _writing(change: Callable[[str], str]) -> type[LogStream]:
    """Return a stream that changes entries."""

    class Writing(LogStream):
        def publish(self, entry: str) -> None:
            super().publish(change(entry))

    return Writing


@deviation
def entries_lack_their_line_end(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: entry.rstrip("\n")))


@deviation
def entry_times_lack_milliseconds(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: entry[:19] + entry[23:]))


@deviation
def entry_times_are_iso_8601(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: f"{entry[:10]}T{entry[11:23]}Z{entry[23:]}"))


@deviation
def entries_are_json(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: f'{{"level":"info","time":"{entry[:23]}"}}\n'))


@deviation
def levels_are_lower_case(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: re.sub(r"\[[A-Z]+\]", lambda level: level[0].lower(), entry, count=1)))


@deviation
def levels_are_shortened(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: re.sub(r"\[([A-Z]{3})[A-Z]*\]", r"[\1]", entry, count=1)))


@deviation
def entries_are_coloured(plan: Plan) -> None:
    plan.mix(log_stream=_writing(lambda entry: f"\x1b[36m{entry}"))


@deviation
def two_entries_are_in_a_frame(plan: Plan) -> None:
    class Pairing(LogStream):
        held = ""

        def publish(self, entry: str) -> None:
            if self.held:
                super().publish(self.held + entry)
            self.held = "" if self.held else entry

    plan.mix(log_stream=Pairing)


def _framing(change: Callable[[Frame], list[Frame]]) -> type[LogStream]:
    """Return a stream that sends other frames in the place of the one of each entry."""

    class Framing(LogStream):
        def publish(self, entry: str) -> None:
            before = self._ring[-1] if self._ring else None
            super().publish(entry)
            if self._ring and self._ring[-1] is not before:
                frames = change(Frame(Opcode.TEXT, entry.encode()))
                self._ring[-1] = b"".join(frame.serialize(mask=False) for frame in frames)

    return Framing


@deviation
def frames_are_binary(plan: Plan) -> None:
    plan.mix(log_stream=_framing(lambda frame: [Frame(Opcode.BINARY, frame.data)]))


@deviation
def entries_are_split_over_frames(plan: Plan) -> None:
    def halves(frame: Frame) -> list[Frame]:
        middle = len(frame.data) // 2
        return [Frame(Opcode.TEXT, frame.data[:middle]), Frame(Opcode.TEXT, frame.data[middle:])]

    plan.mix(log_stream=_framing(halves))


@deviation
def backlog_is_sent(plan: Plan) -> None:
    class Remembering(LogStream):
        @property
        def subscribers(self) -> int:
            return super().subscribers + 1  # or nothing would be written while nobody reads

        def publish(self, entry: str) -> None:
            if not hasattr(self, "_backlog"):
                self._backlog: deque[bytes] = deque(maxlen=_BACKLOG_ENTRIES)
            self._backlog.append(Frame(Opcode.TEXT, entry.encode()).serialize(mask=False))
            super().publish(entry)

        def subscribe(self, connection: Connection) -> Subscriber:
            connection.write_frames(b"".join(getattr(self, "_backlog", ())))
            return super().subscribe(connection)

    plan.mix(log_stream=Remembering)


@deviation
def only_the_last_reader_gets_entries(plan: Plan) -> None:
    class Single(LogStream):
        def subscribe(self, connection: Connection) -> Subscriber:
            self._subscribers.clear()
            return super().subscribe(connection)

    plan.mix(log_stream=Single)


@deviation
def readers_share_the_entries(plan: Plan) -> None:
    class Sharing(LogStream):
        def _flush(self) -> None:
            if len(self._subscribers) > 1:
                turn = self._published % len(self._subscribers)
                for number, subscriber in enumerate(self._subscribers.values()):
                    if number != turn:
                        subscriber.cursor = self._published
            super()._flush()

    plan.mix(log_stream=Sharing)


@deviation
def log_is_silent(plan: Plan) -> None:
    class Silent(LogStream):
        def publish(self, entry: str) -> None:
            pass

    plan.mix(log_stream=Silent)


# --- slow readers ---------------------------------------------------------------------------------------------------


def _stuck(stream: LogStream) -> list[Subscriber]:
    readers = stream._subscribers.values()
    return [reader for reader in readers if reader.connection.unsent_bytes() > MOST_UNSENT_BYTES]


@deviation
def slow_reader_holds_up_others(plan: Plan) -> None:
    class Waiting(LogStream):
        def _flush(self) -> None:
            stuck = _stuck(self)
            if not stuck:
                super()._flush()
                return
            self._flush_is_due = False
            for reader in stuck:
                self._wait_for(reader, reader.connection.unsent_bytes(), self._clock())
            self._schedule_flush()

    plan.mix(log_stream=Waiting)


@deviation
def slow_reader_holds_up_the_api(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        for _ in range(int(_SECONDS_OF_A_STALL / _POLL_SECONDS)):
            if not _stuck(call.mock.log_stream):
                break
            await asyncio.sleep(_POLL_SECONDS)
        return await proceed()

    plan.around(layer)


@deviation
def slow_reader_is_never_dropped(plan: Plan) -> None:
    class Enduring(LogStream):
        def _wait_for(self, subscriber: Subscriber, unsent: int, now: float) -> None:
            pass

    plan.mix(log_stream=Enduring)
