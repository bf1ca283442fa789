"""The proof itself: what counts as caught, and what the page says of it."""

import argparse

import pytest
import yaml

from contract_tests.clauses import LAYERS, read_clauses
from proof.__main__ import _part
from proof.catalogue import Deviation, read_catalogue
from proof.page import page
from proof.verify import Outcome
from tests.conftest import ROOT

DEVIATION = Deviation("delete-unknown-is-200", "DELETE of an unknown name is 200.", ("source.delete.unknown-is-404",))
RIGHT = {"source.delete.unknown-is-404": frozenset({"operations"})}
WRONG = {"source.delete.is-200": frozenset({"operations"})}


@pytest.mark.parametrize(
    ("exit_code", "caught_by", "catches"),
    [
        (1, RIGHT, True),
        (0, RIGHT, False),
        (2, RIGHT, False),
        (1, WRONG, False),
        (1, {}, False),
        (1, RIGHT | WRONG, True),
    ],
)
def test_only_a_red_run_with_the_right_clause_counts(
    exit_code: int, caught_by: dict[str, frozenset[str]], catches: bool
) -> None:
    """A green run, one that could not judge, and one that is red for another reason do not catch a deviation."""
    assert Outcome(exit_code, caught_by, 1, "").catches(DEVIATION) is catches


def test_the_catalogue_is_read_whole() -> None:
    """Every deviation of the file is to be caught, and each breaks clauses that there are."""
    names = [deviation.name for deviation in read_catalogue()]
    assert names == list(yaml.safe_load((ROOT / "deviations.yaml").read_text(encoding="utf-8")))
    assert len(names) >= 60
    assert {clause for deviation in read_catalogue() for clause in deviation.breaks} <= set(read_clauses())


def test_parts_cover_the_catalogue() -> None:
    """All parts together show every deviation once, and today's part is one of them."""
    catalogue = read_catalogue()
    shown = [each for number in range(1, 13) for each in catalogue[_part(f"{number}/12")[0] - 1 :: 12]]
    assert sorted(each.name for each in shown) == sorted(each.name for each in catalogue)
    assert 1 <= _part("today/12")[0] <= 12


@pytest.mark.parametrize("text", ["0/3", "4/3", "x/3", "3", "3/0", ""])
def test_what_is_no_part(text: str) -> None:
    """A part that there is not is refused, instead of showing nothing and being green."""
    with pytest.raises(argparse.ArgumentTypeError, match="is not a part"):
        _part(text)


def test_the_page_names_what_was_missed() -> None:
    """The page counts what was caught, marks the layers, and names a miss."""
    missed = Deviation("add-is-201", "Adding is 201.", ("source.add.is-200",))
    outcomes = {DEVIATION: Outcome(1, RIGHT, 1, ""), missed: Outcome(0, {}, 1, "")}
    text = page(outcomes, {DEVIATION.name: False, missed.name: True}, (200, 199), "--quick")
    assert "**1 of 2** deviations" in text
    assert "**1 of 2** are caught by Schemathesis alone" in text
    assert "**199 of 200** runs" in text
    empty = " |" * LAYERS.index("operations")
    assert f"| `delete-unknown-is-200` |{empty.replace(' |', '  |')} x |" in text
    assert "| `add-is-201` **missed** |" in text
    assert "Schemathesis" not in page(outcomes, {}, (1, 1), "")


def test_the_published_page_is_of_this_catalogue() -> None:
    """docs/proof.md has a row for every deviation of the catalogue, and no miss."""
    text = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] == [
        deviation.name for deviation in read_catalogue()
    ]
    assert "missed" not in text
