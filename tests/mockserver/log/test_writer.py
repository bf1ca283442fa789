"""What the mock writes to its log, how much of it, and what never gets there."""

import asyncio
import re
import selectors
from string import Formatter
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.log.writer import LogWriter
from mockserver.memory.connector import Outcome, read_outcomes
from mockserver.memory.state import State
from tests.conftest import ROOT
from tests.support.helpers import complete
from tests.support.websocket_helpers import ENTRY, WEBSOCKET

LINES: dict[str, Any] = yaml.safe_load((ROOT / "fixtures/log_lines.yaml").read_bytes())
TEMPLATES = [
    *LINES["background"],
    *LINES["unreachable"],
    *(line for event in LINES["events"].values() for line in event),
]
PLACEHOLDERS = {"source", "metric", "interval", "sources", "metrics", "presets", "rows", "elapsed", "host", "reason"}
MARK = "hunter2"
"""A part of every password that the tests plant."""
PRESETS = {"basic": {"Description": "", "Metrics": {"db_size": 300, "wal": 60}}}
HOSTS = (
    "db.example.com",
    "refused.example.com",
    "unknown-1",
    "x.invalid",
    "denied",
    "notls",
    "slow",
    "silent",
    "[::1]",
)


def source(name: str, conn_str: str = "host=db.example.com", **fields: Any) -> dict[str, Any]:
    """Return a complete source, enabled and with a preset unless the fields say otherwise."""
    return complete({"Name": name, "ConnStr": conn_str, "IsEnabled": True, "PresetMetrics": "basic", **fields})


class Log:
    """A writer, the state it writes about, and the lines it wrote."""

    def __init__(self, *sources: dict[str, Any], seed: int = 0, outcomes: list[Outcome] | None = None) -> None:
        self.lines: list[str] = []
        self.state = State(sources, {"db_size": {}, "wal": {}}, PRESETS)
        self.writer = LogWriter(self.state, read_outcomes() if outcomes is None else outcomes, seed, self.lines.append)

    def background(self, count: int) -> list[str]:
        """Write that many background lines; return them."""
        before = len(self.lines)
        for _ in range(count):
            self.writer.background()
        return self.lines[before:]

    def everything(self, of: dict[str, Any]) -> None:
        """Write all that can be written about a source, and what there is besides."""
        self.writer.source_added(of)
        self.writer.source_updated(of)
        self.writer.source_deleted(of)
        self.writer.connect_failed("refused.example.com", "refused.example.com:5432: no")
        self.writer.origin_refused()
        self.background(30)

    @property
    def untimed(self) -> list[str]:
        """The lines without their timestamps."""
        return [line[len("2026-11-23 09:00:00.125 ") :] for line in self.lines]


def names_in(lines: list[str]) -> set[str]:
    """Return the names of the sources that the lines speak of."""
    return {match[1] for line in lines if (match := re.search(r"\[source:([^\]]*)\]", line))}


def test_the_same_seed_writes_the_same_lines() -> None:
    """Two writers with one seed differ in nothing but the timestamps; another seed writes other lines."""
    logs = [Log(source("a"), source("b", "host=refused"), seed=seed) for seed in (7, 7, 8)]
    for log in logs:
        log.background(500)
        log.writer.source_added(source("c"))
    assert logs[0].untimed == logs[1].untimed
    assert logs[0].untimed != logs[2].untimed


@settings(deadline=None)
@given(name=st.text(min_size=1), metric=st.text(), tag=st.text(), interval=st.floats(min_value=1e-9, max_value=1e308))
@example(name="{x} {0} %s {source}\n\r\0🐘", metric="{reason}\n[ERROR] ", tag="{host}", interval=60)
def test_every_line_is_an_entry_of_the_contract(name: str, metric: str, tag: str, interval: float) -> None:
    """Whatever a source and its metrics are called, every line has the contract's form, and the name unchanged."""
    entry = source(name, Metrics={metric: interval}, CustomTags={tag: tag})
    unreachable = source(name + "!", "host=refused.example.com")
    log = Log(entry, unreachable)
    log.everything(entry)
    log.everything(unreachable)
    assert all(ENTRY.fullmatch(line) for line in log.lines)
    assert any(f"[source:{name}]" in line for line in log.lines)


def test_background_lines_name_only_enabled_sources_that_exist_now() -> None:
    """A source is in the background lines once it is added, and no longer once it is disabled or deleted."""
    log = Log(source("on"), source("off", IsEnabled=False))
    assert names_in(log.background(300)) == {"on"}
    log.state.add_source(source("new"))
    assert names_in(log.background(300)) == {"on", "new"}
    log.state.replace_source(source("on", IsEnabled=False))
    assert names_in(log.background(300)) == {"new"}
    log.state.delete_source("new")
    lines = log.background(300)
    assert names_in(lines) == set()
    assert len(lines) == 300


def test_background_lines_name_only_metrics_of_their_source() -> None:
    """A source is measured by its own metrics, or by those of its preset where it has none."""
    log = Log(source("own", Metrics={"mine": 5}), source("preset"), source("none", PresetMetrics="nosuch"))
    found: dict[str, set[str]] = {}
    for line in log.background(2000):
        if match := re.search(r"\[source:(\w+)\] \[metric:(\w+)\]", line):
            found.setdefault(match[1], set()).add(match[2])
    assert found["own"] == {"mine"}
    assert found["preset"] == {"db_size", "wal"}
    assert set(found) == {"own", "preset", "none"}


def test_counts_in_lines_are_those_of_now() -> None:
    """Lines that count sources, metrics and presets count what there is."""
    log = Log(source("a"), source("b"))
    text = "".join(log.background(1000))
    assert set(re.findall(r"\[sources:(\d+)\]", text)) == {"2"}
    assert set(re.findall(r"\[metrics:(\d+)\] \[presets:(\d+)\]", text)) == {("2", "1")}


def test_unreachable_sources_leave_errors() -> None:
    """Lines about a source at an unreachable host are connection errors with the reason, and never measurements."""
    log = Log(source("down", "postgresql://pgwatch@refused.example.com/postgres"))
    lines = log.background(200)
    assert all("[source:down]" in line and "measurements fetched" not in line for line in lines)
    errors = [line for line in lines if "[ERROR]" in line]
    assert errors
    assert all("connection refused" in line and "[host:refused.example.com]" in line for line in errors)
    assert {match[1] for line in lines if (match := ENTRY.fullmatch(line))} == {"ERROR", "WARNING"}


def test_every_template_can_be_written() -> None:
    """Each line of the fixture has a level of the contract and known placeholders, and comes up in a log."""
    log = Log(source("a"), source("b", "host=refused.example.com"))
    for entry in log.state.sources:
        log.everything(entry)
    log.background(5000)
    for template in TEMPLATES:
        assert template["level"] in WEBSOCKET["serverMessages"]["levels"]
        parts = list(Formatter().parse(template["line"]))
        assert {field for _, field, _, _ in parts if field is not None} <= PLACEHOLDERS
        pattern = "".join(re.escape(text) + (".+" if field else "") for text, field, _, _ in parts)
        line = re.compile(rf"\[{template['level']}\] {pattern}\n")
        assert any(line.fullmatch(written) for written in log.untimed), template


def test_nothing_is_written_that_nobody_wants() -> None:
    """While nobody reads the log no line is made, and those made later are about the state of then."""
    lines: list[str] = []
    wanted = False
    log = Log(source("a"))
    writer = LogWriter(log.state, [], 0, lines.append, lambda: wanted)
    for _ in range(2):
        writer.background()
        writer.source_added(source("b"))
        writer.source_updated(source("b"))
        writer.source_deleted(source("b"))
        writer.connect_failed("host", "reason")
        writer.origin_refused()
        assert bool(lines) is wanted
        wanted = True


def test_weights_are_kept() -> None:
    """Of many background lines, each template has about the share that its weight gives it."""
    log = Log(source("a"))
    lines = log.background(20_000)
    total = sum(template["weight"] for template in LINES["background"])
    share = sum("[cache:false] measurements fetched" in line for line in lines) / len(lines)
    assert share == pytest.approx(40 / total, rel=0.1)


def conn_strs() -> st.SearchStrategy[str]:
    """Connection strings of every form, with a password that holds MARK between what could be taken for a host."""
    odd = st.text(alphabet="@:/?#=&%'\\ ,.aß\n", max_size=6)
    hosts = st.sampled_from(HOSTS)
    words = st.sampled_from(("", "host=", "host = ", "://", "refused", "x.invalid", ".invalid", "unknown"))
    passwords = st.builds("{}{}{}{}{}".format, odd, words, st.just(MARK), words, odd)
    bare = passwords.map(lambda text: re.sub(r"[\s'\\]", "", text))

    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace("'", "\\'")

    def escaped(text: str) -> str:
        return re.sub(r"([\s'\\])", r"\\\1", text)

    return st.one_of(
        st.builds(lambda p, h: f"postgresql://u:{quote(p, safe='')}@{h}/db", passwords, hosts),
        st.builds(lambda p, h: f"postgresql://u:{p}@{h}/db", bare, hosts),
        st.builds(lambda p, h: f"postgres://{h}/db?user=u&password={quote(p, safe='')}", passwords, hosts),
        st.builds(lambda p, h: f"host={h} user=u password='{quoted(p)}'", passwords, hosts),
        st.builds(lambda p, h: f"user=u password = '{quoted(p)}' host={h}", passwords, hosts),
        st.builds(lambda p, h: f"password={escaped(p)} host={h}", passwords, hosts),
    )


@settings(deadline=None)
@given(conn_str=conn_strs())
@example(conn_str=f"postgresql://u:a@{MARK}@x.invalid/db")
@example(conn_str=f"postgresql://u:@unknown-{MARK}@[::1]/db")
@example(conn_str=f"postgresql://u:@unknown-{MARK}/x@db/db")
@example(conn_str=f"postgresql://u:@unknown-{MARK}?x@db/db")
@example(conn_str=f"user=u password='a host=unknown-{MARK}' host=db")
@example(conn_str=f"user=u password=://refused-{MARK} host=db")
@example(conn_str=f"user=u password=a\\ host=unknown-{MARK} host=db")
@example(conn_str=f"application_name=' password=' password='a host=unknown-{MARK}' host=db")
def test_no_line_holds_a_password(conn_str: str) -> None:
    """Neither a connection string nor a piece of its password is ever in the log, whatever the password looks like."""
    entry = source("planted", conn_str, HostConfig={"Username": "etcd", "Password": MARK})
    log = Log(entry)
    log.everything(entry)
    text = "".join(log.lines)
    assert MARK not in text
    assert conn_str not in text


@settings(deadline=None)
@given(conn_str=st.text(min_size=20))
def test_no_line_holds_a_connection_string(conn_str: str) -> None:
    """A text that is no connection string at all is not repeated either, and breaks nothing."""
    entry = source("planted", conn_str)
    log = Log(entry)
    log.everything(entry)
    assert all(ENTRY.fullmatch(line) for line in log.lines)
    assert conn_str not in "".join(log.lines)


class LeapingSelector(selectors.SelectSelector):
    """Waits for nothing: the time it should wait is added to its clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop in which time leaps from call to call."""

    def __init__(self) -> None:
        self.leaps = LeapingSelector()
        super().__init__(self.leaps)

    def time(self) -> float:
        return self.leaps.now


def lines_in(seconds: float, rate: float, pause_of: float = 0) -> int:
    """Return how many lines a writer writes in imagined seconds at a rate, in a loop that hangs once for a time."""
    log = Log(source("a"))

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, LeapingLoop)
        writer = asyncio.create_task(log.writer.run(rate))
        await asyncio.sleep(seconds / 2)
        loop.leaps.now += pause_of
        await asyncio.sleep(seconds / 2)
        writer.cancel()

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(run())
    return len(log.lines)


@pytest.mark.parametrize("rate", [0.5, 2, 37, 150, 20_000])
def test_the_rate_is_kept(rate: float) -> None:
    """In ten seconds there are ten times as many lines as are asked for a second, up to one pause more or less."""
    tolerance = max(1, rate * 0.02)
    assert lines_in(10, rate) == pytest.approx(10 * rate, abs=tolerance)


def test_no_rate_is_no_line() -> None:
    """With the rate 0 the log has only what requests leave in it."""
    assert lines_in(3600, 0) == 0


def test_a_loop_that_hung_catches_up_for_one_second() -> None:
    """After a minute in which nothing ran, the log is not flooded with a minute's lines."""
    assert lines_in(10, 100, pause_of=60) == pytest.approx(11 * 100, abs=3)
