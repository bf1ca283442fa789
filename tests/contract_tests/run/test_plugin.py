"""The suite as a pytest plugin: options, ids, selection, parallel workers, a project's own clauses, honest green."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT, Server

EXAMPLE = ROOT / "examples" / "own_checks"


def run_pytest(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as a project would, without this project's own configuration."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", ROOT, "-p", "no:cacheprovider", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=cwd,
        env={**os.environ, **environment},
    )


def run_suite(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_pytest("--pyargs", "contract_tests", *arguments, **environment)


def test_ids_say_which_operation(tmp_path: Path) -> None:
    """A test of an operation bears its name, in pytest's output and in JUnit."""
    result = run_suite("--contract-layer", "http", "--junitxml", tmp_path / "junit.xml", "-v")
    assert result.returncode == 0, result.stdout
    assert "test_running_server_is_ok[GET /liveness] PASSED" in result.stdout
    names = {case.get("name") for case in ElementTree.parse(tmp_path / "junit.xml").iter("testcase")}  # noqa: S314  # our own file
    assert "test_large_body[POST /source]" in names


def test_selection_leaves_out_what_it_does_not_select() -> None:
    """With -k the clauses of the other tests are not judged, which is no failure; those selected are."""
    result = run_suite("--contract-layer", "http", "-k", "unknown_paths", "-v")
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout
    assert re.search(r"conforms", result.stdout)


def test_x_stops_at_the_first_failure() -> None:
    """With -x one failing test ends the run, which is red."""
    result = run_suite("--contract-layer", "http", "--contract-deviate", "unknown-path-is-200", "-x")
    assert result.returncode == 1, result.stdout
    assert "1 failed" in result.stdout
    assert "http.unknown-path-is-404" in result.stdout


def test_parallel_workers_reach_one_verdict() -> None:
    """With pytest-xdist the verdict counts what all workers have judged."""
    alone, parallel = (
        run_suite("--contract-layer", "http", "--contract-layer", "cors", *more) for more in ((), ("-n", "2"))
    )
    assert (alone.returncode, parallel.returncode) == (0, 0), parallel.stdout + alone.stdout
    assert "conforms" in parallel.stdout
    assert "not exercised" not in parallel.stdout


def test_parallel_workers_find_what_one_finds() -> None:
    """With pytest-xdist a failure that a worker found is in the verdict."""
    result = run_suite("--contract-layer", "cors", "--contract-deviate", "cors-missing", "-n", "2")
    assert result.returncode == 1
    assert "cors.every-answer-names-the-origin" in result.stdout.partition("does not conform")[2]


def test_parallel_workers_do_not_write_to_a_server(server: Server) -> None:
    """Parallel writes could cost a real server its sources, so they are refused before anything is sent."""
    result = run_suite("--base-url", server.url, "--contract-allow-writes", "-n", "2")
    assert result.returncode == 4
    assert "one at a time" in result.stdout + result.stderr


def test_own_clauses_count(tmp_path: Path) -> None:
    """The clauses, checks and tests of a project's own folder are judged beside the contract's, and can fail."""
    result = run_suite(EXAMPLE, "--contract-layer", "operations", "--contract-quick", "--contract-report", tmp_path)
    assert result.returncode == 1
    verdict = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    words = {clause["id"]: clause["verdict"] for clause in verdict["clauses"]}
    assert words["acme.source.has-a-team"] == "broken"
    assert words["acme.metric.at-most-a-hundred"] == "kept"
    assert {failure["clause"] for failure in verdict["failures"]} == {"acme.source.has-a-team"}
    assert verdict["errors"] == []


def test_the_plugin_sleeps_in_other_projects(tmp_path: Path) -> None:
    """A run that has nothing to do with a contract sees nothing of the plugin: no fixture, no verdict, no import."""
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_it(request):\n"
        "    assert 'contract_tests.judging.suite' not in sys.modules\n"
        "    assert not [name for name in ('judge', 'http') if name in request._fixturemanager._arg2fixturedefs]\n"
    )
    result = run_pytest(tmp_path / "test_other.py")
    assert result.returncode == 0, result.stdout
    assert "contract" not in result.stdout.splitlines()[-1]


def test_a_clause_that_no_test_exercises_is_red(tmp_path: Path) -> None:
    """A run in which nothing judged a clause that it should have judged ends red and names the clause."""
    (tmp_path / "conftest.py").write_text(
        "from contract_tests import Clause\n\ndef pytest_contract_clauses():\n"
        "    return [Clause('acme.forgotten', 'Nobody looks at this.', '/paths', 'http')]\n"
    )
    result = run_suite(tmp_path, "--contract-layer", "http")
    assert result.returncode == 2
    assert "acme.forgotten" in result.stdout


def test_a_test_that_crashes_is_red(tmp_path: Path) -> None:
    """A test that ends in an exception is an error of the run, never a pass."""
    (tmp_path / "test_own.py").write_text("def test_it(http):\n    http.send('GET', '/source').no_such_thing\n")
    result = run_suite(tmp_path, "--contract-layer", "http")
    assert result.returncode == 2
    assert "AttributeError" in result.stdout.partition("not judged")[2]


@pytest.mark.parametrize("seed", ["3", "4"])
def test_the_same_seed_gives_the_same_cases(seed: str, tmp_path: Path) -> None:
    """Two runs with one seed send the same number of requests and judge the same cells as often."""
    counts = []
    for run in ("a", "b"):
        result = run_suite(
            "--contract-layer",
            "generated",
            "--contract-quick",
            "--contract-seed",
            seed,
            "--contract-report",
            tmp_path / run,
        )
        assert result.returncode == 0, result.stdout
        counts.append((tmp_path / run / "verdict.json").read_text(encoding="utf-8"))
    requests = [re.search(r'"requests": (\d+)', text) for text in counts]
    assert requests[0] is not None
    assert requests[1] is not None
    assert requests[0][1] == requests[1][1]
