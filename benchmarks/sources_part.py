"""How the mock does with many sources: its start, its list and an addition, beside reading its file with libyaml.

Real pgwatch reads and writes that file for each request, by a YAML library of Go's.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import yaml

from benchmarks.http_client import SECONDS_TO_ANSWER, ask
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError, running
from benchmarks.report import Goal, Part, ratio, spread, table
from benchmarks.workloads import LIVENESS, LOGIN, source, write_sources

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
        # The lists of a release come in chunks, which the client of the other parts does not read.
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=SECONDS_TO_ANSWER)) as connection:
            listing = partial(_ask, connection, "GET", token)
            times.listing.append(statistics.median(_milliseconds(listing) for _ in range(REQUESTS)))
            adding = [partial(_ask, connection, "POST", token, source(f"new-{number}")) for number in range(REQUESTS)]
            times.adding.append(statistics.median(map(_milliseconds, adding)))


def _ask(connection: HTTPConnection, method: str, token: str, body: object = None) -> None:
    headers = {"Token": token, "Content-Type": "application/json"}
    connection.request(method, "/source", None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status not in (200, 201):
        raise NotMeasuredError(f"{method} /source was answered with {answer.status}")


def _milliseconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000
