"""The layer ``operations``: listing, adding, updating and deleting sources, and how their names are compared."""

import json
from typing import Any

import pytest

from contract_tests.asking.sources import delete_source, source, sources_in
from contract_tests.asking.transport import Http
from contract_tests.contract.document import JSON, Operation
from contract_tests.judging.fields import completed, different
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources
from contract_tests.target.guard import Permission

_MANY, _FEW = {"quick": 150, "default": 300, "thorough": 1_100}, 12
"""How many sources a list is to be complete with: pages end at 100, 250 or 1,000. Few at a server with others' own."""

_FIELDS: tuple[dict[str, Any], ...] = (
    {},
    {"Group": ""},
    {"Kind": "pgbouncer"},
    {"IsSuperuser": True},
    {"PresetMetrics": "", "Metrics": {}},
)
"""What sources of a list have that might be taken for a reason to leave them out."""
_PARTS: tuple[dict[str, Any], ...] = (
    {},
    {"HostConfig": {"Scope": "contract"}},
    {"Metrics": {"contract": 60}, "CustomTags": {"contract": "contract"}},
    {"Metrics": {}, "MetricsStandby": {}, "CustomTags": {}, "HostConfig": {}},
    {"Metrics": None, "MetricsStandby": None, "CustomTags": None, "HostConfig": None},
)
"""What an update gives of all that a source has."""

# --- the list


@pytest.mark.judges("source.list.empty-is-an-array")
def test_empty_list(judge: Judge, suite: Suite) -> None:
    """A server without sources lists an empty array, and so does one whose last source was deleted."""
    http = suite.http_of(suite.newborn(), suite.target.token)
    clause, expected = "source.list.empty-is-an-array", "an empty array"
    never = http.send("GET", "/source")
    judge.that(_is_empty_array(never.body), clause, never, expected)
    added = http.send("POST", "/source", json=source(suite.target, "contract-last"))
    deleted = delete_source(http, "contract-last")
    again = http.send("GET", "/source")
    if succeeded(deleted):
        judge.that(_is_empty_array(again.body), clause, again, expected, steps=[added, deleted])


def _is_empty_array(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == [])
    except (ValueError, RecursionError):
        return False


@pytest.mark.judges("source.list.is-complete")
def test_list_is_complete(alone: OwnSources, judge: Judge, suite: Suite) -> None:
    """However many sources were added, each is listed, and once: the first and the last, whatever is in them."""
    is_free = suite.target.permission is Permission.THROWAWAY
    number = _MANY[suite.settings.effort] if is_free else _FEW
    fields = (*_FIELDS, {"IsEnabled": True}) if is_free else _FIELDS
    names = [alone.name() for _ in range(number)]
    added = [name for place, name in enumerate(names) if succeeded(alone.add(name, **fields[place % len(fields)]))]
    listing, listed = alone.listed()
    names = [each["Name"] for each in listed]
    missing, double = [name for name in added if name not in names], len(names) - len({str(name) for name in names})
    actual = f"{len(missing)} are missing and {double} are listed again"
    if sources_in(listing) is None:
        actual = f"no list of sources (status {listing.status or listing.error})"
    judge.that(
        bool(added) and not missing and not double,
        "source.list.is-complete",
        listing,
        f"the {number} sources that were added, each once",
        actual,
    )


@pytest.mark.judges("source.list.is-fresh")
def test_list_is_fresh(own: OwnSources, judge: Judge, suite: Suite) -> None:
    """The list that is asked for right after a change was answered shows the change, again and again."""
    clause = "source.list.is-fresh"
    for _ in range(3 if suite.settings.effort == "quick" else 10):
        name = own.name()
        own.listed()  # a server that keeps an answer for a while has one to keep
        added = own.add(name)
        listing, groups = own.groups(name)
        if succeeded(added):
            judge.that(bool(groups), clause, listing, "the source that was just added", "not listed", [added])
        if own.has("updateSource"):
            updated = own.update(name, Group="contract-changed")
            listing, groups = own.groups(name)
            if succeeded(updated):
                judge.that(
                    "contract-changed" in groups,
                    clause,
                    listing,
                    "the Group that was just sent",
                    f"listed with {groups}",
                    [added, updated],
                )
        deleted = delete_source(suite.http, name)
        listing, groups = own.groups(name)
        if succeeded(deleted):
            holds = sources_in(listing) is not None and not groups
            judge.that(holds, clause, listing, "no source that was just deleted", "still listed", [added, deleted])


# --- adding and updating


@pytest.mark.judges("source.add.succeeds")
def test_add(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """Adding a source is answered with the document's status of success, also where one of its name was deleted."""
    name = own.name()
    added = own.add(name)
    judge.status(operation.success, "source.add.succeeds", added)
    deleted = own.delete(name)
    if succeeded(deleted):
        judge.status(operation.success, "source.add.succeeds", own.add(name), [added, deleted])


@pytest.mark.judges("source.add.existing-is-409")
def test_add_existing(own: OwnSources, judge: Judge) -> None:
    """Adding a name that a source has is a 409, with the same body and with another, and after an update too."""
    name = own.name()
    steps = [own.add(name)]
    for fields in ({}, {"Group": "contract-other"}, {"Kind": "pgbouncer"}):
        judge.status(409, "source.add.existing-is-409", own.add(name, **fields), steps)
        steps = [*steps[:1], *([own.update(name, Group="contract-updated")] if own.has("updateSource") else [])]


@pytest.mark.judges("source.update.is-200")
def test_update(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """Updating a source is a 200, whether the update changes anything or not."""
    name = own.name()
    added = own.add(name)
    for fields in ({}, {"Group": "contract-updated"}):
        judge.status(operation.success, "source.update.is-200", own.update(name, **fields), [added])


@pytest.mark.judges("source.update.replaces-the-whole")
def test_update_replaces(own: OwnSources, operation: Operation) -> None:
    """An update takes no field over from the source that was there, not even within HostConfig and maps."""
    schema = (operation.body or {})[JSON]["schema"]
    for part in _PARTS:
        name = own.name()
        if not part.keys() <= schema["properties"].keys():
            continue
        clause, adding = "source.update.replaces-the-whole", own.operation("addSource")
        first = {**different(schema, ""), "Name": name, "ConnStr": "host=unknown.invalid"}
        added = own.send("addSource", own.at_rest(clause, adding, first))
        body = own.at_rest(clause, operation, {"Name": name, "ConnStr": "host=other.invalid", **part})
        own.judge_stored(
            clause,
            own.send(operation.id, body),
            completed(schema, body),
            "the defaults of all that the update left out",
            [added],
        )


@pytest.mark.judges("source.update.unknown-is-404", "source.update.unknown-creates-nothing")
def test_update_unknown(own: OwnSources, judge: Judge, http: Http) -> None:
    """Updating a name that no source ever had, or has no more, is a 404 and creates nothing."""
    never, gone = own.name(), own.name()
    deletion = [own.add(gone), delete_source(http, gone)]
    for name, steps in ((never, []), (gone, deletion)):
        if steps and not succeeded(deletion[-1]):
            continue
        updated = own.update(name)
        judge.status(404, "source.update.unknown-is-404", updated, steps)
        listing, groups = own.groups(name)
        holds = sources_in(listing) is not None and not groups
        judge.that(
            holds,
            "source.update.unknown-creates-nothing",
            updated,
            "no source of that name in the list",
            f"{updated.status}, and then it is listed, or nothing is",
            [*steps, listing],
        )
