"""Deviations that show when requests come at the same time, and only then."""

import pytest

from tests.support.deviation_helpers import Case, Cases, Mock, add, ask, check, delete, listed, names, together, update
from tests.support.helpers import cases, unique


def add_together(server: Mock) -> tuple[bool, bool]:
    """Add sources at the same time; say whether all were answered with 200, and whether all are listed."""
    mark = unique("together ")
    done = together(server, lambda each, number: add(each, f"{mark} {number}"))
    return set(done) == {200}, len(names(server, f"{mark} ")) == len(done)


def add_one_together(server: Mock) -> bool:
    """Add one name at the same time; say whether exactly one request succeeded."""
    return together(server, lambda each, _: add(each, "one")).count(200) == 1


def update_together(server: Mock) -> tuple[bool, bool]:
    """Update sources at the same time; say whether all were answered with 200, and whether all are updated."""
    count = len(together(server, lambda each, number: add(each, f"update {number}")))
    done = together(server, lambda each, number: update(each, f"update {number}", IsEnabled=True))
    enabled = [entry for entry in listed(server) if entry["Name"].startswith("update ") and entry["IsEnabled"]]
    return set(done) == {200}, len(enabled) == count


def delete_together(server: Mock) -> tuple[bool, bool]:
    """Delete sources at the same time; say whether all were answered with 200, and whether all are gone."""
    together(server, lambda each, number: add(each, f"delete {number}"))
    done = together(server, lambda each, number: delete(each, f"delete {number}"))
    return set(done) == {200}, names(server, "delete ") == []


def list_while_updating(server: Mock) -> bool:
    """Read the list while a source is updated; say whether it was always whole."""

    def act(each: Mock, number: int) -> bool:
        if number % 2:
            update(each, "demo", Group=str(number))
            return True
        return b'"retired"' in ask(each, "GET", "/source").body

    return all(together(server, act))


CASES: Cases = {
    "parallel-add-is-lost": Case(add_together, (True, True), (True, False)),
    "parallel-adds-all-win": Case(add_one_together, True, False),
    "parallel-adds-are-500": Case(add_together, (True, True), (False, False)),
    "parallel-update-is-lost": Case(update_together, (True, True), (True, False)),
    "parallel-delete-is-lost": Case(delete_together, (True, True), (True, False)),
    "list-is-null-during-writes": Case(list_while_updating, True, False),
    "list-is-cut-off-during-writes": Case(list_while_updating, True, False),
}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)


def one_by_one(server: Mock) -> tuple[list[int], list[str]]:
    """Write one request after the other; return the statuses and the names that are left."""
    steps = [
        add(server, "step 1"),
        add(server, "step 2"),
        add(server, "step 1"),
        update(server, "step 2"),
        update(server, "step 3"),
        delete(server, "step 1"),
        delete(server, "step 1"),
    ]
    return steps, names(server, "step")


@pytest.mark.parametrize("name", CASES)
def test_a_race_needs_requests_at_the_same_time(name: str) -> None:
    """A deviation of requests at the same time never shows when they come one by one."""
    with Mock(name) as server:
        assert one_by_one(server) == ([200, 200, 409, 200, 404, 200, 404], ["step 2"])
