"""Log lines delivered at saturation, beside the usual design, and how the API does meanwhile."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from benchmarks.log_run import MOCK, QUEUES, LogRun, run_log, typical
from benchmarks.plan import Plan
from benchmarks.report import Goal, Part, number, ratio, spread, table

GOAL_READERS = 1000
GOAL_LINES = 500_000
GOAL_RATIO = 5
TRY_SECONDS = 1
QUEUE_RATES = {1: 300_000, 100: 4_000, 1000: 400}
"""Lines a second that the usual design is told to write, by readers: about twice what it can deliver."""
HEAD = ("", "readers", "written/s", "delivered/s", "mock/queues", "CPU", "MB", "API p50 ms", "API p99 ms")
NOTES = """\
written: lines a second that the server is told to write; delivered: over all readers; CPU: cores the server keeps
busy; API: latency of GET /liveness meanwhile. With one reader the mock's limit is making up the lines: the other
server sends one and the same. The last row is the mock at the goal's rate."""


def measure_log(plan: Plan, say: Callable[[str], None]) -> Part:
    """Find out at which rate the mock delivers most, then measure it and the usual design in turns."""
    part = Part()
    rows: list[list[str]] = []
    for readers in plan.log_rates:
        mine, theirs = _measure(readers, plan, say)
        times = ratio(_delivered(mine), _delivered(theirs))
        rows += [_row(mine, f"{times:.1f}x"), _row(theirs, "")]
        part.numbers[f"{readers} readers"] = {MOCK: _numbers(mine), QUEUES: _numbers(theirs), "ratio": times}
        if readers == GOAL_READERS:
            lines = statistics.median(_delivered(mine))
            part.goals = [
                Goal(f"Log lines/s delivered to {readers:,} readers", lines, GOAL_LINES, "", at_least=True),
                Goal(f"Log lines/s at {readers:,} readers, mock/{QUEUES}", times, GOAL_RATIO, "x", at_least=True),
            ]
    say("log: at the goal's rate")
    calm = [run_log(MOCK, GOAL_READERS, GOAL_LINES / GOAL_READERS, plan)]
    rows.append(_row(calm, ""))
    part.numbers["at the goal's rate"] = _numbers(calm)
    title = f"Log lines delivered; median (least..most) of {plan.log_rounds} round(s) of {plan.log_seconds:g} s"
    part.text = [title, table(HEAD, rows), NOTES]
    return part


def _measure(readers: int, plan: Plan, say: Callable[[str], None]) -> tuple[list[LogRun], list[LogRun]]:
    """Return the runs of the mock and of the usual design."""
    rate = _best_rate(readers, plan, say)
    mine, theirs = [], []
    for turn in range(plan.log_rounds):
        say(f"log: {readers:,} reader(s), round {turn + 1} of {plan.log_rounds}")
        mine.append(run_log(MOCK, readers, rate, plan))
        theirs.append(run_log(QUEUES, readers, QUEUE_RATES[readers], plan))
    return mine, theirs


def _best_rate(readers: int, plan: Plan, say: Callable[[str], None]) -> float:
    """Return the rate of writing at which the mock delivers most."""
    rates = plan.log_rates[readers]
    if len(rates) == 1:
        return rates[0]
    tries = []
    for rate in rates:
        say(f"log: {readers:,} reader(s), told to write {rate:,} lines/s")
        tries.append(run_log(MOCK, readers, rate, replace(plan, log_seconds=TRY_SECONDS)))
    return max(tries, key=lambda run: run.delivered).rate


def _delivered(runs: Sequence[LogRun]) -> list[float]:
    return [run.delivered for run in runs]


def _row(runs: Sequence[LogRun], times: str) -> list[str]:
    run = typical(runs)
    measured = [run.server_cpu, run.memory, run.latency(0.5), run.latency(0.99)]
    return [run.server, f"{run.readers:,}", f"{run.rate:,.0f}", spread(_delivered(runs)), times, *map(number, measured)]


def _numbers(runs: Sequence[LogRun]) -> list[dict[str, object]]:
    """Return the runs for a machine to read, the latencies as two figures."""
    found = []
    for run in runs:
        latencies = {"api_p50_ms": run.latency(0.5), "api_p99_ms": run.latency(0.99)}
        found.append(
            {key: value for key, value in asdict(run).items() if key not in ("latencies", "delays")} | latencies
        )
    return found
