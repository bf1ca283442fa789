"""How long the suite takes, beside Schemathesis alone on the same contract and the same mock."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.plan import Plan
from benchmarks.processes import ROOT, NotMeasuredError, running
from benchmarks.report import Goal, Part, number, spread, table

MOST_QUICK, MOST_DEFAULT, MOST_QUICK_SECONDS = 0.25, 0.2, 8
"""The goals: what a request of the suite may take, in those of Schemathesis, and a quick run in seconds."""
SECONDS_ALLOWED = 600
SCHEMATHESIS = "schemathesis run"
_RUNS = {"verify --quick": ["--quick"], "verify": []}


def measure_suite(plan: Plan, say: Callable[[str], None]) -> Part:
    """Run each in turns: processes of their own, in an empty folder, with what earlier runs have kept."""
    seconds: dict[str, list[float]] = {}
    requests: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(plan.suite_rounds + 1):
            say(f"suite: round {turn} of {plan.suite_rounds}")
            for name, options in _RUNS.items():
                taken, requests[name] = _verify(options, folder)
                seconds.setdefault(name, []).append(taken)
            taken, requests[SCHEMATHESIS] = _schemathesis(folder)
            seconds.setdefault(SCHEMATHESIS, []).append(taken)
    for taken_by in seconds.values():
        del taken_by[0]  # the first makes the cases that the others find
    each = {name: [1000 * taken / requests[name] for taken in seconds[name]] for name in seconds}
    rows = [
        [name, spread(seconds[name]), number(requests[name]), spread(each[name]), f"{_ratio(each, name):.2f}x"]
        for name in seconds
    ]
    title = f"Seconds of a whole run against a mock; median (least..most) of {plan.suite_rounds} rounds"
    quick, default = _RUNS
    return Part(
        text=[title, table(["", "s", "requests", "ms for each", "ratio"], rows)],
        goals=[
            Goal("A request of verify --quick, beside one of Schemathesis", _ratio(each, quick), MOST_QUICK, "x"),
            Goal("A request of verify, beside one of Schemathesis", _ratio(each, default), MOST_DEFAULT, "x"),
            Goal("verify --quick on an idle machine", min(seconds[quick]), MOST_QUICK_SECONDS, " s"),
        ],
        numbers={"seconds": seconds, "requests": requests},
    )


def _ratio(each: dict[str, list[float]], name: str) -> float:
    pairs = zip(each[name], each[SCHEMATHESIS], strict=True)
    return sorted(one / other for one, other in pairs)[len(each[name]) // 2]


def _verify(options: list[str], folder: str) -> tuple[float, int]:
    return _timed([sys.executable, "-m", "pgwatch_contract", "verify", *options], folder, r"([\d,]+) requests")


def _schemathesis(folder: str) -> tuple[float, int]:
    contract = ROOT / "openapi.yaml"
    common = ["--port", "0", "--console", "json", "--quiet", "--log-rate", "0"]
    with running("the mock", ["-m", "mockserver", *common]) as server:
        url = ["--url", f"http://127.0.0.1:{server.port}", "--phases", "examples,coverage,fuzzing"]
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(contract), *url, "--seed", "1"]
        return _timed(command, folder, r"([\d,]+) generated")


def _timed(command: list[str], folder: str, count: str) -> tuple[float, int]:
    """Run a command, and return its seconds and the number that a pattern finds in what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(Path(ROOT))}
    started = time.perf_counter()
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS_ALLOWED, env=environment
    )
    taken = time.perf_counter() - started
    found = re.search(count, ended.stdout)
    if found is None:
        raise NotMeasuredError(f"{' '.join(command[1:4])} said nothing of its requests: {ended.stderr[-200:]!r}")
    return taken, int(found[1].replace(",", ""))
