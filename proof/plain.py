"""What ``schemathesis run`` alone, with all its phases and checks, finds on the same deviations.

The random examples of an operation are 20 in place of Schemathesis' own 100: a run takes half as long, and it tries
some 1,000 cases all the same.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from contract_tests.target.tokens import forge
from pgwatch_contract.files import data_file
from pgwatch_contract.mock_process import launch_mock

_SECRET = "the-secret-of-a-mock-that-ends-with-this-run"  # noqa: S105
_SECONDS_ALLOWED = 300
EXAMPLES = 20
"""Random examples for each operation."""
Finding = tuple[str, str]
"""An operation, and what Schemathesis calls the failure."""


def run_schemathesis(deviation: str | None, seed: int) -> frozenset[Finding]:
    """Run Schemathesis against a fresh mock with a deviation, or none, and return what it found."""
    contract = data_file("openapi.yaml")
    mock = launch_mock(
        ["--spec", str(contract), "--deviate", deviation] if deviation else ["--spec", str(contract)],
        {"jwt_secret": _SECRET},
    )
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "junit.xml")
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            str(contract),
            "--url",
            mock.url,
            "-H",
            f"Token: {forge(_SECRET)}",
            "--phases",
            "examples,coverage,fuzzing,stateful",
            "--checks",
            "all",
            "--max-examples",
            str(EXAMPLES),
            "--seed",
            str(seed),
            "--report",
            "junit",
            "--report-junit-path",
            str(report),
        ]
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS_ALLOWED, cwd=folder)
            cases = ElementTree.parse(report).iter("testcase") if report.exists() else ()  # noqa: S314  # our own file
            return frozenset(
                (case.get("name", ""), line.partition("- ")[2])
                for case in cases
                for failure in (*case.iter("failure"), *case.iter("error"))
                for line in (failure.get("message", "") + "\n" + (failure.text or "")).splitlines()
                if line.startswith("- ST")
            )
        except subprocess.TimeoutExpired:
            return frozenset()
        finally:
            mock.kill()
