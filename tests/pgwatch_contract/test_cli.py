"""The command itself: how it ends, whatever strikes in it."""

import subprocess
import sys
from pathlib import Path

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
def test_an_interrupt_is_a_line_and_2(how: str, tmp_path: Path) -> None:
    """Wherever an interrupt strikes, nothing that was printed is lost, a line says so, and the exit code is 2."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED.format(how=how), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "interrupted"], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout) == (2, "printed before\n")
    assert ended.stderr == "pgwatch-contract: interrupted\n"
