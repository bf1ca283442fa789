"""Ledgers: what is known of a server is told from what is new, what is stale and what has expired."""

import datetime
from pathlib import Path

import pytest
import yaml

from contract_tests.clauses import read_clauses
from contract_tests.errors import NotJudged
from contract_tests.ledger import Entry, Ledger, ledger_of, read_own, write_own
from contract_tests.record import Failure
from contract_tests.verdict import CONFORMS, DOES_NOT, KNOWN, Verdict, reach_verdict
from tests.report_verdicts import CLAUSES, CONTRACT, kept, settings

TODAY = datetime.date(2026, 11, 26)
CELL = ("source.delete.unknown-is-404", "deleteSource")
OTHER = ("source.add.succeeds", "addSource")
ENTRY = Entry("delete-unknown-is-200", "Deleting is 200.", frozenset([CELL[0]]), frozenset([CELL[1]]), "v5.3.0, run")


def judged(ledger: Ledger, *broken: tuple[str, str], strict: bool = False) -> Verdict:
    """Return the verdict on a server that breaks these cells and keeps all others."""
    told = settings(strict=strict)
    record = kept(CLAUSES, told)
    for clause, operation in broken:
        record.add(Failure(clause, operation, "status 404", "200", layer="operations"))
    return reach_verdict(told, CONTRACT, CLAUSES, record, ledger=ledger, today=TODAY)


def test_a_known_failure_is_not_red() -> None:
    """A failure that the ledger explains is known, and the run conforms but for it."""
    verdict = judged(Ledger((ENTRY,)), CELL)
    assert (verdict.word, verdict.is_red, verdict.failures) == (CONFORMS, False, [])
    assert verdict.cells[CELL] == KNOWN
    assert list(verdict.known) == [ENTRY]
    assert verdict.headline.startswith("conforms but for 1 known deviation: ")


def test_a_new_failure_is_red() -> None:
    """A failure beside the known ones turns the run red, and is counted alone."""
    verdict = judged(Ledger((ENTRY,)), CELL, OTHER)
    assert (verdict.word, verdict.is_red) == (DOES_NOT, True)
    assert [(each.clause, each.operation) for each in verdict.failures] == [OTHER]
    assert verdict.headline == "does not conform: 1 new failure of 1 clause; 1 known deviation"


def test_an_entry_of_which_nothing_is_left_is_stale() -> None:
    """A known deviation whose cells are all kept is named, and red with --strict."""
    verdict = judged(Ledger((ENTRY,)))
    assert (verdict.stale, verdict.is_red) == ([ENTRY], False)
    assert verdict.headline.endswith("; 1 known deviation stale")
    assert judged(Ledger((ENTRY,)), strict=True).is_red
    assert judged(Ledger((ENTRY,)), CELL, strict=True).stale == []
    both = Entry("a-deviation", "It deviates.", frozenset([CELL[0], OTHER[0]]), frozenset(), "")
    assert judged(Ledger((both,)), CELL).stale == [], "one of its cells is still broken"


def test_what_shows_by_chance_is_never_stale() -> None:
    """Deviations of parallel requests, which need not meet in a run, are not told to be gone; all others are."""
    ledger = ledger_of("4.0", "yaml", None, read_clauses())
    by_chance = {entry.name for entry in ledger.entries if entry.by_chance}
    assert {"parallel-adds-all-win", "parallel-add-is-lost"} <= by_chance
    stale = {entry.name for entry in judged(ledger).stale}
    assert not stale & by_chance
    assert {"delete-unknown-is-200", "lists-are-text"} <= stale


def test_what_breaks_along_makes_no_entry_stale() -> None:
    """An entry of whose main clauses none was judged is not stale, though others of its clauses were kept."""
    clauses = frozenset([CELL[0], OTHER[0]])
    entry = Entry("a-deviation", "It deviates.", clauses, frozenset(), "", mainly=frozenset(["links.hold"]))
    assert judged(Ledger((entry,))).stale == []
    assert judged(Ledger((Entry("a-deviation", "", clauses, frozenset(), ""),))).stale != []


def test_an_entry_counts_for_its_store_alone() -> None:
    """With another store it explains nothing; without a store it does, and is never stale."""
    entry = Entry(ENTRY.name, ENTRY.title, ENTRY.clauses, ENTRY.operations, "", store="yaml")
    assert judged(Ledger((entry,), "postgres"), CELL).is_red
    assert not judged(Ledger((entry,), "yaml"), CELL).is_red
    assert not judged(Ledger((entry,)), CELL).is_red
    assert judged(Ledger((entry,))).stale == []
    assert judged(Ledger((entry,), "yaml")).stale == [entry]


@pytest.mark.parametrize(("expires", "red"), [("2026-11-26", False), ("2026-11-25", True)])
def test_an_entry_expires(tmp_path: Path, expires: str, red: bool) -> None:
    """An entry counts on its last day; after it the run is red, and says so."""
    file = tmp_path / "ledger.yaml"
    file.write_text(f"- {{clause: {CELL[0]}, operation: {CELL[1]}, reason: soon, expires: {expires}}}\n", "utf-8")
    verdict = judged(ledger_of(None, None, file, CLAUSES), CELL)
    assert verdict.is_red is red
    assert [entry.title for entry in verdict.expired] == (["soon"] if red else [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {clause: no.such, reason: x}", "no clause 'no.such': pgwatch-contract clauses lists all"),
        (f"- {{clause: {CELL[0]}}}", 'entry 1: "reason" is a required property'),
        ("{a: b}", "is not of type"),
        ("[", "the ledger is not YAML"),
    ],
)
def test_a_wrong_ledger_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    """A ledger that cannot be used is refused with the file and the reason."""
    file = tmp_path / "ledger.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotJudged) as refused:
        read_own(file, CLAUSES)
    assert says in str(refused.value)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_ledger_is_written_of_a_run(tmp_path: Path) -> None:
    """The failures of a run become entries to be explained; those there keep their reason; the file explains all."""
    file = tmp_path / "ledger.yaml"
    file.write_text(f"- {{clause: {CELL[0]}, reason: as in every release, expires: 2027-01-31}}\n", encoding="utf-8")
    write_own(file, [CELL, OTHER], CLAUSES)
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == [
        {"clause": CELL[0], "reason": "as in every release", "expires": datetime.date(2027, 1, 31)},
        {"clause": OTHER[0], "operation": OTHER[1], "reason": "to be explained"},
    ]
    assert not judged(ledger_of(None, None, file, CLAUSES), CELL, OTHER).is_red


def test_a_release_has_a_ledger() -> None:
    """The ledger of a release explains by the catalogue what the release's file names."""
    ledger = ledger_of("5.3", "yaml", None, read_clauses())
    entry = ledger.explains(("auth.cookie.counts", "listMetrics"), TODAY)
    assert entry is not None
    assert entry.name == "token-cookie-is-not-read"
    assert ledger.explains(("source.delete.is-200", "deleteSource"), TODAY) is None
