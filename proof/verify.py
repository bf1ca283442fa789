"""One whole run of the suite against a fresh mock, as a user would have it, and what it found."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proof import forked
from proof.catalogue import Deviation

SECONDS_ALLOWED = 600


@dataclass(frozen=True)
class Failure:
    """A clause that a server broke, at which operation, and what was found in words that are the same in every run."""

    clause: str
    operation: str
    found: str


@dataclass(frozen=True)
class Outcome:
    """What a run ended with: its exit code, the layers that caught each broken clause, its seconds, what it printed."""

    exit_code: int
    caught_by: dict[str, frozenset[str]]
    seconds: float
    printed: str
    failures: tuple[Failure, ...] = ()

    def layers_for(self, deviation: Deviation) -> frozenset[str]:
        """Return the layers that found a failure on a clause that the deviation breaks."""
        return frozenset().union(*(self.caught_by.get(clause, frozenset()) for clause in deviation.breaks))

    def catches(self, deviation: Deviation) -> bool:
        """Say whether the run ended red with a failure on a clause that the deviation breaks."""
        return self.exit_code == 1 and bool(self.layers_for(deviation))


def verify(deviations: Sequence[str], options: Sequence[str]) -> Outcome:
    """Run ``pgwatch-contract verify`` with some deviations, or none, in a process of its own."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = ["pgwatch_contract", "verify", "--report", folder, *options]
        command += [option for name in deviations for option in ("--deviate", name)]
        try:
            ended = forked.run(command, cwd=Path.cwd(), environment=os.environ, timeout=SECONDS_ALLOWED)
        except subprocess.TimeoutExpired:
            return Outcome(-1, {}, time.monotonic() - started, f"no end within {SECONDS_ALLOWED} s")
        report = Path(folder, "verdict.json")
        verdict = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"failures": []}
    caught: dict[str, frozenset[str]] = {}
    for failure in verdict["failures"]:
        caught[failure["clause"]] = caught.get(failure["clause"], frozenset()) | frozenset(failure["layers"])
    failures = tuple(Failure(each["clause"], each["operation"], each["found"]) for each in verdict["failures"])
    return Outcome(ended.returncode, caught, time.monotonic() - started, ended.stdout + ended.stderr, failures)
