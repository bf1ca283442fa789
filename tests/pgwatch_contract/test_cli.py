"""The command itself: how it ends, whatever strikes in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from pgwatch_contract import cli

INTERRUPTED = """
import sys
import click
from pgwatch_contract import cli

def struck():
    {how}

cli.Tools.get_command = lambda *_: click.Command("mock", callback=lambda: print("printed before") or struck())
sys.exit(cli.main(["mock"]))
"""
LINE = "pgwatch-contract: interrupted\n"
CAUGHT = """try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        return 2"""


@pytest.mark.parametrize(
    ("how", "line"),
    [("raise KeyboardInterrupt", LINE), ("exec('raise KeyboardInterrupt')", LINE), (CAUGHT, "")],
    ids=["code", "exec", "caught"],
)
def test_an_interrupt_is_a_line_and_2(how: str, line: str, tmp_path: Path) -> None:
    """Wherever an interrupt strikes, nothing that was printed is lost, a line says so, and the exit code is 2."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED.format(how=how), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "interrupted"], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout) == (2, "printed before\n")
    assert ended.stderr == line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nonsense"], f"unknown command 'nonsense': the commands are {', '.join(cli.COMMANDS)}"),
        (["--nonsense"], "No such option"),
        *(([name, "--nonsense"], "No such option") for name in cli.COMMANDS),
        (["verify", "--user"], "Option '--user' requires an argument"),
        (["compare", "http://127.0.0.1:1"], "Argument 'urls' takes 2 values"),
        (["diff", "5.3"], "Missing argument 'B'"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_mistake_is_one_line_that_names_the_command(
    arguments: list[str], line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever the reading of arguments fails, the line begins with the command whose page of help explains them."""
    command = " ".join(["pgwatch-contract", *(name for name in arguments[:1] if name in cli.COMMANDS)])
    assert cli.main(arguments) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"{command}: {line}")
    assert err.endswith("; see --help\n")
