"""Whether one reader of the log that takes nothing makes all others wait."""

from collections.abc import Callable

from benchmarks.log_run import MOCK, LogRun, run_log
from benchmarks.plan import Plan
from benchmarks.report import Goal, Part, number, ratio, table

READERS = 999
LINES = 50
GOAL_MS = 50
HEAD = ("", "p50 ms", "p99 ms", "most ms", "CPU")
NOTES = """\
The time from the stamp in a line to its arrival, over all lines and readers; a stamp has whole milliseconds, and the
mock sends what is new at most 100 times a second."""


def measure_frozen(plan: Plan, say: Callable[[str], None]) -> Part:
    """Measure the delay of lines to many readers, without one that is frozen and with it, in turns."""
    runs: dict[int, list[LogRun]] = {0: [], 1: []}
    for turn in range(plan.log_rounds):
        for frozen, found in runs.items():
            say(f"frozen: {READERS} readers and {frozen} that takes nothing, round {turn + 1} of {plan.log_rounds}")
            found.append(run_log(MOCK, READERS, LINES, plan, frozen))
    late = {frozen: [run.delay(0.99) for run in found] for frozen, found in runs.items()}
    times = ratio(late[1], late[0])
    rows = [_row(f"{READERS} readers", runs[0]), _row("one more, frozen", runs[1])]
    title = f"Delay of log lines at {LINES} lines/s, the median round"
    return Part(
        text=[title, table(HEAD, rows), NOTES],
        goals=[
            Goal(
                f"Delay of log lines at p99 beside a frozen reader, {READERS} readers",
                sorted(late[1])[len(late[1]) // 2],
                GOAL_MS,
                " ms",
            )
        ],
        numbers={"p99 ms without": late[0], "p99 ms with": late[1], "ratio": times},
    )


def _row(name: str, runs: list[LogRun]) -> list[str]:
    run = sorted(runs, key=lambda one: one.delay(0.99))[len(runs) // 2]
    return [name, *map(number, [run.delay(0.5), run.delay(0.99), run.delay(1), run.server_cpu])]
