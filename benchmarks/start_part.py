"""How long the mock takes to start, beside what importing its framework takes."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.contenders import mock_arguments
from benchmarks.http_client import ask
from benchmarks.plan import Plan
from benchmarks.processes import ROOT, running
from benchmarks.report import Goal, Part, number, ratio, spread, table
from benchmarks.workloads import LIVENESS

IMPORT = "import connexion, uvicorn"
MOST = 1.5
"""The goal: how many times the import the whole start may take."""
SECONDS_TO_IMPORT = 30


def measure_start(plan: Plan, say: Callable[[str], None]) -> Part:
    """Start the mock and run the import in turns. The first of each is not counted: it fills the system's caches."""
    starts, imports = [], []
    with tempfile.TemporaryDirectory() as folder:
        arguments = mock_arguments(Path(folder))
        for number_of_round in range(plan.start_rounds + 1):
            say(f"start: round {number_of_round} of {plan.start_rounds}")
            starts.append(_start_of_mock(arguments))
            imports.append(_import())
    del starts[0], imports[0]
    times = ratio(starts, imports)
    rows = [
        ["mock, until GET /liveness is answered", spread(starts), f"{times:.2f}x", f"<= {number(MOST)}"],
        [f'python -c "{IMPORT}"', spread(imports), "1.00x", ""],
    ]
    title = f"Milliseconds from the start of the process; median (least..most) of {plan.start_rounds} rounds"
    return Part(
        text=[title, table(["", "ms", "ratio", "goal"], rows)],
        goals=[Goal("Start until the first answer, beside the import of connexion and uvicorn", times, MOST, "x")],
        numbers={"mock_ms": starts, "import_ms": imports, "ratio": times},
    )


def _start_of_mock(arguments: list[str]) -> float:
    """Return the milliseconds until the first answer."""
    started = time.perf_counter()
    with running("the mock", arguments) as server:
        ask(server.port, LIVENESS)
        return (time.perf_counter() - started) * 1000


def _import() -> float:
    """Return the milliseconds that a process takes which imports the frameworks and ends."""
    started = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-c", IMPORT]
    # The end of its output is noticed at once; of a process without pipes the end is looked for every 50 ms.
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=SECONDS_TO_IMPORT)
    return (time.perf_counter() - started) * 1000
