"""``python -m benchmarks``: runs the parts, prints what they found, and says which goals are kept."""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.frozen_part import measure_frozen
from benchmarks.http_part import measure_http
from benchmarks.log_part import measure_log
from benchmarks.memory_part import measure_memory
from benchmarks.plan import FULL, QUICK, Plan
from benchmarks.processes import NotMeasuredError
from benchmarks.report import Goal, Part
from benchmarks.sources_part import measure_sources
from benchmarks.start_part import measure_start
from benchmarks.suite_part import measure_suite

PARTS: dict[str, Callable[[Plan, Callable[[str], None]], Part]] = {
    "http": measure_http,
    "start": measure_start,
    "many-sources": measure_sources,
    "suite": measure_suite,
    "memory": measure_memory,
    "log": measure_log,
    "frozen": measure_frozen,
}
PACKAGES = ("uvicorn", "uvloop", "httptools", "websockets", "connexion", "starlette")
_GREEN, _RED = "32", "31"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 0, whether the goals are kept or not, and 1 where something could not be measured."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    if not sys.platform.startswith("linux"):
        print("benchmarks: CPU time and memory are read in Linux's way; this is another system", file=sys.stderr)
        return 1
    names = [options.only] if options.only else list(PARTS)
    print(_machine(), flush=True)
    try:
        found = _measure(names, QUICK if options.quick else FULL)
    except KeyboardInterrupt:
        _say("benchmarks: interrupted")
        return 1
    print()
    for part in found.values():
        for goal in part.goals:
            print(_verdict(goal))
    if options.json:
        _write_json(options.json, found)
    return 0 if len(found) == len(names) else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the mock beside a bare ASGI function and plain Connexion, all on this machine.",
    )
    parser.add_argument("--quick", action="store_true", help="measure for half a minute; without, four minutes")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all numbers into a file too")
    parser.add_argument("--only", choices=PARTS, help="measure one part")
    return parser.parse_args(arguments)


def _measure(names: Sequence[str], plan: Plan) -> dict[str, Part]:
    """Measure and print the parts of those names; return those that could be measured."""
    found = {}
    for name in names:
        try:
            found[name] = part = PARTS[name](plan, _say)
        except (NotMeasuredError, OSError, subprocess.SubprocessError) as error:
            _say(f"benchmarks: {name} could not be measured: {error}")
        else:
            print("\n" + "\n".join(part.text), flush=True)
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _versions() -> dict[str, str]:
    """Return the versions of Python and of what the servers are made of."""
    return {"Python": platform.python_version()} | {name: importlib.metadata.version(name) for name in PACKAGES}


def _machine() -> str:
    versions = ", ".join(f"{name} {version}" for name, version in _versions().items())
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions}\n"
        "Clients and servers share the cores, so figures differ from run to run: trust the ratios, which compare what "
        "was\nmeasured in the same round, and the CPU time before the rates."
    )


def _verdict(goal: Goal) -> str:
    word = "PASS" if goal.passed else "MISS"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        word = f"\x1b[{_GREEN if goal.passed else _RED}m{word}\x1b[0m"
    return f"{word}  {goal.line()}"


def _write_json(file: Path, found: dict[str, Part]) -> None:
    goals = [asdict(goal) | {"passed": goal.passed} for part in found.values() for goal in part.goals]
    numbers = {name: part.numbers for name, part in found.items()}
    report = {"cores": os.cpu_count(), "versions": _versions(), "goals": goals, "parts": numbers}
    file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
