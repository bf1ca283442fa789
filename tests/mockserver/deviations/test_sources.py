"""Deviations in what is stored and listed of sources: each can be seen from outside."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.support.deviation_helpers import Case, Cases, Mock, add, ask, check, listed, names, stored
from tests.support.helpers import cases


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
    "list-is-shuffled": Case(lambda server: len({tuple(bundled(server)) for _ in range(10)}) > 1, False, True),
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
    "kind-is-unlisted": Case(field("Kind"), "pgbouncer", "cloud-postgres"),
    "source-has-an-id": Case(field("Id"), "missing", 1),
    "passwords-are-masked": Case(lambda server: set(field("ConnStr")(server)) == {"*"}, False, True),
    "metric-list-is-an-array": Case(lambda server: type(json_of("/metric")(server)), dict, list),
    "metric-sqls-are-null": Case(lambda server: entry("/metric", "SQLs")(server) is None, False, True),
    "metric-has-a-name": Case(entry("/metric", "Name"), "missing", "metric"),
    "metric-list-varies": Case(twice("/metric"), True, False),
    "preset-metrics-are-null": Case(lambda server: entry("/preset", "Metrics")(server) is None, False, True),
    "preset-list-varies": Case(twice("/preset"), True, False),
}


CASES = {**STORED, **LISTS}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
