"""The command itself: how it ends, whatever strikes in it."""

import subprocess
import sys

import pytest

INTERRUPTED = """
import sys
from pgwatch_contract import cli

def run(*_):
    print("printed before")
    {how}

cli.run = run
sys.exit(cli.main(["mock"]))
"""


@pytest.mark.parametrize("how", ["raise KeyboardInterrupt", "exec('raise KeyboardInterrupt')"], ids=["code", "exec"])
def test_an_interrupt_is_a_line_and_2(how: str) -> None:
    """Wherever an interrupt strikes, nothing that was printed is lost, a line says so, and the exit code is 2."""
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(how=how)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (2, "printed before\n")
    assert ended.stderr == "pgwatch-contract: interrupted\n"
