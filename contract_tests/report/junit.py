"""The verdict as JUnit's XML: a test case for each clause on each operation, its class the layer."""

from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree as ET  # it only writes here

from contract_tests.contract.clauses import SERVER
from contract_tests.contract.needs import Cell
from contract_tests.judging.ledger import Entry
from contract_tests.judging.record import Failure
from contract_tests.judging.verdict import BROKEN, KNOWN, NOT_EXERCISED, NOT_JUDGED, Verdict
from contract_tests.report import groups
from contract_tests.words import plain

_RUN = "run"
"""The class of test cases that are about the run as a whole."""
_KEEP = "\n\t"


def as_junit(verdict: Verdict, date: datetime) -> str:
    """Return the verdict as XML. It has failures or errors just where the exit code of the run is not 0."""
    suite = ET.Element("testsuite", name="pgwatch-contract", timestamp=date.isoformat(timespec="seconds"))
    suite.set("time", f"{verdict.seconds:.3f}")
    _cells(suite, verdict)
    for test, error in verdict.errors.items():
        _tell(_case(suite, _RUN, test), "error", error)
    if text := groups.uncovered(verdict):
        _tell(_case(suite, _RUN, "enough of the document is exercised"), "error", text)
    if verdict.ended:
        _tell(_case(suite, _RUN, "the run comes to its end"), "error", verdict.ended)
    _ledger(suite, verdict)
    if not len(suite):
        _tell(_case(suite, _RUN, "the server is judged"), "error", verdict.headline)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))
    suite.set("tests", str(len(suite)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cells(suite: ET.Element, verdict: Verdict) -> None:
    failures = _by_cell(verdict.failures)
    known = _by_cell(failure for each in verdict.known.values() for failure in each)
    for (clause, operation), word in verdict.cells.items():
        case = _case(suite, verdict.clauses[clause].layer, _name(clause, operation))
        if word == BROKEN:
            # What was found alike is one failure; the smallest case shows it.
            kinds = {
                failure.kind: failure for failure in sorted(failures[clause, operation], key=lambda each: -each.size)
            }
            for failure in kinds.values():
                _tell(case, "failure", failure.actual, _failure(verdict, failure), failure.found)
        elif word == NOT_EXERCISED:
            _tell(case, "error", "not exercised", "nothing kept the run from judging it, and it was not judged")
        elif word == NOT_JUDGED:
            _tell(case, "skipped", groups.reason_of(verdict.not_judged[clause, operation]))
        elif word == KNOWN:
            _tell(case, "system-out", "", "\n".join(f"known: {each.found}" for each in known[clause, operation]))


def _ledger(suite: ET.Element, verdict: Verdict) -> None:
    """Add what of a ledger turns the run red, and what is stale without doing so."""
    tag = "failure" if verdict.settings.strict else "skipped"
    told: list[tuple[str, str, list[Entry]]] = [
        ("failure", "expired: its last day is over", verdict.expired),
        (tag, "stale: no longer seen, take it out of the ledger", verdict.stale),
    ]
    for element, text, entries in told:
        for entry in entries:
            _tell(_case(suite, "ledger", entry.name), element, text, entry.title)


def _by_cell(failures: Iterable[Failure]) -> dict[Cell, list[Failure]]:
    found: dict[Cell, list[Failure]] = {}
    for failure in failures:
        found.setdefault(failure.cell, []).append(failure)
    return found


def _name(clause: str, operation: str) -> str:
    return clause if operation == SERVER else f"{clause} {operation}"


def _case(suite: ET.Element, layer: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=layer, name=plain(name))


def _tell(case: ET.Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    element = ET.SubElement(case, tag)
    if message:
        element.set("message", plain(message))
    if kind:
        element.set("type", plain(kind))
    element.text = plain(text, keep=_KEEP) or None


def _failure(verdict: Verdict, failure: Failure) -> str:
    lines = [f"expected  {failure.expected}", f"actual    {failure.actual}", *failure.steps, failure.curl]
    return "\n".join([*filter(None, lines), groups.part_of(verdict, failure)])
