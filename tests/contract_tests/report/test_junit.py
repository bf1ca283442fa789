"""The verdict as JUnit's XML: what a CI server counts agrees with the exit code."""

import datetime
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from contract_tests.judging.ledger import Entry, Ledger
from contract_tests.judging.verdict import Verdict
from contract_tests.report.junit import as_junit
from tests.support.report_verdicts import HOSTILE, ITEMS, URL, failure, poor, verdict_on

DATE = datetime.datetime(2030, 1, 2, 3, 4, tzinfo=datetime.UTC)
CLAUSE = "source.delete.unknown-is-404"
KNOWN = Entry(
    "delete-lies", "A delete says yes.", frozenset({"deleteSource"}), {CLAUSE: ["200 without a body"]}, "seen"
)
TODAY, YESTERDAY = datetime.date(2030, 1, 2), datetime.date(2030, 1, 1)


def suite_of(verdict: Verdict) -> ET.Element:
    """The one suite of the XML of a verdict."""
    (suite,) = ET.fromstring(as_junit(verdict, DATE))  # noqa: S314  # our own
    return suite


GAP = (("http.options-is-200", ""),)
EXPIRED = replace(KNOWN, expires=YESTERDAY)
VERDICTS = {
    "conforms": verdict_on(),
    "conforms at a URL": verdict_on(url=URL),
    "broken": verdict_on(failure()),
    "all there can be": poor(),
    "not exercised": verdict_on(without=GAP),
    "could not judge": verdict_on(errors={"test_log.py::test_a": "Broken: pipe"}),
    "too little exercised": verdict_on(missing=ITEMS, coverage_at_least=95.0),
    "gone": verdict_on(ended="The server is gone after 41 s, at PUT /source."),
    "killed before anything": replace(verdict_on(ended="It was killed."), cells={}),
    "known": verdict_on(failure(), ledger=Ledger((KNOWN,)), today=TODAY),
    "known and stale": verdict_on(ledger=Ledger((KNOWN,)), today=TODAY),
    "strict and stale": verdict_on(ledger=Ledger((KNOWN,)), today=TODAY, strict=True),
    "expired": verdict_on(failure(), ledger=Ledger((EXPIRED,)), today=TODAY),
    "expired and gone": verdict_on(ledger=Ledger((EXPIRED,)), today=TODAY),
}


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_the_counts_agree_with_the_exit_code(verdict: Verdict) -> None:
    """There are failures where the exit code is 1, errors and no failures where it is 2, and neither where it is 0."""
    suite = suite_of(verdict)
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts["tests"] == len(suite)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert counts[name] == len([case for case in suite if case.find(tag) is not None])
    assert (counts["failures"] > 0) is (verdict.exit_code == 1)
    assert (counts["failures"] + counts["errors"] > 0) is (verdict.exit_code != 0)


def test_a_case_for_each_clause_and_operation() -> None:
    """Each pair has its case, once, in the class of its layer; a failure has what was found and a command."""
    verdict = poor()
    suite = suite_of(verdict)
    names = [(case.attrib["classname"], case.attrib["name"]) for case in suite]
    assert len(names) == len(set(names))
    assert ("operations", f"{CLAUSE} deleteSource") in names
    assert len([name for layer, name in names if layer != "run"]) == len(verdict.cells)
    broken = next(case for case in suite if case.attrib["name"] == f"{CLAUSE} deleteSource").find("failure")
    assert broken is not None
    assert "expected  status 404" in str(broken.text)
    assert "curl -i -X DELETE" in str(broken.text)


def test_nothing_of_the_server_breaks_the_xml() -> None:
    """Markup, control characters and lone surrogates are text."""
    suite = suite_of(verdict_on(failure(actual=HOSTILE + "\udcff\0 ]]>")))
    failures = suite.findall("testcase/failure")
    assert len(failures) == 1
    assert "<script>" in failures[0].attrib["message"]


def test_what_was_found_alike_is_one_failure() -> None:
    """A pair that fails with thirty bodies in one way has one failure, the smallest case; another way is another."""
    ways = [failure(found=f"a body {number}: 200", what=f"a body {number}", size=number + 2) for number in range(30)]
    suite = suite_of(verdict_on(*ways, failure(found="another: 500", what="another", size=1)))
    found = [each.attrib["type"] for each in suite.findall("testcase/failure")]
    assert sorted(found) == ["a body 0: 200", "another: 500"]
