"""Ledgers: what is known of a server is told from what is new, what is stale and what has expired."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from contract_tests.contract.clauses import LAYERS, read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.contract.needs import cell
from contract_tests.contract.needs import cells as cells_of
from contract_tests.errors import NotJudged
from contract_tests.judging.judge import Judge
from contract_tests.judging.ledger import Entry, Ledger, ledger_of, read_own, write_own
from contract_tests.judging.record import Failure, Record
from contract_tests.judging.verdict import CONFORMS, DOES_NOT, KNOWN, Verdict, reach_verdict
from contract_tests.matrix.recorded import Recorded, read_recorded
from contract_tests.target.target import Target
from pgwatch_contract.releases.release import read_release, release_names
from tests.support.report_verdicts import CLAUSES, CONTRACT, kept, settings

TODAY = datetime.date(2026, 11, 26)
CELL = ("source.delete.unknown-is-404", "deleteSource")
OTHER = ("source.add.succeeds", "addSource")
FOUND = "200 without a body"
ENTRY = Entry("delete-unknown-is-200", "Deleting is 200.", frozenset([CELL[1]]), {CELL[0]: [FOUND]}, "v5.3.0, run")


def failure(clause: str, operation: str, found: str = FOUND) -> Failure:
    return Failure(clause, operation, "status 404", "200", found, layer="operations")


def judged(ledger: Ledger, *broken: tuple[str, str], strict: bool = False, found: str = FOUND) -> Verdict:
    """Return the verdict on a server that breaks these cells, in one way, and keeps all others."""
    told = settings(strict=strict)
    record = kept(CLAUSES, told)
    for clause, operation in broken:
        record.add(failure(clause, operation, found))
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
    both = Entry("a-deviation", "It deviates.", frozenset(), {CELL[0]: [FOUND], OTHER[0]: [FOUND]}, "")
    assert judged(Ledger((both,)), CELL).stale == [], "one of its cells is still broken"


def test_failures_of_a_release_that_was_guessed_say_so() -> None:
    """Where several releases answer alike and one failed, the option that names it is told; not where none failed."""
    for broken, told in (((CELL,), True), ((), False)):
        notes = replace(judged(Ledger(), *broken), candidates="5.0 or 5.2").notes
        assert any("name it with --release" in note for note in notes) is told


def test_what_was_withheld_makes_no_entry_stale() -> None:
    """Where a request was kept back for the server's sake, nobody knows whether the deviation is still there."""
    verdict = judged(Ledger((ENTRY,)))
    verdict.record.withheld[CELL] += 1
    assert verdict.stale == []


def test_what_shows_by_chance_is_never_stale() -> None:
    """Deviations of requests that need not meet, and of files that need not hold it, are not told to be gone."""
    ledger = ledger_of("4.0", "yaml", None, read_clauses(), CONTRACT)
    by_chance = {entry.name for entry in ledger.entries if entry.by_chance}
    assert {"parallel-adds-all-win", "parallel-add-is-lost", "metrics-are-null"} <= by_chance
    stale = {entry.name for entry in judged(ledger).stale}
    assert not stale & by_chance
    assert {"delete-unknown-is-200", "lists-are-text"} <= stale


def test_what_breaks_along_makes_no_entry_stale() -> None:
    """An entry of whose main clauses none was judged is not stale, though others of its clauses were kept."""
    found = {CELL[0]: [FOUND], OTHER[0]: [FOUND]}
    entry = Entry("a-deviation", "It deviates.", frozenset(), found, "", mainly=frozenset(["links.hold"]))
    assert judged(Ledger((entry,))).stale == []
    assert judged(Ledger((Entry("a-deviation", "", frozenset(), found, ""),))).stale != []


def test_an_entry_counts_for_its_store_alone() -> None:
    """With another store it explains nothing; without a store it does, and is never stale."""
    entry = replace(ENTRY, store="yaml")
    assert judged(Ledger((entry,), "postgres"), CELL).is_red
    assert not judged(Ledger((entry,), "yaml"), CELL).is_red
    assert not judged(Ledger((entry,)), CELL).is_red
    assert judged(Ledger((entry,))).stale == []
    assert judged(Ledger((entry,), "yaml")).stale == [entry]


@pytest.mark.parametrize(("expires", "red"), [("2026-11-26", False), ("2026-11-25", True)])
def test_an_entry_expires(tmp_path: Path, expires: str, red: bool) -> None:
    """An entry counts on its last day; after it the run is red, and says so."""
    file = tmp_path / "ledger.yaml"
    entry = f"{{clause: {CELL[0]}, operation: {CELL[1]}, found: ['{FOUND}'], reason: soon, expires: {expires}}}"
    file.write_text(f"- {entry}\n", "utf-8")
    verdict = judged(ledger_of(None, None, file, CLAUSES, CONTRACT), CELL)
    assert verdict.is_red is red
    assert [entry.title for entry in verdict.expired] == (["soon"] if red else [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {clause: no.such, found: [x], reason: x}", "no clause 'no.such': pgwatch-contract clauses lists all"),
        (f"- {{clause: {CELL[0]}, found: [x]}}", 'entry 1: "reason" is a required property'),
        (f"- {{clause: {CELL[0]}, reason: x}}", 'entry 1: "found" is a required property; --write-ledger writes'),
        (
            f"- {{clause: {CELL[0]}, operation: deleteSorce, found: [x], reason: x}}",
            "no operation 'deleteSorce' (deleteSource?)",
        ),
        (
            f"- {{clause: {CELL[0]}, operation: listSources, found: [x], reason: x}}",
            f"nobody judges {CELL[0]} on listSources: it is about deleteSource",
        ),
        ("{a: b}", "is not of type"),
        ("[", "the ledger is not YAML"),
    ],
)
def test_a_wrong_ledger_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    """A ledger that cannot be used is refused with the file and the reason."""
    file = tmp_path / "ledger.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotJudged) as refused:
        read_own(file, CLAUSES, CONTRACT)
    assert says in str(refused.value)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_ledger_is_written_of_a_run(tmp_path: Path) -> None:
    """What was found becomes entries to be explained; those there keep their reason; the file explains all of it."""
    file = tmp_path / "ledger.yaml"
    there = f"clause: {CELL[0]}, operation: {CELL[1]}, found: ['{FOUND}'], reason: always, expires: 2027-01-31"
    file.write_text(f"- {{{there}}}\n", encoding="utf-8")
    found = [failure(*CELL), failure(*OTHER, "500 text/html"), failure(*OTHER), failure(*CELL, "204 without a body")]
    write_own(file, found, CLAUSES, CONTRACT)
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == [
        {
            "clause": CELL[0],
            "operation": CELL[1],
            "found": [FOUND],
            "reason": "always",
            "expires": datetime.date(2027, 1, 31),
        },
        {"clause": OTHER[0], "operation": OTHER[1], "found": [FOUND, "500 text/html"], "reason": "to be explained"},
        {"clause": CELL[0], "operation": CELL[1], "found": ["204 without a body"], "reason": "to be explained"},
    ]
    ledger = ledger_of(None, None, file, CLAUSES, CONTRACT)
    assert not judged(ledger, CELL, OTHER).is_red
    assert judged(ledger, CELL, OTHER, found="404 text/plain").is_red


@pytest.mark.parametrize("clause", CLAUSES)
def test_what_is_written_can_be_read(tmp_path: Path, clause: str) -> None:
    """Of each clause, a failure on any operation and of the server as a whole is known by what was written of it."""
    seen: list[Failure] = []
    judge = Judge(Target("http://x", CONTRACT), CLAUSES, (), Record())
    for operation in ("", *CONTRACT.operations):
        judge.that(False, clause, operation, "something", "nothing")
        seen += judge.commit()
    write_own(tmp_path / "ledger.yaml", seen, CLAUSES, CONTRACT)
    ledger = ledger_of(None, None, tmp_path / "ledger.yaml", CLAUSES, CONTRACT)
    assert [each for each in seen if ledger.explains(each, TODAY) is None] == []


@pytest.mark.parametrize("found", ["500 text/plain", "200 without a type", "", "200 without a body: more", "x200 "])
def test_anything_else_on_the_same_pair_is_new(found: str) -> None:
    """An entry explains what was found of it; something else on its clause and operation is red, and it is stale."""
    verdict = judged(Ledger((ENTRY,)), CELL, found=found)
    assert verdict.is_red
    assert [each.found for each in verdict.failures] == [found]
    assert verdict.stale == [ENTRY]


@pytest.mark.parametrize(
    ("pattern", "found", "explains"),
    [
        ("a body with ...: 500 text/plain", "a body with x: 500 text/plain", True),
        ("a body with ...: 500 text/plain", "a body with x: 500 text/html", False),
        ("a body with ...: 500 text/plain", "no body: 500 text/plain", False),
        ("[].Kind: enum", "[].Kind: enum", True),
        ("[].Kind: enum", "i.Kind: enum", False),
        ("200 with *", "200 with https://evil.example", False),
    ],
)
def test_three_dots_stand_for_any_text(pattern: str, found: str, explains: bool) -> None:
    """Three dots in what an entry knows are any text; every other character is itself."""
    ledger = Ledger((replace(ENTRY, found={CELL[0]: [pattern]}),))
    assert judged(ledger, CELL, found=found).is_red is not explains


@pytest.mark.parametrize("release", release_names())
def test_the_ledger_of_a_release_hides_nothing_else(release: str) -> None:
    """Whatever else is found on a pair that the ledger of a release is about, is new."""
    contract = load_contract(CONTRACT.file, release)
    clauses = read_clauses()
    ledger = ledger_of(release, None, None, clauses, contract)
    cells = {cell(clause, operation) for clause, operation in cells_of(clauses, contract, frozenset(LAYERS))}
    known = [each for each in cells if any(entry.is_about(each) for entry in ledger.entries)]
    assert len(known) > 50
    for clause, operation in known:
        for found in (
            "299 text/html",
            "200 application/xml: x",
            "[].Name: of type number",
            "no answer",
            "503 text/plain",
        ):
            assert ledger.explains(failure(clause, operation, found), TODAY) is None, (clause, operation, found)


@pytest.mark.parametrize("recorded", read_recorded(), ids=lambda each: each.name)
def test_what_real_releases_do_is_known(recorded: Recorded) -> None:
    """Each failure that was found of a real release is explained by its ledger."""
    contract = load_contract(CONTRACT.file, recorded.release)
    ledger = ledger_of(recorded.release, recorded.store, None, read_clauses(), contract)
    found = [
        failure(each.clause, operation, text)
        for each in recorded.failures
        for operation, texts in each.found.items()
        for text in texts
    ]
    assert [each.key for each in found if ledger.explains(each, TODAY) is None] == []


def test_every_pattern_was_seen() -> None:
    """No ledger knows of anything that was not recorded of a real release: of its own, what a release says itself."""
    seen: dict[tuple[str, str], set[str]] = {}
    judged = {each.release for each in read_recorded()}
    for recorded in read_recorded():
        for each in recorded.failures:
            for key in ((recorded.release, each.clause), ("any", each.clause)):
                seen.setdefault(key, set()).update(text for texts in each.found.values() for text in texts)
    unseen = []
    for release in judged:
        entries = ledger_of(release, None, None, read_clauses(), load_contract(CONTRACT.file, release)).entries
        own = {each.name: each.found for each in read_release(release).deviations}
        for entry in entries:
            for clause, patterns in entry.found.items():
                where = release if clause in own[entry.name] else "any"
                for pattern in patterns:
                    known = replace(entry, operations=frozenset(), found={clause: [pattern]})
                    if not any(known.explains(failure(clause, "", text)) for text in seen.get((where, clause), ())):
                        unseen.append((release, entry.name, clause, pattern))
    assert unseen == []
    assert len(judged) >= 10
