"""ARCHITECTURE.md leads a newcomer: each room is there, each file that it names too, and it says how to add things."""

import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["mockserver", "contract_tests", "pgwatch_contract"])
def test_every_room_is_explained(package: str) -> None:
    """The table of a package has each of its folders, and no other."""
    table = TEXT.partition(f"### `{package}/`")[2].partition("###")[0].partition("## ")[0]
    named = {name for row in re.findall(r"^\| (.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)/`", row)}
    there = {folder.name for folder in (ROOT / package).iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    assert there == named


def test_every_path_is_there() -> None:
    """Whatever file or folder the text names by a path from the root exists."""
    paths = re.findall(r"`([a-z_]+/[\w./-]*|[a-z]+\.(?:yaml|toml|ini))`", TEXT)
    assert len(paths) > 20
    rooms = [
        ROOT,
        *(
            ROOT / room
            for room in ("mockserver", "mockserver/release", "contract_tests", "pgwatch_contract", "releases/6.0")
        ),
    ]
    assert [path for path in paths if "<" not in path and not any((room / path).exists() for room in rooms)] == []


def test_import_rules_are_checked_by_tox() -> None:
    """The lint environment runs what holds the rules of imports."""
    assert "\n    lint-imports\n" in (ROOT / "tox.ini").read_text(encoding="utf-8")
