"""What a run keeps: each failure once, also over parallel workers, and the verdict that follows."""

import json

import pytest

from contract_tests.contract.clauses import read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.judging.record import Failure, Record, from_data
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_EXERCISED, NOT_JUDGED, Verdict, reach_verdict
from tests.conftest import ROOT
from tests.support.report_verdicts import settings

CLAUSE = "source.delete.unknown-is-404"


def failure(size: int, operation: str = "deleteSource", layer: str = "operations") -> Failure:
    return Failure(CLAUSE, operation, "status 404", "200", "200 without a body", size=size, layer=layer)


def verdict_on(record: Record, url: str | None = None, ended: str = "", **chosen: object) -> Verdict:
    told = settings(url, **chosen)
    return reach_verdict(told, load_contract(ROOT / "openapi.yaml"), read_clauses(), record, ended)


def test_the_smallest_case_stays() -> None:
    """A hundred cases of one cause are one failure with a count and the smallest case."""
    record = Record()
    for size in [50, 7, *range(100, 198)]:
        record.add(failure(size))
    (only,) = record.failures.values()
    assert (only.size, only.count) == (7, 100)


def test_operations_are_apart() -> None:
    """The same clause on another operation is another failure."""
    record = Record()
    record.add(failure(1))
    record.add(failure(1, "updateSource"))
    assert len(record.failures) == 2


def test_a_record_survives_the_way_from_a_worker() -> None:
    """A record that went through JSON, as between processes, is the same, and two of them add up."""
    record = Record(requests=3, seconds={"http": 1.5}, errors={"test_x": "broke"}, left_out={"a.b": "silent"})
    record.exercised = {"a: seen"}
    record.judged[CLAUSE, "deleteSource"] += 4
    record.add(failure(5))
    again = from_data(json.loads(json.dumps(record.as_data())))
    assert again == record
    other = Record(requests=2, seconds={"http": 1, "log": 2})
    other.judged[CLAUSE, "deleteSource"] += 1
    other.add(failure(3, layer="stateful"))
    other.exercised = {"b: seen"}
    again.merge(other)
    (only,) = again.failures.values()
    assert (again.requests, again.judged[CLAUSE, "deleteSource"], only.count, only.size) == (5, 5, 2, 3)
    assert again.caught_by[CLAUSE, "deleteSource"] == {"operations", "stateful"}
    assert again.exercised == {"a: seen", "b: seen"}
    assert again.seconds == {"http": 2.5, "log": 2}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"url": None}, NOT_EXERCISED),
        ({"url": "http://x"}, NOT_JUDGED),
        ({"url": "http://x", "allow_writes": True}, NOT_EXERCISED),
        ({"url": None, "ended": "It was stopped."}, NOT_JUDGED),
    ],
)
def test_what_was_not_exercised_is_told_apart(given: dict[str, object], word: str) -> None:
    """A cell that nothing kept from being judged is not exercised; one that needs an option is not judged."""
    verdict = verdict_on(Record(), **given)  # type: ignore[arg-type]
    assert verdict.cells[CLAUSE, "deleteSource"] == word
    assert ((CLAUSE, "deleteSource") in verdict.not_exercised) is (word == NOT_EXERCISED)


def test_kept_and_broken() -> None:
    """A cell that was judged is kept unless a failure was found."""
    record = Record()
    record.judged[CLAUSE, "deleteSource"] += 1
    assert verdict_on(record).cells[CLAUSE, "deleteSource"] == KEPT
    record.add(failure(1))
    assert verdict_on(record).cells[CLAUSE, "deleteSource"] == BROKEN
    assert verdict_on(record).is_red


def test_a_layer_that_errors_is_red() -> None:
    """With everything judged and kept, an error alone makes the verdict red."""
    record = Record()
    for key in verdict_on(Record()).cells:
        record.judged[key] += 1
    assert not verdict_on(record).is_red
    record.errors["test_x"] = "KeyError: 'x'"
    assert verdict_on(record).is_red
