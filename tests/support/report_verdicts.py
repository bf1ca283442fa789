"""Verdicts made by hand, for the tests of the reports."""

from typing import Any

from contract_tests.contract.clauses import Clauses, read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.contract.needs import Cell, cell, cells, missing
from contract_tests.coverage.observer import items_of
from contract_tests.judging.record import Failure, Record
from contract_tests.judging.verdict import Verdict, reach_verdict
from contract_tests.target.settings import Settings, settings_of
from pgwatch_contract.suite_options import values_for_pytest
from tests.conftest import ROOT

CONTRACT = load_contract(ROOT / "openapi.yaml")
CLAUSES = {name: clause for name, clause in read_clauses().items() if clause.applies_to(CONTRACT)}
ITEMS = {item.name for item in items_of(CONTRACT)}
URL = "https://pgwatch.example.com/base"
HOSTILE = "200 <script>alert(1)</script> | `a` ```` \x1b[31mred\nnew line ::error::x </details> \u202edrawkcab"
CURL = f"""curl -i -X DELETE -H "Token: $TOKEN" '{URL}/source?name={"n" * 120}'"""


def settings(url: str | None = None, **given: Any) -> Settings:
    """Return the settings of a run with these options."""
    return settings_of(url, values_for_pytest(lambda _destination: None) | given)


def kept(clauses: Clauses, told: Settings) -> Record:
    """Return the record of a run in which a server keeps every clause that can be judged."""
    record = Record(requests=1204, seconds={"http": 1.25, "cors": 29.75})
    for clause, operation in cells(clauses, CONTRACT, told.layers):
        if not missing(clause, operation, told.given):
            record.judged[cell(clause, operation)] = 2
    return record


def verdict_on(
    *failures: Failure, without: tuple[Cell, ...] = (), errors: dict[str, str] | None = None, **given: Any
) -> Verdict:
    """Return a verdict on a server that has these failures and keeps all else.

    ``without`` names pairs that were not exercised, ``given`` holds options, ``url``, ``clauses``, ``ledger``,
    ``today``, ``ended`` and ``missing``: items of the document that were not exercised, by default none.
    """
    missing = given.pop("missing", ())
    ended, clauses = given.pop("ended", ""), given.pop("clauses", CLAUSES)
    known = {name: given.pop(name, None) for name in ("ledger", "today")}
    told = settings(**given)
    record = kept(clauses, told)
    for each in failures:
        record.add(each)
        record.judged[each.clause, each.operation] += each.count
    for key in without:
        del record.judged[key]
    record.errors = errors or {}
    record.exercised = ITEMS.difference(missing)
    return reach_verdict(told, CONTRACT, clauses, record, ended, **known)


def failure(operation: str = "deleteSource", **fields: Any) -> Failure:
    """Return a failure; by default that of deleting an unknown source."""
    given: dict[str, Any] = {
        "expected": "status 404",
        "actual": "200 (empty)",
        "found": fields.get("actual", "200 without a body"),
        "curl": CURL,
        "size": 100,
        "layer": "operations",
    } | fields
    return Failure(given.pop("clause", "source.delete.unknown-is-404"), operation, **given)


def poor() -> Verdict:
    """Return a verdict with all there can be: failures alike and not, steps, errors, gaps."""
    everywhere = [
        failure(operation, clause="answer.no-server-error", actual="500 'Internal Server Error'", count=10)
        for operation in CONTRACT.operations
    ]
    return verdict_on(
        *everywhere,
        failure(actual=HOSTILE, count=38),
        failure(
            "", clause="cors.preflight-lists-the-methods", curl="", steps=["curl -i one  # 200", "curl -i two  # 404"]
        ),
        without=(("answer.error-is-one-line", "listMetrics"), ("answer.error-is-one-line", "listPresets")),
        errors={"test_log.py::test_a": "Broken: <b>pipe</b>", "test_log.py::test_b": "Broken: <b>pipe</b>"},
        url=URL,
        seed=7,
    )
