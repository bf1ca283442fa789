"""The map: counts by operation and column, and what is missing."""

from contract_tests.coverage.item import BODY_BROKEN, COLUMNS, STATUSES
from contract_tests.coverage.map import Map, map_of
from contract_tests.coverage.observer import items_of
from tests.support.exercised import CONTRACT


def test_nothing_all_and_something() -> None:
    """A run that exercised nothing has 0 %, one that exercised all 100 %; a name that is no item adds nothing."""
    names = {item.name for item in items_of(CONTRACT)}
    assert (map_of(CONTRACT, set()).percent, map_of(CONTRACT, {"other: seen"}).exercised) == (0, 0)
    whole = map_of(CONTRACT, names)
    assert (whole.percent, whole.missing, whole.exercised) == (100, [], len(names))
    assert Map([]).percent == 100


def test_the_counts_are_those_of_the_items() -> None:
    """Each item counts in one column of one row; what is missing is named in the order of the document."""
    exercised = {"login status 200: seen", "addSource body Kind enum: broken"}
    there = map_of(CONTRACT, exercised)
    rows = {row.operation: row for row in there.rows}
    assert list(rows) == list(CONTRACT.operations)
    assert rows["login"].counts(STATUSES) == (1, 5)
    assert rows["addSource"].counts(BODY_BROKEN)[0] == 1
    assert sum(row.counts(column)[1] for row in there.rows for column in COLUMNS) == there.total
    assert there.missing[0] == "login status 400: seen"
    assert exercised.isdisjoint(there.missing)
    assert there.exercised == 2
