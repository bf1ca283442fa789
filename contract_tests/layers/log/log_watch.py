"""Watches readers of the log over time: one that answers no ping, one that takes nothing, and those beside them."""

import copy
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from websockets.frames import Frame, Opcode

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, load_contract
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import LogReader, follow
from contract_tests.target.target import Target

ATTEMPTS = 3
"""A machine that was busy with something else must not be taken for a server that is late."""
_SLICE = 0.02
_SECONDS_BETWEEN_PROBES = 0.1
_LAST_PROBES = 5
_MOST_BUFFERED = 8 << 20
"""Bytes; more than all buffers between a server and a reader that takes nothing."""
_LINES_PER_SECOND = "1200"
_CHARACTERS_PER_LINE = 12_000

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Times:
    """What a contract says of the stream's times, in seconds. Fewer than ``pings`` pings are not worth judging."""

    ping: float
    pong: float
    drop: float
    pings: int = 1


def times_of(contract: Contract) -> Times:
    """Read the times from a contract."""
    keep_alive = contract.websocket["keepAlive"]
    return Times(keep_alive["pingSeconds"], keep_alive["pongSeconds"], contract.websocket["slowReader"]["dropSeconds"])


def start_mock_with(suite: Suite, folder: Path, times: Times, *options: str) -> Http:
    """Start a mock that keeps other times, and return what sends requests to it, of which nobody is told."""
    # Where the mock stands for a release, it is the contract itself that it applies the overlay to.
    document = copy.deepcopy(load_contract(suite.contract.file).document)
    log = suite.contract.operations["streamLog"]
    websocket = document["paths"][log.path][log.method.lower()]["x-websocket"]
    websocket["keepAlive"] |= {"pingSeconds": times.ping, "pongSeconds": times.pong}
    websocket["slowReader"]["dropSeconds"] = times.drop
    spec = folder / "openapi.json"
    spec.write_text(json.dumps(document), encoding="utf-8")
    mock = suite.other_mock(*options, spec=spec, jwt_secret=suite.target.jwt_secret or "")
    return suite.http_of(mock, suite.target.token, judged=False)


def flooding(folder: Path) -> list[str]:
    """Return the options by which a mock writes so much to its log that all buffers are soon full."""
    file = folder / "sources.yaml"
    source = {
        "name": "x" * _CHARACTERS_PER_LINE,
        "conn_str": "host=reachable.example.com",
        "preset_metrics": "basic",
        "is_enabled": True,
    }
    file.write_text(json.dumps([source]), encoding="utf-8")
    return ["--sources", str(file), "--log-rate", _LINES_PER_SECOND]


def attempt(observe: Callable[[], Seen], is_fine: Callable[[Seen], bool]) -> Seen:
    """Return the first observation that is fine, or the last one."""
    for _ in range(ATTEMPTS - 1):
        seen = observe()
        if is_fine(seen):
            return seen
    return observe()


def latest(expected: float) -> float:
    """Return how late something may be that is expected after some seconds: less than twice as late."""
    return expected * 1.3 + 0.3


@dataclass(frozen=True)
class Pings:
    """Two readers that were watched, and in words what was wrong with each; nothing where nothing was."""

    answering: LogReader
    silent: LogReader
    times: Times
    of_pings: str
    of_silence: str

    @property
    def faults(self) -> str:
        """All that was wrong."""
        return self.of_pings + self.of_silence


def watch_pings(suite: Suite, target: Target, times: Times) -> Pings | None:
    """Watch a reader that answers pings beside one that answers none; None where there is no stream."""
    with follow(suite, target) as answering, follow(suite, target, answers=False) as silent:
        if not (answering.is_open and silent.is_open):
            return None
        deadline = silent.started + max(latest(times.pong), latest(times.ping * times.pings))
        due = silent.started + times.pong * 1.2

        def is_all_seen() -> bool:
            is_dropped = silent.ended_at is not None and time.monotonic() > due
            return is_dropped and len(answering.frames(Opcode.PING)) >= times.pings

        while time.monotonic() < deadline and not is_all_seen():
            for reader in (answering, silent):
                reader.read(_SLICE)
                reader.messages.clear()
        of_pings, of_silence = _fault_of_pings(answering, times), _fault_of_silence(silent, answering, times)
        return Pings(answering, silent, times, of_pings, of_silence)


def _fault_of_pings(reader: LogReader, times: Times) -> str:
    pings = reader.frames(Opcode.PING)
    if filled := [bytes(frame.data) for frame, _ in pings if frame.data]:
        return f"a ping that holds {filled[0]!r}"
    seconds = [at - reader.started for _, at in pings]
    expected = [times.ping * number for number in range(1, times.pings + 1)]
    came = ", ".join(f"{each:.1f} s" for each in seconds) or "never"
    is_early = any(at < due * 0.9 for at, due in zip(seconds, expected, strict=False))
    is_late = any(at > latest(due) for at, due in zip(seconds, expected, strict=False))
    return f"pings after: {came}" if len(seconds) < times.pings or is_early or is_late else ""


def _fault_of_silence(silent: LogReader, answering: LogReader, times: Times) -> str:
    if not answering.is_open and answering.frames(Opcode.PING):
        return f"for the one that answers {answering.end_in_words}"
    if silent.ended_at is None:
        return f"a connection that stays for more than {time.monotonic() - silent.started:.1f} s"
    seconds = silent.ended_at - silent.started
    if silent.close_code is not None or not times.pong * 0.9 <= seconds <= latest(times.pong):
        return f"{silent.end_in_words} after {seconds:.1f} s"
    return ""


@dataclass
class Stall:
    """Two readers that took nothing, and what went on beside them. Times are in seconds.

    ``resumed_after`` is how long the first took nothing, ``is_kept`` whether the server then still had it;
    ``watched`` and ``is_dropped`` are the same of the second, which took nothing for so long that it is to be dropped
    even if all buffers on the way were filled first. ``longest_pause`` is of a reader beside them, ``other_end`` is how
    its connection ended, if it did; ``before`` and ``during`` are how long the API took to answer.
    """

    reader: LogReader
    drop_seconds: float
    resumed_after: float = 0
    is_kept: bool = True
    watched: float = 0
    is_dropped: bool = False
    longest_pause: float = 0
    other_end: str = ""
    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)

    @property
    def harm(self) -> str:
        """Say in words what it did to others, nothing where it did nothing."""
        if self.other_end:
            return f"for another reader {self.other_end}"
        most = 0.8 * self.drop_seconds
        if self.longest_pause > most:
            return f"nothing for {self.longest_pause:.1f} s for another reader"
        if max(self.during) > most:
            return f"an answer of the API after {max(self.during):.1f} s"
        usual = statistics.median(self.during[-_LAST_PROBES:])
        if usual > 0.2 + 5 * max(self.before):
            return f"answers of the API after {usual:.2f} s, of {max(self.before):.2f} s before"
        return ""

    @property
    def fault(self) -> str:
        """Say in words what was wrong with the time at which the server dropped them, nothing where it was right."""
        if not self.is_dropped:
            return f"a connection that stays for more than {self.watched:.1f} s"
        if not self.is_kept and self.resumed_after < self.drop_seconds * 0.9:
            return f"the end of a connection that took nothing for {self.resumed_after:.1f} s"
        return ""


def watch_stall(suite: Suite, http: Http, drop_seconds: float) -> Stall | None:
    """Watch readers that take nothing, beside one that goes on; None where there is no stream."""
    target = http.target
    with follow(suite, target) as other:
        before = [_probe(suite, http) for _ in range(_LAST_PROBES)]
        with follow(suite, target) as shortly, follow(suite, target) as reader:
            if not (other.is_open and shortly.is_open and reader.is_open):
                return None
            stall = Stall(reader, drop_seconds, before=[each.seconds for each in before])
            _watch(stall, shortly, other, lambda: _probe(suite, http, before[-1].status).seconds)
    return stall


def _watch(stall: Stall, shortly: LogReader, other: LogReader, probe: Callable[[], float]) -> None:
    started, drop_seconds = stall.reader.started, stall.drop_seconds
    arrived = started
    deadline, size, next_probe = started + 3 * drop_seconds + 30, 0, started
    while time.monotonic() < deadline and other.is_open:
        if time.monotonic() >= next_probe:
            stall.during.append(probe())
            next_probe = time.monotonic() + _SECONDS_BETWEEN_PROBES
        other.read(_SLICE, lambda: bool(other.messages))
        now = time.monotonic()
        stall.longest_pause = max(stall.longest_pause, now - arrived)
        if other.messages:
            arrived = now
            is_full = size > _MOST_BUFFERED
            size += sum(len(message.data) for message in other.messages)
            other.messages.clear()
            if size > _MOST_BUFFERED and not is_full:
                deadline = min(deadline, now + latest(drop_seconds))
        if not stall.resumed_after and now - shortly.started > 0.7 * drop_seconds:
            stall.is_kept, stall.resumed_after = _is_kept(shortly), time.monotonic() - shortly.started
            arrived = time.monotonic()
    stall.watched = time.monotonic() - started
    stall.other_end = "" if other.is_open else other.end_in_words
    stall.is_dropped = not _is_kept(stall.reader)


def _probe(suite: Suite, http: Http, usual: int | None = 0) -> Exchange:
    """Ask for the shortest answer that there is, without a token.

    It is judged unless it has the usual status: how many probes there are depends on the time, and the number of
    judgements is to depend on the seed alone.
    """
    probe = http.target.contract.probe
    exchange = http.send(probe.method, probe.path, token="")
    if exchange.status != usual:
        suite.judge.see(exchange)
    return exchange


def _is_kept(reader: LogReader) -> bool:
    """Say whether the server has kept a connection; the end of one comes after all that lies in the buffers."""
    reader.send(Frame(Opcode.PING, b"still there?"))
    reader.read(reader.target.seconds_to_wait, lambda: bool(reader.frames(Opcode.PONG)))
    return reader.ended_at is None
