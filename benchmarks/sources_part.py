"""How the mock does with many sources: its start, its list and an addition, beside reading its file with libyaml.

Real pgwatch reads and writes that file for each request, by a YAML library of Go's.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import yaml

from benchmarks.http_client import ask, connect, exchange
from benchmarks.plan import Plan
from benchmarks.processes import running
from benchmarks.report import Goal, Part, ratio, spread, table
from benchmarks.workloads import LIVENESS, LOGIN, request, source, write_sources

KINDS: dict[str, list[str]] = {"plain": [], "release 5.3": ["--release", "5.3"]}
FEW, SOME, MANY = 100, 1_000, 10_000
MOST_TO_START, MOST_TO_ANSWER = 2.0, 0.1
"""The goals: how many times the reading of the file a start may take, and a list or an addition."""
REQUESTS = 5


@dataclass
class Times:
    """Milliseconds, one for each round: until the first answer, for GET and POST /source, to read the file."""

    start: list[float] = field(default_factory=list)
    listing: list[float] = field(default_factory=list)
    adding: list[float] = field(default_factory=list)
    reading: list[float] = field(default_factory=list)


def measure_sources(plan: Plan, say: Callable[[str], None]) -> Part:
    """Start each kind of mock with each number of sources, and ask it, in rounds."""
    found = {(kind, count): Times() for kind in KINDS for count in (FEW, SOME, MANY)}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(plan.sources_rounds):
            say(f"many-sources: round {turn + 1} of {plan.sources_rounds}")
            for (kind, count), times in found.items():
                _measure(KINDS[kind], Path(folder, f"{count}.yaml"), count, times)
    rows = [
        [f"{kind}, {count:,} sources", *map(spread, (each.start, each.listing, each.adding, each.reading))]
        for (kind, count), each in found.items()
    ]
    title = f"Milliseconds; median (least..most) of {plan.sources_rounds} rounds"
    head = ["", "start", "GET /source", "POST /source", "file read by libyaml"]
    return Part(
        text=[title, table(head, rows)],
        goals=list(_goals(found)),
        numbers={f"{kind}, {count}": vars(each) for (kind, count), each in found.items()},
    )


def _goals(found: dict[tuple[str, int], Times]) -> Iterator[Goal]:
    for (kind, count), each in found.items():
        figures = [("Start", each.start, MOST_TO_START)] if count == MANY else []
        if count > FEW:
            figures += [("GET /source", each.listing, MOST_TO_ANSWER), ("POST /source", each.adding, MOST_TO_ANSWER)]
        for name, times, most in figures:
            title = f"{name} of {kind} with {count:,} sources, beside reading them"
            yield Goal(title, ratio(times, each.reading), most, "x")


def _measure(options: list[str], file: Path, count: int, times: Times) -> None:
    write_sources(file, count)
    times.reading.append(_milliseconds(lambda: yaml.load(file.read_bytes(), yaml.CSafeLoader)))
    common = ["-m", "mockserver", "--port", "0", "--console", "json", "--quiet", "--log-rate", "0"]
    started = time.perf_counter()
    with running("the mock", [*common, *options, "--sources", str(file)]) as server:
        ask(server.port, LIVENESS)
        times.start.append((time.perf_counter() - started) * 1000)
        token = ask(server.port, LOGIN).body.decode()
        with closing(connect(server.port)) as connection:
            ask_for = partial(exchange, connection)
            lists = [request("GET", "/source", token)] * REQUESTS
            adds = [request("POST", "/source", token, source(f"new-{number}")) for number in range(REQUESTS)]
            times.listing.append(statistics.median(_milliseconds(partial(ask_for, each)) for each in lists))
            times.adding.append(statistics.median(_milliseconds(partial(ask_for, each)) for each in adds))


def _milliseconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000
