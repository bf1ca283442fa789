"""The layer ``log``: the entries, who gets them, and what they say."""

import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from websockets.frames import Opcode

from contract_tests.contract.document import Contract
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import LogReader, Message, follow, gather
from contract_tests.layers.logins import time_of
from contract_tests.layers.own_sources import OwnSources
from contract_tests.target.guard import Permission

_ENTRIES = {"quick": 20, "default": 40, "thorough": 300}
_FIRST = 5
"""So many entries of a reader are compared with others': as many are judged in every run, whatever else has come."""
_CLOCK_SECONDS = 5
"""How much older than another an entry can be stamped and yet be written after it."""
_PAUSE, _MOST_PAUSES = 0.005, 200
_SEVERAL = 4
"""What is wrong with half of so many entries, or of more, is no chance."""
_READERS = 5
_FEW, _SECONDS_FOR_MORE = 3, 3
"""A server may have little to write."""
_ZONES = (timedelta(hours=-12), timedelta(hours=14))
_QUARTER, _BESIDE = timedelta(minutes=15), timedelta(minutes=5)
"""Zones differ by quarters of an hour; how far clocks may be apart: that of what is in front of the server, say."""
_SECONDS_FOR_A_NAME = 3


@pytest.mark.judges(
    "log.frame.is-text", "log.frame.has-one-entry", "log.entry.ends-its-line", "log.entry.has-the-format"
)
def test_entries(judge: Judge, suite: Suite, contract: Contract) -> None:
    """Each entry comes once, in a text frame of its own, ends its line, and begins with time and level."""
    wanted = _ENTRIES[suite.settings.effort]
    with follow(suite) as reader:
        gather(suite, [reader], lambda: len(reader.messages) >= (wanted if suite.target.is_mock else _FEW))
        gather(suite, [reader], lambda: len(reader.messages) >= wanted, _SECONDS_FOR_MORE)
    pattern = re.compile(contract.websocket["serverMessages"]["schema"]["pattern"])
    if reader.fault:
        judge.that(False, "log.frame.is-text", reader.exchange, "text frames", reader.end_in_words)
    for parts in _joined(reader.messages, pattern)[:wanted]:
        _judge_entry(judge, reader, parts, pattern)
    _judge_the_whole(judge, reader, reader.entries[:wanted])
    _judge_times(judge, suite, reader, reader.entries[:wanted])


def _joined(messages: list[Message], pattern: re.Pattern[str]) -> list[list[Message]]:
    """Return the messages, with those in one list that are the parts of one entry."""
    joined: list[list[Message]] = []
    for message in messages:
        if joined and not joined[-1][-1].text.endswith("\n") and not _beginnings(message.text, pattern):
            joined[-1].append(message)
        else:
            joined.append([message])
    return joined


def _beginnings(text: str, pattern: re.Pattern[str]) -> int:
    """Return how many entries begin in a text: an entry can quote lines, but begins with a line that fits already."""
    return sum(pattern.search(line + "\n") is not None for line in text.split("\n"))


def _judge_entry(judge: Judge, reader: LogReader, parts: list[Message], pattern: re.Pattern[str]) -> None:
    text, about = "".join(part.text for part in parts), reader.exchange
    shown = repr(text if len(text) <= 160 else text[:160] + "…") if reader.target.is_mock else f"{len(text)} characters"
    for kind in {part.opcode for part in parts}:
        judge.that(
            kind is Opcode.TEXT, "log.frame.is-text", about, "a text frame", f"a {kind.name.lower()} frame: {shown}"
        )
    entries = _beginnings(text, pattern)
    actual = f"{entries} entries in a frame: {shown}" if len(parts) == 1 else f"one in {len(parts)} frames: {shown}"
    judge.that(entries <= 1 and len(parts) == 1, "log.frame.has-one-entry", about, "one entry in a frame", actual)
    judge.that(text.endswith("\n"), "log.entry.ends-its-line", about, "a line end at the end", shown)
    line = text if text.endswith("\n") else text + "\n"
    holds = pattern.search(line) is not None and _stamp(text) is not None
    judge.that(holds, "log.entry.has-the-format", about, f"an entry that fits {pattern.pattern}", shown)


def _judge_the_whole(judge: Judge, reader: LogReader, entries: list[str]) -> None:
    """Judge what may be so with one entry by chance, and not with many."""
    if len(entries) < _SEVERAL:
        return
    about, pairs = reader.exchange, list(pairwise(entries))
    stamps = [(_stamp(one), _stamp(other)) for one, other in pairs]
    twice = sum(one == other for one, other in pairs)
    back = sum(one is not None and other is not None and one > other for one, other in stamps)
    odd_ends = sum(entry.endswith(("\r\n", "\n\n")) for entry in entries)
    once, ends = "log.frame.has-one-entry", "log.entry.ends-its-line"
    judge.that(3 * twice < len(pairs), once, about, "each entry once", "entries that come twice")
    judge.that(3 * back < len(pairs), once, about, "entries in the order written", "entries that come after later ones")
    judge.that(2 * odd_ends < len(entries), ends, about, "a line feed alone at the end", "another line end, or two")


def _judge_times(judge: Judge, suite: Suite, reader: LogReader, entries: list[str]) -> None:
    """Judge that times are the server's local ones: of its own clock, some zone away, or of this machine's."""
    clock = datetime.fromtimestamp(time_of(suite.unjudged.send("OPTIONS", "/", token="")), UTC)
    for stamp in filter(None, map(_stamp, entries)):
        away = stamp - clock.replace(tzinfo=None)
        beside = abs(away - round(away / _QUARTER) * _QUARTER)
        if suite.target.is_mock:
            here = clock.astimezone().utcoffset() or timedelta()
            is_local = abs(away - here) < _BESIDE
        else:
            is_local = _ZONES[0] - _BESIDE < away < _ZONES[1] + _BESIDE and beside < _BESIDE
        if not judge.that(
            is_local, "log.entry.has-the-format", reader.exchange, "the server's local time", "another time"
        ):
            return


def _stamp(entry: str) -> datetime | None:
    """Return the time at the beginning of an entry, None where there is none."""
    try:
        return datetime.strptime(entry[:23], "%Y-%m-%d %H:%M:%S.%f")
    except ValueError:
        return None


@pytest.mark.judges("log.entry.is-new")
def test_entries_are_new(judge: Judge, suite: Suite) -> None:
    """What one reader was sent before another connected, or what is older still, is not sent to the other."""
    with follow(suite) as before:
        gather(suite, [before], lambda: len(before.messages) >= _FIRST)
        # After a few milliseconds of silence no new entry can have the text of an old one: its time would differ.
        for _ in range(_MOST_PAUSES):
            known = len(before.messages)
            before.read(_PAUSE)
            if len(before.messages) == known:
                break
        old = set(before.entries)
        newest = max(filter(None, map(_stamp, old)), default=None)
        with follow(suite) as late:
            if old:
                gather(suite, [late, before], lambda: len(late.messages) >= _FIRST)
    for entry in late.entries[:_FIRST] if old else []:
        stamp = _stamp(entry)
        is_older = bool(stamp and newest and (newest - stamp).total_seconds() > _CLOCK_SECONDS)
        is_known = stamp is not None and entry in old
        judge.that(
            not is_known and not is_older,
            "log.entry.is-new",
            late.exchange,
            "only entries that are written after the connection was made",
            "one that another reader was sent before" if is_known else "one with an older time",
        )


@pytest.mark.judges("log.readers.each-gets-all")
def test_each_reader_gets_all(judge: Judge, suite: Suite) -> None:
    """Of several readers, each is sent the same entries."""
    with ExitStack() as open_readers:
        readers = [open_readers.enter_context(follow(suite)) for _ in range(_READERS)]

        def common() -> set[str]:
            return set.intersection(*(set(reader.entries) for reader in readers))

        gather(suite, readers, lambda: len(common()) >= _FIRST, seconds=5 if suite.target.is_mock else 15)
        is_written = suite.target.is_mock or any(reader.messages for reader in readers)
        refused = next((reader for reader in readers if reader.exchange.status != 101), None)
        if refused and readers[0].exchange.status == 101:
            expected = f"each of {_READERS} readers to be let in, as the first one"
            judge.that(False, "log.readers.each-gets-all", refused.exchange, expected)
        if not is_written or refused:
            return
        got = ", ".join(str(len(reader.messages)) for reader in readers)
        judge.that(
            bool(common()),
            "log.readers.each-gets-all",
            readers[-1].exchange,
            f"the same entries for {_READERS} readers",
            f"{got} entries, of which {len(common())} the same",
        )


@pytest.mark.judges("log.entry.has-the-format")
def test_entries_name_sources_as_they_are(own: OwnSources, judge: Judge, suite: Suite) -> None:
    """An entry about a source has its name whole and as it is stored, however long and whatever its characters."""
    if suite.target.permission is not Permission.THROWAWAY:
        return  # it would be monitored
    odd = " \N{LATIN SMALL LETTER E WITH ACUTE}<b>&amp;\\d"
    with follow(suite) as reader:
        name = own.name(after=f"{odd}{'x' * 1100}.")
        begin = name.partition(" ")[0].lower()
        own.add(name, IsEnabled=True)
        gather(suite, [reader], lambda: any(begin in entry.lower() for entry in reader.entries), _SECONDS_FOR_A_NAME)
    about = next((entry for entry in reader.entries if begin in entry.lower()), None)
    if about is not None:
        is_whole = name in about
        judge.that(
            is_whole,
            "log.entry.has-the-format",
            reader.exchange,
            "a name as it is stored in what is written about a source",
            "part of it, or other characters",
            what="an entry that names a source",
        )
