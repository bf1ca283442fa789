"""What changed between two OpenAPI documents, in a reader's words, and which changes break a client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pgwatch_contract.references import resolved
from pgwatch_contract.releases.schema_differences import (
    METHODS,
    SIDES,
    Document,
    Documents,
    Side,
    component_differences,
    fields_of,
    schema_differences,
)

_BODY = "the body"
_ABOUT_WHAT_IS_THERE = {"404", "409"}
"""Refusals that a client asks for on purpose, to learn what is there: it misses them when they no longer come."""


@dataclass(frozen=True)
class Change:
    """A change: where (an operation, or a part of the document), what, and whether it breaks a client.

    ``kind`` is one of operation, answer, parameter, body, schema, token, manners, server, log,
    habit (what a release does beside what its document says).
    """

    where: str
    text: str
    is_breaking: bool
    kind: str


@dataclass(frozen=True)
class Place:
    """An operation and where it stands."""

    label: str
    operation: Mapping[str, Any]


def differences(old: Document, new: Document) -> list[Change]:
    """Return all changes from one OpenAPI 3.0 document to another: those that break a client first.

    Words that change no behaviour (descriptions, examples, links) are left out. Raises LookupError for a reference
    that leads out of its document, or to nothing.
    """
    documents = Documents(old, new)
    changes = [*_operations(documents), *_schemas(documents)]
    changes += _leaves("all paths", "manners", old.get("x-http-manners", {}), new.get("x-http-manners", {}))
    changes += _servers(old, new)
    changes += _tokens(old, new)
    return in_order(changes)


def in_order(changes: list[Change]) -> list[Change]:
    """Return changes in the order to be read in: those that break a client first, else as they come."""
    return sorted(dict.fromkeys(changes), key=lambda change: not change.is_breaking)


def operation_ids(document: Document) -> set[str]:
    """Return the ids of all operations of a document."""
    return set(_places(document))


def _places(document: Document) -> dict[str, Place]:
    found = {}
    for path, item in document["paths"].items():
        for method in [method for method in METHODS if method in item]:
            label = f"{method.upper()} {path}"
            operation = {
                **item[method],
                "parameters": [*item.get("parameters", []), *item[method].get("parameters", [])],
            }
            found[operation.get("operationId", label)] = Place(label, operation)
    return found


def _operations(documents: Documents) -> Iterator[Change]:
    before, after = _places(documents.old), _places(documents.new)
    for name in [name for name in before if name not in after]:
        text = f"is gone ({name}: {before[name].operation.get('summary', '')})"
        yield Change(before[name].label, text, is_breaking=True, kind="operation")
    for name in [name for name in after if name not in before]:
        text = f"is new ({name}: {after[name].operation.get('summary', '')})"
        yield Change(after[name].label, text, is_breaking=False, kind="operation")
    for name in [name for name in after if name in before]:
        yield from _operation(documents, before[name], after[name])


def _operation(documents: Documents, before: Place, after: Place) -> Iterator[Change]:
    where, ours, theirs = after.label, before.operation, after.operation
    if before.label != after.label:
        text = f"takes the place of {before.label} ({theirs.get('operationId')})"
        yield Change(where, text, is_breaking=True, kind="operation")
    if ours.get("summary") != theirs.get("summary"):
        text = f"means: {theirs.get('summary')}; it meant: {ours.get('summary')}"
        yield Change(where, text, is_breaking=False, kind="operation")
    if (public := theirs.get("security") == []) != (ours.get("security") == []):
        text = "needs no token any more" if public else "needs a token now"
        yield Change(where, text, not public, "token")
    yield from _parameters(documents, before, after)
    yield from _body(documents, before, after)
    yield from _answers(documents, before, after)
    yield from _leaves(where, "log", ours.get("x-websocket", {}), theirs.get("x-websocket", {}))


def _parameters(documents: Documents, before: Place, after: Place) -> Iterator[Change]:
    ours, theirs = (
        {part["name"]: part for part in (resolved(document, each) for each in place.operation.get("parameters", []))}
        for document, place in ((documents.old, before), (documents.new, after))
    )
    where = after.label
    for name in [name for name in ours if name not in theirs]:
        yield Change(where, f"no longer has the parameter {name}", is_breaking=True, kind="parameter")
    for name, part in theirs.items():
        must = bool(part.get("required"))
        if name not in ours:
            text = f"has the parameter {name} in the {part['in']}" + (", which must be sent" if must else "")
            yield Change(where, text, must, "parameter")
            continue
        if part["in"] != ours[name]["in"]:
            text = f"has the parameter {name} in the {part['in']}, no longer in the {ours[name]['in']}"
            yield Change(where, text, is_breaking=True, kind="parameter")
        elif must and not ours[name].get("required"):
            yield Change(where, f"must have the parameter {name} now", is_breaking=True, kind="parameter")
        schemas = ours[name].get("schema", {}), part.get("schema", {})
        for change in schema_differences(documents, *schemas, "requests", f"parameter {name}"):
            yield Change(where, f"{change.subject} {change.text}", change.is_breaking, "parameter")


def _body(documents: Documents, before: Place, after: Place) -> Iterator[Change]:
    ours, theirs = (
        resolved(document, place.operation.get("requestBody", {}))
        for document, place in ((documents.old, before), (documents.new, after))
    )
    if bool(ours) != bool(theirs):
        text = "takes a body now" if theirs else "no longer takes a body"
        yield Change(after.label, text, bool(theirs.get("required")) or not theirs, "body")
    elif ours:
        yield from _contents(documents, after.label, _BODY, ours, theirs)


def _answers(documents: Documents, before: Place, after: Place) -> Iterator[Change]:
    where = after.label
    ours, theirs = (
        {str(status): answer for status, answer in place.operation.get("responses", {}).items()}
        for place in (before, after)
    )
    good_before, good = ({status for status in answers if status < "300"} for answers in (ours, theirs))
    if good_before != good:
        text = f"is answered with {_listed(good)} where it succeeds, no longer with {_listed(good_before)}"
        yield Change(where, text, is_breaking=True, kind="answer")
    for status in sorted((theirs.keys() - ours.keys()) - good):
        words = resolved(documents.new, theirs[status])["description"]
        yield Change(where, f"can be answered with {status} now: {words}", is_breaking=True, kind="answer")
    for status in sorted((ours.keys() - theirs.keys()) - good_before):
        words = resolved(documents.old, ours[status])["description"]
        text = f"is no longer answered with {status}: {words}"
        yield Change(where, text, status in _ABOUT_WHAT_IS_THERE, "answer")
    pairs = [(status, status) for status in ours if status in theirs]
    pairs += zip(sorted(good_before - good), sorted(good - good_before), strict=False)
    for status_before, status in pairs:
        answers = resolved(documents.old, ours[status_before]), resolved(documents.new, theirs[status])
        yield from _contents(documents, where, f"the answer {status}", *answers)
        yield from _headers(where, status, *answers)


def _contents(documents: Documents, where: str, what: str, ours: Any, theirs: Any) -> Iterator[Change]:
    side: Side = "requests" if what == _BODY else "answers"
    kind = "body" if what == _BODY else "answer"
    before, after = ours.get("content", {}), theirs.get("content", {})
    if before.keys() != after.keys():
        text = f"{what} is {_listed(after) or 'empty'}, no longer {_listed(before) or 'empty'}"
        yield Change(where, text, bool(before.keys() - after.keys()) or side == "answers", kind)
    for media_type in [each for each in before if each in after]:
        schemas = before[media_type].get("schema", {}), after[media_type].get("schema", {})
        for change in schema_differences(documents, *schemas, side, what):
            yield Change(where, f"{change.subject} {change.text}", change.is_breaking, kind)


def _headers(where: str, status: str, ours: Any, theirs: Any) -> Iterator[Change]:
    before, after = ours.get("headers", {}), theirs.get("headers", {})
    for name in [name for name in before if name not in after]:
        yield Change(where, f"the answer {status} no longer has the header {name}", is_breaking=True, kind="answer")
    for name in [name for name in after if name not in before]:
        yield Change(where, f"the answer {status} has the header {name} now", is_breaking=False, kind="answer")


def _schemas(documents: Documents) -> Iterator[Change]:
    """Return the changes of schemas: one in answers and in requests once, and where it breaks clients, only there."""
    sides: dict[tuple[str, str], dict[Side, bool]] = {}
    for side in SIDES:
        for change in component_differences(documents, side):
            sides.setdefault((change.subject, change.text), {})[side] = change.is_breaking
    for (subject, text), found in sides.items():
        is_breaking = any(found.values())
        named = " and ".join(side for side in found if found[side] is is_breaking)
        fields = fields_of(documents.new, subject)
        where = f"{subject} ({', '.join(fields)})" if fields and "." not in subject else subject
        yield Change(where, f"{text}, in {named}", is_breaking, "schema")


def _leaves(where: str, kind: str, old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[Change]:
    """Return what changed in an extension, value by value; lists are compared without order and case."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if key not in ("description", "examples"):
                yield from _leaves(where, kind, old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        before, after = ({str(each).lower(): str(each) for each in values} for values in (old, new))
        added, removed = (
            _listed({key: one[key] for key in one if key not in other}.values())
            for one, other in ((after, before), (before, after))
        )
        if added:
            yield Change(where, f"{'.'.join(path)} has {added} now", is_breaking=False, kind=kind)
        if removed:
            yield Change(where, f"{'.'.join(path)} no longer has {removed}", is_breaking=True, kind=kind)
    elif old is None and isinstance(new, dict):
        yield Change(where, f"{'.'.join(path)} is new{_described(new)}", is_breaking=False, kind=kind)
    elif new is None and isinstance(old, dict):
        yield Change(where, f"{'.'.join(path)} is gone{_described(old)}", is_breaking=True, kind=kind)
    elif old != new:
        yield Change(where, f"{'.'.join(path)} is {new}, no longer {old}", is_breaking=True, kind=kind)


def _described(part: Document) -> str:
    return f": {' '.join(part['description'].split())}" if "description" in part else ""


def _servers(old: Document, new: Document) -> Iterator[Change]:
    before, after = ({server["url"]: server for server in document.get("servers", [])} for document in (old, new))
    for url in [url for url in before if url not in after]:
        yield Change("the server", f"is no longer found at {url}", is_breaking=True, kind="server")
    for url in [url for url in after if url not in before]:
        text = f"can be found at {url} now: {after[url].get('description', '')}"
        yield Change("the server", text, is_breaking=False, kind="server")


def _tokens(old: Document, new: Document) -> Iterator[Change]:
    places: list[list[str]] = []
    for document in (old, new):
        schemes = document.get("components", {}).get("securitySchemes", {})
        names = [name for one in document.get("security", []) for name in one if name in schemes]
        places.append([f"{schemes[name]['in']} {schemes[name]['name']}" for name in names])
    for place in [place for place in places[0] if place not in places[1]]:
        yield Change("tokens", f"are no longer read from the {place}", is_breaking=True, kind="token")
    for place in [place for place in places[1] if place not in places[0]]:
        yield Change("tokens", f"are read from the {place} too", is_breaking=False, kind="token")


def _listed(words: Any) -> str:
    return ", ".join(sorted(words))
