"""Runs of which so much is wanted to be exercised: what the map has of real exchanges, and the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server
from tests.support.verify_helpers import WITH_LOGIN, verify


def coverage_in(folder: Path) -> dict[str, Any]:
    """Return what a report says was exercised."""
    coverage: dict[str, Any] = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))["coverage"]
    return coverage


@pytest.mark.timeout(180)
def test_a_quick_run_on_the_mock_exercises_nearly_all(tmp_path: Path) -> None:
    """All but a few items are exercised, from both sides, and the links: a change that loses many is noticed here."""
    ended = verify("--quick", "--coverage-at-least", "96", "--report", str(tmp_path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    coverage = coverage_in(tmp_path)
    added = next(row for row in coverage["operations"] if row["operation"] == "addSource")
    for column in ("statuses", "parameters", "bodyKept", "bodyBroken", "links"):
        assert added["columns"][column]["exercised"] == added["columns"][column]["items"] > 0
    missing = [name for row in coverage["operations"] for name in row["notExercised"]]
    assert "getLiveness status 503: seen" in missing, "nobody sees the 503 of a server that stops"


def test_less_than_was_wanted_is_2(tmp_path: Path) -> None:
    """One layer exercises little: the run says how little in one line, and the server is not said to conform."""
    ended = verify("--quick", "--layer", "cors", "--coverage-at-least", "90", "--report", str(tmp_path))
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "% of the document exercised, 90 % wanted" in ended.stdout.splitlines()[0]
    assert "wanted by --coverage-at-least; not exercised: login status 400: seen;" in " ".join(ended.stdout.split())
    assert coverage_in(tmp_path)["wanted"] == 90
    assert verify("--quick", "--layer", "cors", "--coverage-at-least", "1").returncode == 0


def test_what_a_run_may_not_send_is_not_exercised(start: Any, tmp_path: Path) -> None:
    """A run that only reads exercises no write; what it reads counts."""
    server: Server = start(*WITH_LOGIN)
    ended = verify(server.url, "--quick", "--layer", "operations,generated", "--report", str(tmp_path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    exercised = {name for row in coverage_in(tmp_path)["operations"] for name in row["exercised"]}
    assert "listSources status 200: seen" in exercised
    assert [name for name in exercised if name.startswith(("addSource", "updateSource", "deleteSource"))] == []
