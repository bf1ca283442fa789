"""One measurement of a log stream: a server that writes, readers in another process, and the API asked meanwhile."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.contenders import mock_arguments
from benchmarks.http_client import ask, connect, exchange
from benchmarks.log_readers import Count, Task
from benchmarks.plan import Plan
from benchmarks.processes import ROOT, NotMeasuredError, Server, read_object, running, stopping
from benchmarks.workloads import LIVENESS, LOGIN

MOCK, QUEUES = "mock", "queue per reader"
PAUSE_SECONDS = 0.005
"""Between two requests to the API while the log runs."""
SECONDS_TO_COUNT = 10


@dataclass(frozen=True)
class LogRun:
    """What a server was told to write and what it delivered, in lines a second, and what it took.

    ``rate`` is for each reader, ``delivered`` over all. ``server_cpu`` and ``reader_cpu`` are busy cores, ``memory``
    is the server's in MB, ``latencies`` are those of GET /liveness meanwhile in milliseconds, in ascending order,
    ``delays`` those of lines where they were measured.
    """

    server: str
    readers: int
    rate: float
    delivered: float
    server_cpu: float
    reader_cpu: float
    memory: float
    least_by_reader: int
    most_by_reader: int
    latencies: Sequence[float]
    delays: Sequence[float]

    def latency(self, share: float) -> float:
        """Return the latency, in milliseconds, that this share of the requests did not exceed."""
        return _at(self.latencies, share)

    def delay(self, share: float) -> float:
        """Return the milliseconds within which this share of the lines came to its reader."""
        return _at(self.delays, share)


def _at(values: Sequence[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)]


def run_log(name: str, readers: int, rate: float, plan: Plan, frozen: int | None = None) -> LogRun:
    """Start a server (MOCK or QUEUES), let readers follow it, and measure; raises NotMeasuredError if one is lost.

    With a number of ``frozen`` readers besides, none included, the delays of lines are measured too.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = ["-m", "benchmarks.queue_per_reader", f"{rate:g}", str(readers)]
        arguments = mock_arguments(folder, rate) if name == MOCK else own
        server = stack.enter_context(running(name, arguments))
        token = ask(server.port, LOGIN).body.decode()
        task = Task(server.port, token, readers, plan.log_warm_up, plan.log_seconds, frozen or 0, frozen is not None)
        process = _start_readers(task)
        stack.enter_context(stopping(process))
        read_object(process, "the readers of the log")
        time.sleep(plan.log_warm_up)
        before = server.cpu_seconds()
        latencies, took = _latencies(server, plan.log_seconds)
        spent = server.cpu_seconds() - before
        count = _count(process)
        if count.lost:
            raise NotMeasuredError(f"{name} closed {count.lost} of {readers} connections to its log")
        return LogRun(
            server=name,
            readers=readers,
            rate=rate,
            delivered=count.lines / count.seconds,
            server_cpu=spent / took,
            reader_cpu=count.cpu / count.seconds,
            memory=server.resident_mb(),
            least_by_reader=count.least,
            most_by_reader=count.most,
            latencies=latencies,
            delays=count.delays,
        )


def typical(runs: Sequence[LogRun]) -> LogRun:
    """Return the run that delivered the median."""
    return sorted(runs, key=lambda run: run.delivered)[len(runs) // 2]


def _start_readers(task: Task) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.log_readers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(task)) + "\n")
    process.stdin.flush()
    return process


def _count(process: "subprocess.Popen[str]") -> Count:
    process.wait(SECONDS_TO_COUNT)
    return Count(**read_object(process, "the readers of the log"))


def _latencies(server: Server, seconds: float) -> tuple[list[float], float]:
    """Ask for some seconds, one request at a time; return the latencies in milliseconds, and how long it took."""
    latencies = []
    started = time.perf_counter()
    with contextlib.closing(connect(server.port)) as connection:
        while (asked := time.perf_counter()) < started + seconds:
            exchange(connection, LIVENESS)
            latencies.append((time.perf_counter() - asked) * 1000)
            time.sleep(PAUSE_SECONDS)
    return sorted(latencies), time.perf_counter() - started
