"""The command line, run as a process."""

import os
import subprocess
import sys

from tests.conftest import ROOT


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pgwatch_contract", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=ROOT,
        check=False,
        env={**os.environ, **environment},
    )


def refused(*arguments: str, **environment: str) -> str:
    """Return the one line with which a start is refused."""
    result = run("mock", "--port", "0", *arguments, **environment)
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr.strip()
