"""Deviations in what adding, replacing and deleting does to the list of sources: each can be seen from outside."""

from typing import Any

import pytest

from tests.support.deviation_helpers import Case, Cases, Mock, add, ask, check, delete, listed, names, stored, update
from tests.support.helpers import cases


def added_twice(server: Mock) -> tuple[int, int, str | None]:
    """Add a name twice; return the second status, how many there are, and which is listed first."""
    add(server, "twice", Group="first")
    second = add(server, "twice", Group="second")
    return second, names(server).count("twice"), stored(server, "twice").get("Group")


def refused_add(server: Mock) -> list[str]:
    add(server, "refused", Kind="mysql")
    return names(server, "refused")


def refused_adds(server: Mock) -> list[tuple[str, str, str]]:
    """Add sources that are each refused for another field, and some bodies that are no sources; return what is new."""
    before = names(server)
    for fields in (
        {"Name": "r", "ConnStr": "", "Kind": "mysql", "Group": "g"},
        {"Name": "no ConnStr"},
        {"Name": 1, "ConnStr": ""},
        {"ConnStr": ""},
    ):
        assert ask(server, "POST", "/source", fields).status == 400
    assert ask(server, "POST", "/source", [1]).status == 400
    for malformed in (b'{"Name": "open", "ConnStr": ""', b'{"Name": "nan", "ConnStr": "", "Metrics": {"wal": NaN}}'):
        assert ask(server, "POST", "/source", malformed).status == 400
    assert ask(server, "POST", "/source", {"Name": "no token"}, token=None).status == 401
    return [(each["Name"], each["Group"], each["Kind"]) for each in listed(server) if each["Name"] not in before]


def updated(name: str) -> Any:
    """Return a probe that adds three sources and updates the second; it returns what is listed of all."""

    def see(server: Mock) -> tuple[int, list[tuple[str, str, bool]]]:
        three = [f"{name} {number}" for number in range(3)]
        for each in three:
            add(server, each, PresetMetrics="basic", Group=name)
        done = update(server, three[1], Group=name, IsEnabled=True)
        found = [entry for entry in listed(server) if entry["Name"] in three]
        return done, [(entry["Name"][-1], entry["PresetMetrics"], entry["IsEnabled"]) for entry in found]

    return see


def created(server: Mock) -> tuple[int, list[str]]:
    return update(server, "created"), names(server, "created")


def refused_update(server: Mock) -> tuple[int, str]:
    add(server, "refused update")
    return update(server, "refused update", Group="other", Kind="mysql"), stored(server, "refused update")["Group"]


def deleted(prefix: str, wanted: str, *others: str) -> Any:
    """Return a probe that adds sources and deletes one; it returns the status and which are left."""

    def see(server: Mock) -> tuple[int, list[str]]:
        for name in dict.fromkeys([wanted, *others]):
            add(server, prefix + name)
        done = delete(server, prefix + wanted)
        return done, [name.removeprefix(prefix) for name in names(server, prefix)]

    return see


def without_group(prefix: str, *wanted: str) -> Any:
    """Return a probe that adds sources of groups and deletes names; it returns the statuses and which are left."""

    def see(server: Mock) -> tuple[list[int], list[str]]:
        for name, group in (("a", "b"), ("b", "c"), ("c", "b"), ("d", "e"), ("f", "a")):
            add(server, prefix + name, Group=prefix + group)
        done = [delete(server, prefix + name) for name in wanted]
        return done, [name.removeprefix(prefix) for name in names(server, prefix)]

    return see


def all_deleted(server: Mock) -> tuple[int, int, bool]:
    """Delete two names with a star; return both statuses, and whether any source is left."""
    add(server, "of a star")
    return delete(server, "of*"), delete(server, "*"), "of a star" in names(server)


def deleted_by(query: str) -> Any:
    """Return a probe that deletes by a query; it returns the status, and which of two sources are left."""

    def see(server: Mock) -> tuple[int, list[str]]:
        for name in ("by-1", "by-2"):
            add(server, name)
        return ask(server, "DELETE", f"/source?{query}").status, names(server, "by-")

    return see


D = "default"
BEFORE = [("0", "basic", False), ("1", "", True), ("2", "basic", False)]
UNCHANGED = [("0", "basic", False), ("1", "basic", False), ("2", "basic", False)]
CASES: Cases = {
    "add-replaces-existing": Case(added_twice, (409, 1, "first"), (200, 1, "second")),
    "refused-add-replaces-existing": Case(added_twice, (409, 1, "first"), (409, 1, "second")),
    "existing-is-added-again": Case(added_twice, (409, 1, "first"), (200, 2, "first")),
    "add-stores-nothing": Case(added_twice, (409, 1, "first"), (200, 0, None)),
    "added-source-is-first": Case(
        lambda server: (add(server, "first"), names(server)[-1]), (200, "first"), (200, "retired")
    ),
    "names-ignore-case": Case(lambda server: add(server, "Demo"), 200, 409),
    "invalid-add-is-stored": Case(refused_add, [], ["refused"]),
    "refused-source-is-stored": Case(
        refused_adds, [], [(name, group, "postgres") for name, group in (("r", "g"), ("no ConnStr", D), ("unnamed", D))]
    ),
    "update-creates": Case(created, (404, []), (200, ["created"])),
    "refused-update-creates": Case(created, (404, []), (404, ["created"])),
    "update-merges": Case(updated("merge"), (200, BEFORE), (200, [BEFORE[0], ("1", "basic", True), BEFORE[2]])),
    "update-moves-to-the-end": Case(updated("move"), (200, BEFORE), (200, [BEFORE[0], BEFORE[2], BEFORE[1]])),
    "update-changes-its-group": Case(
        updated("group"), (200, BEFORE), (200, [("0", "basic", True), BEFORE[1], ("2", "basic", True)])
    ),
    "update-changes-nothing": Case(updated("nothing"), (200, BEFORE), (200, UNCHANGED)),
    "invalid-update-is-stored": Case(refused_update, (400, "default"), (400, "other")),
    "delete-takes-a-prefix": Case(deleted("p: ", "1", "12", "2"), (200, ["12", "2"]), (200, ["2"])),
    "delete-takes-a-pattern": Case(deleted("like ", "a_b", "axb"), (200, ["axb"]), (200, [])),
    "delete-ignores-case": Case(deleted("c: ", "a", "A"), (200, ["A"]), (200, [])),
    "delete-takes-the-group": Case(
        without_group("of ", "b", "e"), ([200, 404], ["a", "c", "d", "f"]), ([200, 404], ["f"])
    ),
    "star-deletes-all": Case(all_deleted, (404, 404, True), (404, 200, False)),
    "delete-deletes-nothing": Case(deleted("n: ", "1", "2"), (200, ["2"]), (200, ["1", "2"])),
    "delete-deletes-the-last": Case(deleted("l: ", "1", "2"), (200, ["2"]), (200, ["1"])),
    "refused-delete-deletes-the-last": Case(deleted_by("name=nobody"), (404, ["by-1", "by-2"]), (404, ["by-1"])),
    "delete-decodes-twice": Case(deleted("d: ", "a%2Fb"), (200, []), (404, ["a%2Fb"])),
    "delete-parameter-ignores-case": Case(deleted_by("Name=by-1"), (400, ["by-1", "by-2"]), (200, ["by-2"])),
    "delete-takes-the-last-name": Case(deleted_by("name=by-1&name=by-2"), (200, ["by-2"]), (200, ["by-1"])),
}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
