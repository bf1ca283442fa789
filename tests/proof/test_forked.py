"""Forks of the warm process: as processes of their own, but for the time they take."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proof import forked

ODD = """
import os, sys
if __name__ == "__main__":
    what = sys.argv[1]
    print("out", sys.argv, os.getcwd(), os.environ.get("ODD"), sys.stdin.read())
    print("err", file=sys.stderr)
    if what == "raise":
        raise ValueError("odd")
    if what == "interrupted":
        raise KeyboardInterrupt
    sys.exit({"none": None, "text": "a text", "five": 5}[what])
"""


@pytest.fixture(name="odd")
def _odd(tmp_path: Path) -> Path:
    """A folder with a module that ends as it is told."""
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("what", ["none", "five", "text", "raise"])
def test_a_fork_is_like_a_process(what: str, odd: Path) -> None:
    """Arguments, folder, environment, streams and exit code are those of a process that was started anew."""
    environment = {**os.environ, "ODD": "yes"}
    anew = subprocess.run(
        [sys.executable, "-m", "odd", what],
        capture_output=True,
        text=True,
        check=False,
        cwd=odd,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    found = forked.run(["odd", what], cwd=odd, environment=environment, timeout=30)
    assert found.returncode == anew.returncode
    assert (found.stdout, found.stderr.splitlines()[-1]) == (anew.stdout, anew.stderr.splitlines()[-1])


def test_a_command_prints_and_ends_as_it_does_anew() -> None:
    """What the command says to a wrong and to a right argument is the same."""
    for arguments in (["clauses", "nonsense"], ["clauses", "log.entry"], ["--version"], ["mock", "--port", "x"]):
        anew = subprocess.run(
            [sys.executable, "-m", "pgwatch_contract", *arguments], capture_output=True, text=True, check=False
        )
        found = forked.run(["pgwatch_contract", *arguments], cwd=Path.cwd(), environment=os.environ, timeout=30)
        assert (found.returncode, found.stdout, found.stderr) == (anew.returncode, anew.stdout, anew.stderr)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, -1)]
)
def test_a_signal_ends_a_fork(number: signal.Signals, code: int) -> None:
    """A mock takes signals as one that was started anew, and its exit code is known then."""
    mock = forked.start(["mockserver", "--port", "0", "--console", "json"], cwd=Path.cwd(), environment=os.environ)
    assert mock.stdout is not None
    assert '"url"' in mock.stdout.readline()
    assert mock.poll() is None
    mock.send_signal(number)
    mock.communicate(timeout=30)
    assert mock.poll() == mock.returncode == code


def test_a_fork_that_does_not_end_in_time_is_killed() -> None:
    """Whoever waits for its end in vain is told so, and nothing is left running."""
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run(["mockserver", "--port", "0"], cwd=Path.cwd(), environment=os.environ, timeout=1)
