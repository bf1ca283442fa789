"""What becomes of the log's entries and readers: ``entry-is-cut-at-80@streamLog``."""

import functools
import html
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from websockets.frames import Frame, Opcode

from mockserver.deviations.call import Call, refused_instead
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.plan import Plan
from mockserver.http.exchange import Answer
from mockserver.log.stream import Connection, LogStream, Subscriber

_PLACE = "streamLog"
_TIME = "%Y-%m-%d %H:%M:%S.%f"
_LENGTH_OF_TIME = len("2026-11-30 12:00:00.000")
Changes = Callable[[str], str]


def _moved(hours: float, entry: str) -> str:
    moved = datetime.strptime(entry[:_LENGTH_OF_TIME], _TIME) + timedelta(hours=hours)  # as it is
    return moved.strftime(_TIME)[:-3] + entry[_LENGTH_OF_TIME:]


def _cut(most: int, entry: str) -> str:
    return entry if len(entry) <= most else entry[: most - 1] + "\n"


def _timed(form: str, entry: str) -> str:
    moment = datetime.strptime(entry[:_LENGTH_OF_TIME], _TIME)  # as it is
    return moment.strftime(form) + entry[_LENGTH_OF_TIME:]


_TEXTS: dict[str, tuple[str, Changes]] = {
    **{
        f"is-cut-at-{most}": (f"is cut after {most} characters", functools.partial(_cut, most))
        for most in (64, 80, 128, 256, 1024)
    },
    "is-of-another-zone": ("has the time of a zone two hours away", functools.partial(_moved, 2)),
    "is-of-yesterday": ("has the time of the day before", functools.partial(_moved, -24)),
    "has-seconds-alone": ("has a time without milliseconds", functools.partial(_timed, "%Y-%m-%d %H:%M:%S")),
    "has-microseconds": ("has a time with microseconds", functools.partial(_timed, _TIME)),
    "has-a-comma-in-its-time": ("has a comma before its milliseconds", lambda entry: entry[:19] + "," + entry[20:]),
    "has-slashes-in-its-time": ("has slashes in its date", lambda entry: entry[:10].replace("-", "/") + entry[10:]),
    "has-the-time-of-a-clock": ("has no date", lambda entry: entry[11:]),
    "has-dos-line-ends": ("ends with CR LF", lambda entry: entry[:-1] + "\r\n"),
    "has-a-line-more": ("is followed by an empty line", lambda entry: entry + "\n"),
    "begins-with-a-bom": ("begins with a BOM", lambda entry: "\ufeff" + entry),
    "begins-with-a-blank": ("begins with a blank", lambda entry: " " + entry),
    "lacks-its-level": ("has no level", lambda entry: re.sub(r"\[[A-Z]+\] ?", "", entry, count=1)),
    "has-another-level": (
        "has a level that there is not",
        lambda entry: re.sub(r"\[INFO\]", "[NOTICE]", entry, count=1),
    ),
    "is-escaped-for-html": ("has entities for < and &", html.escape),
    "has-two-backslashes": ("has each backslash twice", lambda entry: entry.replace("\\", "\\\\")),
    "has-raw-line-ends": ("has line ends of names as they are", lambda entry: entry[:-1].replace("\\n", "\n") + "\n"),
    "is-quoted": ("is in quotation marks", lambda entry: f'"{entry[:-1]}"\n'),
    "is-upper-cased": ("is in capitals", str.upper),
    "loses-what-is-not-ascii": ("has ? for what is not ASCII", lambda entry: entry.encode("ascii", "replace").decode()),
    "is-decoded-twice": ("has its UTF-8 taken for Latin-1", lambda entry: entry.encode().decode("latin-1")),
}


def _writing(change: Changes) -> type[LogStream]:
    class Writing(LogStream):
        def publish(self, entry: str) -> None:
            super().publish(change(entry))

    return Writing


class _Twice(LogStream):
    def publish(self, entry: str) -> None:
        super().publish(entry)
        super().publish(entry)


class _Swapping(LogStream):
    held = ""

    def publish(self, entry: str) -> None:
        if self.held:
            held, self.held = self.held, ""
            super().publish(entry)
            super().publish(held)
        else:
            self.held = entry


class _Late(LogStream):
    def publish(self, entry: str) -> None:
        self._call_later(3, lambda: super(_Late, self).publish(entry))


class _Losing(LogStream):
    """Leaves out each fifth entry for the last of several readers."""

    def _flush(self) -> None:
        readers = list(self._subscribers.values())
        if len(readers) > 1 and self._published % 5 == 0:
            readers[-1].cursor = self._published
        super()._flush()


class _Beating(LogStream):
    """Sends a word of its own beside each tenth entry, to keep connections open."""

    def publish(self, entry: str) -> None:
        super().publish(entry)
        if self._published % 10 == 0:
            super().publish("ping\n")


class _Single(LogStream):
    """Ends the reader before when another one comes."""

    def subscribe(self, connection: Connection) -> Subscriber:
        for reader in list(self._subscribers.values()):
            self.unsubscribe(reader)
            reader.connection.abort()
        return super().subscribe(connection)


class _Leaving(LogStream):
    """Ends all readers when one leaves."""

    def unsubscribe(self, subscriber: Subscriber) -> None:
        super().unsubscribe(subscriber)
        for reader in list(self._subscribers.values()):
            super().unsubscribe(reader)
            reader.connection.abort()


class _Ending(LogStream):
    """Ends all readers after each fifty entries."""

    def publish(self, entry: str) -> None:
        super().publish(entry)
        if self._published % 50 == 0:
            for reader in list(self._subscribers.values()):
                self.unsubscribe(reader)
                reader.connection.abort()


class _Marking(LogStream):
    """Sets the bit of compressed frames on frames that are not."""

    def publish(self, entry: str) -> None:
        before = self._ring[-1] if self._ring else None
        super().publish(entry)
        if self._ring and self._ring[-1] is not before:
            self._ring[-1] = Frame(Opcode.TEXT, entry.encode(), rsv1=True).serialize(mask=False)


class _Latin(LogStream):
    """Sends entries in Latin-1."""

    def publish(self, entry: str) -> None:
        before = self._ring[-1] if self._ring else None
        super().publish(entry)
        if self._ring and self._ring[-1] is not before:
            self._ring[-1] = Frame(Opcode.TEXT, entry.encode("latin-1", "replace")).serialize(mask=False)


_STREAMS: dict[str, tuple[str, type[LogStream]]] = {
    "comes-twice": ("comes twice", _Twice),
    "comes-after-the-next": ("comes after the next one", _Swapping),
    "comes-late": ("comes after three seconds", _Late),
    "is-lost-for-one-of-several": ("is lost for one of several readers, now and then", _Losing),
    "has-beats-beside-it": ("has a word beside it that is no entry", _Beating),
    "goes-to-the-newest-alone": ("ends the reader before when another one comes", _Single),
    "ends-with-the-first-who-leaves": ("ends all readers when one leaves", _Leaving),
    "ends-its-readers-at-fifty": ("ends all readers, each fiftieth one", _Ending),
    "is-called-compressed": ("has the bit of compressed frames", _Marking),
    "is-in-latin-1": ("is in Latin-1", _Latin),
}
_READERS = {"refuses-a-second-reader": 1, "refuses-a-fourth-reader": 3}


def pairs() -> Iterator[Pair]:
    """Give all kinds, which have one place: the log."""
    for kind, (title, change) in _TEXTS.items():
        yield _pair(kind, f"An entry {title}.", functools.partial(_mix, _writing(change)))
    for kind, (title, stream) in _STREAMS.items():
        yield _pair(kind, f"An entry {title}.", functools.partial(_mix, stream))
    for kind, most in _READERS.items():
        yield _pair(kind, f"The log {kind.replace('-', ' ')}.", functools.partial(_refuse, most))


def _pair(kind: str, title: str, show: Callable[[Plan], None]) -> Pair:
    return Pair(f"entry-{kind}", _PLACE, title, show)


def _mix(stream: type[LogStream], plan: Plan) -> None:
    plan.mix(log_stream=stream)


def _refuse(most: int, plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        is_full = given.status == 101 and call.mock.log_stream.subscribers >= most
        return refused_instead(given, 503, "there are too many readers") if is_full else given

    plan.after(alter, _PLACE)
