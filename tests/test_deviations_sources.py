"""Deviations in what is stored and listed of sources: each can be seen from outside."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.deviation_helpers import (
    Case,
    Cases,
    Mock,
    add,
    ask,
    check,
    delete,
    listed,
    names,
    stored,
    update,
)
from tests.helpers import cases


def kept(name: str, field: str, value: Any) -> Any:
    """Return a probe that adds a source, and returns how a field of it is listed."""

    def see(server: Mock) -> Any:
        add(server, name, **{field: value})
        return stored(server, name).get(field)

    return see


def name_kept(name: str) -> Any:
    """Return a probe that adds a source, and says whether it is listed by the same name."""
    return lambda server: (add(server, name), name in names(server))


DECOMPOSED = unicodedata.normalize("NFD", "müller")
FILLED = {"DcsType": "etcd"}
STORED: Cases = {
    "name-is-trimmed": Case(name_kept(" spaces "), (200, True), (200, False)),
    "name-is-lower-cased": Case(name_kept("Capital"), (200, True), (200, False)),
    "name-is-normalised": Case(name_kept(DECOMPOSED), (200, True), (200, False)),
    "name-ends-at-a-nul": Case(name_kept("be\0fore"), (200, True), (200, False)),
    "custom-tags-are-not-stored": Case(kept("tags", "CustomTags", {"a": "b"}), {"a": "b"}, {}),
    "host-config-is-not-stored": Case(
        lambda server: kept("host config", "HostConfig", FILLED)(server)["DcsType"], "etcd", ""
    ),
    "every-source-is-enabled": Case(kept("disabled", "IsEnabled", False), False, True),
    "markup-is-escaped": Case(kept("markup", "ConnStr", "<&>"), "<&>", "&lt;&amp;&gt;"),
    "variables-are-expanded": Case(kept("variables", "ConnStr", "$HOME/x"), "$HOME/x", "/x"),
    "intervals-have-six-decimals": Case(
        kept("decimals", "Metrics", {"wal": 1.23456789}), {"wal": 1.23456789}, {"wal": 1.234568}
    ),
    "intervals-lose-their-fraction": Case(kept("cut", "Metrics", {"wal": 1.5}), {"wal": 1.5}, {"wal": 1}),
    "empty-texts-become-null": Case(kept("empty texts", "PresetMetrics", ""), "", None),
    "null-stays-null": Case(kept("null kept", "CustomTags", None), {}, None),
    "defaults-are-empty-texts": Case(
        lambda server: (add(server, "defaults"), stored(server, "defaults")["Group"]), (200, "default"), (200, "")
    ),
    "default-group-is-empty": Case(
        lambda server: (add(server, "no group"), [stored(server, "no group")[field] for field in ("Group", "Kind")]),
        (200, ["default", "postgres"]),
        (200, ["", "postgres"]),
    ),
    "unknown-field-is-stored": Case(kept("unknown", "Colour", "red"), None, "red"),
}


def added_twice(server: Mock) -> tuple[int, int, str | None]:
    """Add a name twice; return the second status, how many there are, and which is listed first."""
    add(server, "twice", Group="first")
    second = add(server, "twice", Group="second")
    return second, names(server).count("twice"), stored(server, "twice").get("Group")


def refused_add(server: Mock) -> list[str]:
    add(server, "refused", Kind="mysql")
    return names(server, "refused")


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


def deleted_by(query: str) -> Any:
    """Return a probe that deletes by a query; it returns the status, and which of two sources are left."""

    def see(server: Mock) -> tuple[int, list[str]]:
        for name in ("by-1", "by-2"):
            add(server, name)
        return ask(server, "DELETE", f"/source?{query}").status, names(server, "by-")

    return see


BEFORE = [("0", "basic", False), ("1", "", True), ("2", "basic", False)]
UNCHANGED = [("0", "basic", False), ("1", "basic", False), ("2", "basic", False)]
CHANGED: Cases = {
    "add-replaces-existing": Case(added_twice, (409, 1, "first"), (200, 1, "second")),
    "refused-add-replaces-existing": Case(added_twice, (409, 1, "first"), (409, 1, "second")),
    "existing-is-added-again": Case(added_twice, (409, 1, "first"), (200, 2, "first")),
    "add-stores-nothing": Case(added_twice, (409, 1, "first"), (200, 0, None)),
    "added-source-is-first": Case(
        lambda server: (add(server, "first"), names(server)[-1]), (200, "first"), (200, "retired")
    ),
    "names-ignore-case": Case(lambda server: add(server, "Demo"), 200, 409),
    "invalid-add-is-stored": Case(refused_add, [], ["refused"]),
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
    "delete-deletes-nothing": Case(deleted("n: ", "1", "2"), (200, ["2"]), (200, ["1", "2"])),
    "delete-deletes-the-last": Case(deleted("l: ", "1", "2"), (200, ["2"]), (200, ["1"])),
    "refused-delete-deletes-the-last": Case(deleted_by("name=nobody"), (404, ["by-1", "by-2"]), (404, ["by-1"])),
    "delete-decodes-twice": Case(deleted("d: ", "a%2Fb"), (200, []), (404, ["a%2Fb"])),
    "delete-parameter-ignores-case": Case(deleted_by("Name=by-1"), (400, ["by-1", "by-2"]), (200, ["by-2"])),
    "delete-takes-the-last-name": Case(deleted_by("name=by-1&name=by-2"), (200, ["by-2"]), (200, ["by-1"])),
}


def fields(server: Mock) -> dict[str, Any]:
    """Return how the pooler of the bundled sources is listed."""
    return stored(server, "pooler")


def field(name: str) -> Any:
    return lambda server: fields(server).get(name, "missing")


def bundled(server: Mock) -> list[str]:
    return [name for name in names(server) if name in ORDER]


def many(server: Mock) -> int:
    for number in range(len(listed(server)), 101):
        add(server, f"many {number}")
    answer = ask(server, "GET", "/source")
    return len(json.loads(answer.body)) if answer.status else 0


def fresh(server: Mock) -> bool:
    names(server)
    add(server, "fresh")
    return "fresh" in names(server)


def json_of(path: str) -> Any:
    return lambda server: json.loads(ask(server, "GET", path).body)


def is_json(server: Mock) -> bool:
    try:
        listed(server)
    except ValueError:
        return False
    return True


def is_utf8(server: Mock) -> bool:
    add(server, "müller")
    return "�" not in ask(server, "GET", "/source").body.decode("utf-8", "replace")


def entry(path: str, name: str) -> Any:
    return lambda server: next(iter(json_of(path)(server).values())).get(name, "missing")


def twice(path: str) -> Any:
    return lambda server: json_of(path)(server) == json_of(path)(server)


ORDER = ["demo", "shop", "pooler", "unreachable", "retired"]
NO_SOURCES = {"sources": Path("/dev/null")}
LISTS: Cases = {
    "empty-list-is-null": Case(listed, [], None, NO_SOURCES),
    "list-is-in-an-object": Case(lambda server: type(listed(server)), list, dict),
    "list-is-shuffled": Case(
        lambda server: len({tuple(bundled(server)) for _ in range(10)}) > 1, False, True
    ),
    "list-is-sorted": Case(bundled, ORDER, sorted(ORDER)),
    "list-is-reversed": Case(bundled, ORDER, ORDER[::-1]),
    "list-ends-at-100": Case(many, 101, 100, {"seed": 1}),
    "list-repeats-the-last": Case(lambda server: names(server).count(names(server)[-1]), 1, 2),
    "list-lacks-disabled-sources": Case(lambda server: "retired" in names(server), True, False),
    "list-is-a-second-old": Case(fresh, True, False),
    "list-has-a-trailing-comma": Case(is_json, True, False),
    "list-is-latin-1": Case(is_utf8, True, False),
    "large-list-drops-the-connection": Case(many, 101, 0, {"seed": 1}),
    "is-superuser-is-missing": Case(field("IsSuperuser"), False, "missing"),
    "host-config-is-missing": Case(lambda server: "HostConfig" in fields(server), True, False),
    "host-config-is-empty": Case(lambda server: len(field("HostConfig")(server)), 12, 0),
    "names-are-in-snake-case": Case(lambda server: "conn_str" in fields(server), False, True),
    "is-enabled-is-text": Case(field("IsEnabled"), True, "true"),
    "intervals-are-texts": Case(field("Metrics"), {"pgbouncer_stats": 60}, {"db_size": "60"}),
    "metrics-are-null": Case(lambda server: stored(server, "demo")["Metrics"], {}, None),
    "kind-is-prometheus": Case(field("Kind"), "pgbouncer", "prometheus"),
    "source-has-an-id": Case(field("Id"), "missing", 1),
    "passwords-are-masked": Case(lambda server: set(field("ConnStr")(server)) == {"*"}, False, True),
    "metric-list-is-an-array": Case(lambda server: type(json_of("/metric")(server)), dict, list),
    "metric-sqls-are-null": Case(lambda server: entry("/metric", "SQLs")(server) is None, False, True),
    "metric-has-a-name": Case(entry("/metric", "Name"), "missing", "metric"),
    "metric-list-varies": Case(twice("/metric"), True, False),
    "preset-metrics-are-null": Case(lambda server: entry("/preset", "Metrics")(server) is None, False, True),
    "preset-list-varies": Case(twice("/preset"), True, False),
}  # fmt: skip


CASES = {**STORED, **CHANGED, **LISTS}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
