"""The command line, run as a process."""

import os
import subprocess

from proof import forked
from tests.conftest import ROOT


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return forked.run(["pgwatch_contract", *arguments], cwd=ROOT, environment={**os.environ, **environment}, timeout=30)


def refused(*arguments: str, **environment: str) -> str:
    """Return the one line with which a start is refused."""
    result = run("mock", "--port", "0", *arguments, **environment)
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr.strip()
