"""What changed between two versions of the schemas of an OpenAPI document, in words.

A schema that is a component is compared once, by its name, whatever refers to it. Whether a change breaks a client
depends on the side: what answers may newly hold, and what requests may no longer hold, does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pgwatch_contract.references import resolved, target

Schema = Mapping[str, Any]
Document = Mapping[str, Any]
Side = Literal["answers", "requests"]
SIDES: tuple[Side, Side] = ("answers", "requests")

METHODS = ("get", "post", "put", "delete", "patch", "head", "options", "trace")
_COMPONENT = "#/components/schemas/"
_WORDS = {"description", "title", "example", "examples", "externalDocs", "x-config-key"}
"""What changes no value."""
_LIMITS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minLength": "has at least {} characters",
    "maxLength": "has at most {} characters",
    "minItems": "has at least {} elements",
    "format": "has the format {}",
    "maxItems": "has at most {} elements",
    "minProperties": "has at least {} entries",
    "pattern": "fits the pattern {}",
    "exclusiveMinimum": "must be above its minimum: {}",
    "exclusiveMaximum": "must be below its maximum: {}",
    "x-propertyNames": "has keys that fit {}",
}


@dataclass(frozen=True)
class Documents:
    """The two documents that are compared; references of a schema are looked up in its own."""

    old: Document
    new: Document


@dataclass(frozen=True)
class SchemaChange:
    """A change: the field or schema that it is about, what changed, and whether it breaks a client."""

    subject: str
    text: str
    is_breaking: bool


def component_differences(documents: Documents, side: Side) -> Iterator[SchemaChange]:
    """Return what changed in the component schemas that both documents have and reach on a side."""
    for name in sorted(reached(documents.old, side) & reached(documents.new, side)):
        old, new = (document["components"]["schemas"][name] for document in (documents.old, documents.new))
        yield from schema_differences(documents, old, new, side, name.removesuffix("Input"))


def reached(document: Document, side: Side) -> set[str]:
    """Return the names of the component schemas that can occur in requests, or in answers."""
    queue: list[Any] = []
    for item in document["paths"].values():
        for part in [item, *(item[method] for method in METHODS if method in item)]:
            answers = [part.get("responses", {}), part.get("x-websocket", {})]
            queue += answers if side == "answers" else [part.get("requestBody", {}), part.get("parameters", [])]
    followed: set[str] = set()
    while queue:
        node = queue.pop()
        queue += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str) and reference not in followed:
            followed.add(reference)
            queue.append(target(document, reference))
    return {name for name in map(component_name, followed) if name}


def fields_of(document: Document, component: str) -> list[str]:
    """Return the fields, as ``Source.Kind``, whose values are of a component schema, be it one by one or in a list."""
    found = []
    for name, schema in document["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            parts = (part, part.get("items", {}), part.get("additionalProperties", {}))
            if any(isinstance(each, dict) and each.get("$ref") == _COMPONENT + component for each in parts):
                found.append(f"{name.removesuffix('Input')}.{field}")
    return sorted(set(found))


def component_name(reference: str) -> str | None:
    """Return the name of the component schema that a ``$ref`` is to; None where it is to anything else."""
    name = reference.removeprefix(_COMPONENT)
    return name if name != reference and "/" not in name else None


def schema_differences(
    documents: Documents, old: Schema, new: Schema, side: Side, subject: str
) -> Iterator[SchemaChange]:
    """Return what changed between two schemas, one of each document."""
    names = [component_name(schema.get("$ref", "")) for schema in (old, new)]
    if names[0] and names[0] == names[1]:
        return  # compared under its own name
    if any(names):
        before, after = (name or "another schema" for name in names)
        yield SchemaChange(subject, f"is {after}, no longer {before}", is_breaking=True)
        return
    old, new = resolved(documents.old, old), resolved(documents.new, new)
    yield from _types(old, new, side, subject)
    yield from _values(old, new, side, subject)
    yield from _limits(old, new, side, subject)
    yield from _fields(old, new, side, subject)
    for key, place in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            yield from schema_differences(documents, old[key], new[key], side, subject + place)
    for name in [name for name in old.get("properties", {}) if name in new.get("properties", {})]:
        parts = old["properties"][name], new["properties"][name]
        yield from schema_differences(documents, *parts, side, f"{subject}.{name}")
    yield from _rest(old, new, subject)


def _types(old: Schema, new: Schema, side: Side, subject: str) -> Iterator[SchemaChange]:
    before, after = old.get("type"), new.get("type")
    if before != after:
        wider, narrower = (before, after) == ("integer", "number"), (before, after) == ("number", "integer")
        harmless = narrower if side == "answers" else wider
        yield SchemaChange(subject, f"is of type {after}, no longer {before}", not harmless)
    if old.get("nullable", False) != new.get("nullable", False):
        now = bool(new.get("nullable"))
        text = "can be null now" if now else "can no longer be null"
        yield SchemaChange(subject, text, now is (side == "answers"))
    if old.get("default") != new.get("default") and side == "requests":
        text = f"is {_word(new.get('default'))} where it is left out, no longer {_word(old.get('default'))}"
        yield SchemaChange(subject, text, is_breaking=True)


def _values(old: Schema, new: Schema, side: Side, subject: str) -> Iterator[SchemaChange]:
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is None:
        return
    if before is None or after is None:
        narrower = before is None
        text = f"must be one of {', '.join(map(_word, after))} now" if after else "can be any value now"
        yield SchemaChange(subject, text, narrower is (side == "requests"))
        return
    if added := [value for value in after if value not in before]:
        yield SchemaChange(subject, f"can be {_any_of(added)} now", side == "answers")
    if removed := [value for value in before if value not in after]:
        yield SchemaChange(subject, f"can no longer be {_any_of(removed)}", side == "requests")


def _limits(old: Schema, new: Schema, side: Side, subject: str) -> Iterator[SchemaChange]:
    for key, text in _LIMITS.items():
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if after is None:
            yield SchemaChange(subject, f"no longer {text.format(_word(before))}", side == "answers")
        else:
            yield SchemaChange(subject, f"{text.format(_word(after))} now", side == "requests")


def _fields(old: Schema, new: Schema, side: Side, subject: str) -> Iterator[SchemaChange]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed = old.get("required", []), new.get("required", [])
    for name in [name for name in before if name not in after]:
        yield SchemaChange(f"{subject}.{name}", "is gone", is_breaking=True)
    for name in [name for name in after if name not in before]:
        must = name in needed and side == "requests"
        yield SchemaChange(f"{subject}.{name}", "is new" + (", and must be sent" if must else ""), must)
    for name in [name for name in after if name in before and (name in needed) != (name in needed_before)]:
        now = name in needed
        text = "must be there now" if now else "can be missing now"
        yield SchemaChange(f"{subject}.{name}", text, now is (side == "requests"))


def _rest(old: Schema, new: Schema, subject: str) -> Iterator[SchemaChange]:
    known = _WORDS | _LIMITS.keys() | {"type", "nullable", "default", "enum", "properties", "required", "items"}
    for key in sorted((old.keys() | new.keys()) - known):
        before, after = old.get(key), new.get(key)
        both_schemas = key == "additionalProperties" and isinstance(before, dict) and isinstance(after, dict)
        if before != after and not both_schemas:
            yield SchemaChange(subject, f"has {key} {_word(after)}, no longer {_word(before)}", is_breaking=True)


def _any_of(values: list[Any]) -> str:
    return " or ".join(map(_word, values))


def _word(value: object) -> str:
    """Return a value as a reader sees it in a document; of a rule that is nothing but a pattern, the pattern."""
    if isinstance(value, dict) and value.keys() == {"pattern"}:
        value = value["pattern"]
    return value or "empty" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
