"""What ``verify --allow-writes`` leaves behind, whatever ends it, and what the next run makes of that."""

import signal
import subprocess
import time
from collections.abc import Callable

import httpx
import psutil
import pytest

from contract_tests.target.marks import is_of_any_run, left_behind, mark_of, new_mark
from tests.conftest import Server
from tests.support.verify_helpers import PASSWORD, USER, WITH_LOGIN, begin, names, verify

_FOR_WHAT_IS_UNDER_WAY = 0.3
"""Seconds; a request that was sent when its run was stopped is answered by then."""
SLOWLY = ("--allow-writes", "--layer", "operations", "--rate", "60")


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    """A server with credentials."""
    return start(*WITH_LOGIN)


def test_marks() -> None:
    """A name tells that it is of a run, and of which; other names that begin alike are of nobody."""
    mark = new_mark()
    assert is_of_any_run(f"{mark}own-1")
    assert mark_of(f"{mark}own-1") == mark
    assert mark != new_mark()
    assert mark == mark.lower()
    for name in ("contract", "contract-own-1", f" {mark}", mark.upper()):
        assert not is_of_any_run(name)


def test_what_is_left_is_counted_by_kind_and_told_since_when() -> None:
    """What is of the run itself is not left behind, nor is what no run has added."""
    first, second, own = "contract-20300102t030405z-0a1b2c-", "contract-20310102t030405z-0a1b2c-", new_mark()
    left = left_behind({"sources": [f"{second}a", f"{first}b", "shop", f"{own}c"], "metrics": [f"{first}d"]}, own)
    assert left is not None
    assert left.in_words == "2 sources and 1 metric of earlier runs, since 2030-01-02 03:04 UTC"
    assert left_behind({"sources": ["shop", f"{own}c"]}, own) is None


def wait_for_own(server: Server) -> None:
    """Wait until a run has a source of its own at a server."""
    deadline = time.monotonic() + 60
    while not any(map(is_of_any_run, names(server))):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill_with_own(server: Server, run: subprocess.Popen[str]) -> list[str]:
    """Kill a run while it has sources of its own at a server, and return their names: it adds and deletes them."""
    while True:
        wait_for_own(server)
        run.send_signal(signal.SIGSTOP)
        time.sleep(_FOR_WHAT_IS_UNDER_WAY)
        if left := [name for name in names(server) if is_of_any_run(name)]:
            run.send_signal(signal.SIGKILL)
            run.communicate(timeout=60)
            return left
        run.send_signal(signal.SIGCONT)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_run_that_is_told_to_end_cleans_up(server: Server, number: signal.Signals) -> None:
    """Whatever signal ends it, nothing of it is left, the exit code says: not judged, and there is no traceback."""
    before = names(server)
    run = begin(server.url, *SLOWLY)
    wait_for_own(server)
    run.send_signal(number)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 2, out
    assert names(server) == before
    assert "Traceback" not in out


@pytest.mark.timeout(180)
def test_a_second_interrupt_waits_for_the_cleaning_up(server: Server) -> None:
    """Whoever is impatient gets a word, no traceback, and a server as it was."""
    before = names(server)
    run = begin(server.url, *SLOWLY)
    wait_for_own(server)
    for _ in range(2):
        run.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 2, out
    assert names(server) == before
    assert "Traceback" not in out


def test_an_interrupt_in_the_first_moments_is_a_line() -> None:
    """Before anything was asked there is nothing to clean up, and no traceback."""
    run = begin("--quick")
    time.sleep(0.35)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 2, out
    assert "Traceback" not in out


@pytest.mark.timeout(180)
def test_what_a_killed_run_has_left_is_named_and_removed(server: Server) -> None:
    """A run that only reads names it; one that may write removes it, and nothing else."""
    before = names(server)
    left = kill_with_own(server, begin(server.url, *SLOWLY))
    reading = verify(server.url, "--quick", "--layer", "concurrency", "--layer", "cors")
    assert "of earlier runs, since " in " ".join(reading.stdout.split())
    assert "--allow-writes removes them" in " ".join(reading.stdout.split())
    assert [name for name in names(server) if is_of_any_run(name)] == left
    writing = verify(server.url, "--quick", "--allow-writes", "--layer", "cors")
    assert "of earlier runs, since " in " ".join(writing.stdout.split())
    assert writing.returncode == 0, writing.stdout
    assert names(server) == before


@pytest.mark.timeout(180)
def test_a_run_beside_another_leaves_its_sources_alone(server: Server) -> None:
    """What changes while one looks is of a run that goes on: it is told, and not removed."""
    run = begin(server.url, *SLOWLY)
    wait_for_own(server)
    other = verify(server.url, "--quick", "--allow-writes", "--layer", "cors")
    out, _ = run.communicate(timeout=120)
    assert run.returncode == 0, out
    assert other.returncode == 0, other.stdout


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT])
def test_no_mock_outlives_the_run_that_started_it(number: signal.Signals) -> None:
    """A run without a URL starts several mocks: they end with it, however it ends."""
    run = begin("--layer", "log", "--layer", "http")
    children: list[psutil.Process] = []
    deadline = time.monotonic() + 60
    while len(children) < 3 and time.monotonic() < deadline:
        children = psutil.Process(run.pid).children(recursive=True)
        time.sleep(0.05)
    assert len(children) >= 3
    run.send_signal(number)
    run.communicate(timeout=60)
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    assert len(gone) == len(children)


def test_a_source_of_nobody_is_not_removed(server: Server) -> None:
    """A name that has much in common with the suite's own stays."""
    token = server.login(USER, PASSWORD)
    for name in ("contract-probe", "contract-0a1b2c-own-1", "contracts"):
        body = {"Name": name, "ConnStr": "host=a.invalid"}
        httpx.post(f"{server.url}/source", json=body, headers={"Token": token}).raise_for_status()
    before = names(server)
    verify(server.url, "--quick", "--allow-writes", "--layer", "cors")
    assert names(server) == before
