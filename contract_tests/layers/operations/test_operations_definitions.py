"""The layer ``operations``: adding, setting and deleting metrics and presets, in releases that let clients do so."""

import pytest

from contract_tests.asking.definitions import body_of
from contract_tests.asking.transport import Http
from contract_tests.contract.document import JSON, Operation
from contract_tests.judging.fields import completed
from contract_tests.judging.found import in_ascii
from contract_tests.judging.judge import Judge
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_definitions import OwnDefinitions
from contract_tests.layers.own_sources import OwnSources

_ENDINGS = (
    " a/b",
    " %2F",
    "+?&=#;",
    "..",
    " 'a' \"b\" \\c",
    "$HOME",
    "\n",
    " ",
    " \N{ELEPHANT}",
    " e\N{COMBINING ACUTE ACCENT}",
    "\N{LATIN SMALL LETTER E WITH ACUTE}",
    " AB",
    "x" * 500,
)
_BEGINNINGS = (" ", "/", "..", "$", "-")
_OTHER = "Changed by the contract suite."


@pytest.mark.judges("definition.add.succeeds")
def test_add(defined: OwnDefinitions, judge: Judge, operation: Operation) -> None:
    """One is added, then two at once, then one whose name was deleted."""
    first, second, third = defined.name(), defined.name(), defined.name()
    judge.status(operation.success, "definition.add.succeeds", defined.write(operation, first, defined.value()))
    both = {name: defined.value() for name in (second, third)}
    judge.status(operation.success, "definition.add.succeeds", defined.send(operation.id, both))
    deleted = defined.remove(first)
    if succeeded(deleted):
        again = defined.write(operation, first, defined.value())
        judge.status(operation.success, "definition.add.succeeds", again, [deleted])


@pytest.mark.judges("definition.add.existing-is-409", "definition.add.existing-changes-nothing")
def test_add_existing(defined: OwnDefinitions, judge: Judge, operation: Operation) -> None:
    """A name that exists is refused, whatever the value; of new ones beside it none is added, at any place."""
    name = defined.name()
    steps = [defined.add(name)]
    for number_before, number_after in ((0, 0), (0, 3), (3, 0), (2, 2)):
        before, after = ([defined.name() for _ in range(number)] for number in (number_before, number_after))
        body = {each: defined.value(Description=_OTHER) for each in [*before, name, *after]}
        refused = defined.send(operation.id, body)
        judge.status(409, "definition.add.existing-is-409", refused, steps)
        listing, listed = defined.listed()
        there = listed or {}
        new = [each for each in (*before, *after) if each in there]
        is_same = there.get(name, {}).get("Description") == defined.value()["Description"]
        judge.that(
            is_same and not new,
            "definition.add.existing-changes-nothing",
            refused,
            "none added, and the one that exists as it was",
            f"{refused.status}, {len(new)} added, and the other is {'' if is_same else 'not '}as it was",
            [*steps, listing],
        )


@pytest.mark.judges("definition.set.is-200")
def test_set(defined: OwnDefinitions, judge: Judge, operation: Operation) -> None:
    """A new name is set, then set again to the same and to another value."""
    name = defined.name()
    for value in (defined.value(), defined.value(), defined.value(Description=_OTHER)):
        judge.status(operation.success, "definition.set.is-200", defined.write(operation, name, value))


@pytest.mark.judges("definition.set.replaces-the-whole")
def test_set_replaces(defined: OwnDefinitions, operation: Operation) -> None:
    """What was there before leaves no trace in what a shorter body sets."""
    name, schema = defined.name(), (operation.body or {})[JSON]["schema"]
    steps = [defined.write(operation, name, defined.value())]
    shortest = {field: defined.value()[field] for field in schema["required"]}
    written = defined.write(operation, name, shortest)
    defined.judge_stored(
        "definition.set.replaces-the-whole",
        written,
        name,
        completed(schema, shortest),
        "the defaults of all that the body left out",
        steps,
    )


@pytest.mark.judges("definition.set.missing-name-is-400")
def test_set_without_name(defined: OwnDefinitions, judge: Judge, http: Http, operation: Operation) -> None:
    """Without a name, or with an empty one, nothing can be set."""
    defined.claim("")
    for query in ("", "name=", "other=contract"):
        exchange = http.send(operation.method, operation.path, query=query, json=defined.value())
        judge.status(
            400, "definition.set.missing-name-is-400", exchange, what=f"the query {query or 'without anything'}"
        )


@pytest.mark.judges("definition.is-stored")
def test_every_field_is_stored(defined: OwnDefinitions, operation: Operation) -> None:
    """All fields are listed as they were sent, whatever characters are in them."""
    name = defined.name()
    value = defined.value(Description="é <b>&amp;\"'\\d%41 \N{ELEPHANT}")
    defined.judge_stored(
        "definition.is-stored", defined.write(operation, name, value), name, value, "every field as it was sent"
    )


@pytest.mark.judges("definition.defaults-are-filled-in")
def test_defaults(defined: OwnDefinitions, operation: Operation) -> None:
    """What a body leaves out is listed with its default."""
    body_schema = (operation.body or {})[JSON]["schema"]
    schema = body_schema["additionalProperties"] if operation.takes_several else body_schema
    name = defined.name()
    shortest = {field: defined.value()[field] for field in schema["required"]}
    defined.judge_stored(
        "definition.defaults-are-filled-in",
        defined.write(operation, name, shortest),
        name,
        completed(schema, shortest),
        "the defaults of what was left out",
    )


@pytest.mark.judges("definition.stores-any-name")
def test_names(defined: OwnDefinitions, judge: Judge, operation: Operation) -> None:
    """Names of any characters are accepted, and listed as they were sent."""
    names = {defined.name(after=each): f"a name ending in {in_ascii(each)}" for each in _ENDINGS}
    names |= {defined.name(each): f"a name beginning with {in_ascii(each)}" for each in _BEGINNINGS}
    clause = "definition.stores-any-name"
    bodies = {name: body_of(operation, name, defined.value()) for name in names}
    sent = [name for name, body in bodies.items() if defined.may_be_sent(clause, operation, body, name)]
    written = {name: defined.write(operation, name, defined.value()) for name in sent}
    listing, listed = defined.listed()
    for name, exchange in written.items():
        is_there = name in (listed or {})
        actual = f"it is {'' if is_there else 'not '}listed" if succeeded(exchange) else ""
        judge.that(
            succeeded(exchange) and is_there,
            "definition.stores-any-name",
            exchange,
            "a name that is accepted, and listed as it was sent",
            actual,
            [listing],
            what=names[name],
        )


@pytest.mark.judges("definition.delete.is-200", "definition.delete.deletes-it")
def test_delete(defined: OwnDefinitions, judge: Judge, operation: Operation) -> None:
    """Of two with names alike the one that is named is deleted, whatever characters its name has."""
    for ending in ("", " a/b", " %2F%25", "+a&name=b;c#d", " \N{ELEPHANT}"):
        name = defined.name(after=ending)
        other = defined.claim(f"{name}1")
        steps = [defined.add(other), defined.add(name)]
        before = defined.listed_names() or []
        deleted = defined.remove(name)
        judge.status(operation.success, "definition.delete.is-200", deleted, steps, in_ascii(ending))
        listing, listed = defined.listed()
        lost = [each for each in before if each not in (listed or {}) and each != name]
        holds = listed is not None and name not in listed and not lost
        actual = f"it is {'' if name in (listed or {}) else 'not '}listed, and {len(lost)} others are gone"
        judge.that(
            holds,
            "definition.delete.deletes-it",
            deleted,
            "this one to be gone from the list, and no other",
            actual,
            [*steps, listing],
            what=in_ascii(ending),
        )


@pytest.mark.judges("definition.delete.is-200")
def test_delete_in_use(defined: OwnDefinitions, own: OwnSources, judge: Judge, operation: Operation) -> None:
    """A preset that a source names, and a metric that a source measures, can be deleted too."""
    name = defined.name()
    use = {"PresetMetrics": name} if operation.kind == "presets" else {"PresetMetrics": "", "Metrics": {name: 60}}
    steps = [defined.add(name), own.add(own.name(), **use)]
    judge.status(operation.success, "definition.delete.is-200", defined.remove(name), steps, "one in use")


@pytest.mark.judges("definition.delete.unknown-is-404")
def test_delete_unknown(defined: OwnDefinitions, judge: Judge, operation: Operation) -> None:
    """A name that nothing ever had, or has no more, is a 404."""
    judge.status(404, "definition.delete.unknown-is-404", defined.remove(defined.name()))
    gone = defined.name()
    steps = [defined.add(gone), defined.remove(gone)]
    judge.status(404, "definition.delete.unknown-is-404", defined.remove(gone), steps)


@pytest.mark.judges("definition.delete.missing-name-is-400")
def test_delete_without_name(judge: Judge, http: Http, operation: Operation) -> None:
    """Without a name, or with an empty one, there is nothing to delete."""
    for query in ("", "name=", "other=contract"):
        exchange = http.send(operation.method, operation.path, query=query)
        judge.status(
            400, "definition.delete.missing-name-is-400", exchange, what=f"the query {query or 'without anything'}"
        )
