"""Values against the contract's schemas: what is wrong with one, and how it looks when its defaults are filled in."""

import math
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import jsonschema_rs

from mockserver.errors import StartupError

Schema = dict[str, Any]
Complete = Callable[[Any, list[str]], Any]

MOST_ERRORS = 5
MOST_ENTRIES = 100
"""So many entries of each list and object are looked at to say what is wrong: 90,000 take minutes."""
MOST_LEVELS = 50
"""So many levels are looked at, more than any schema has: Python's stack holds some hundred."""
_LIMITS = {
    "exclusiveMinimum": "must be greater than {}",
    "minLength": "must have at least {} character(s)",
    "maxLength": "must have at most {} characters",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minItems": "must have at least {} item(s)",
    "maxItems": "must have at most {} items",
    "pattern": "must match {}",
}


class Validator:
    """Says in a person's words what is wrong with a value. Compiled once from an OpenAPI 3.0 schema.

    A message names the field, the type found and what is allowed, but never the value: it may be a secret. Raises
    StartupError for a schema without an end.
    """

    def __init__(self, schema: Schema) -> None:
        try:
            self._schema = _plain(schema)
        except RecursionError:
            raise StartupError("a schema of the contract leads back to itself, which cannot be served") from None
        # OpenAPI 3.0 schemas are of JSON Schema's draft 4 age: exclusiveMinimum is a boolean there.
        self._compiled = jsonschema_rs.Draft4Validator(self._schema)
        self._names = frozenset(_property_names(self._schema))

    def is_valid(self, value: Any) -> bool:
        """Say whether the value fits the schema."""
        return self._compiled.is_valid(value)

    def errors(self, value: Any) -> list[tuple[list[str | int], str]]:
        """Return what is wrong: for each error the path of the field and the message; empty when nothing is.

        Of lists and objects with many entries the first ones are looked at.
        """
        if self.is_valid(value):
            return []
        excerpt = self._excerpt(value, MOST_LEVELS)
        found = self._compiled.iter_errors(excerpt)
        errors = [([*_keys(error.instance_path, excerpt), *_missing(error)], self._explain(error)) for error in found]
        return errors or [([], f"does not fit its schema, behind the first {MOST_ENTRIES} entries of a list or object")]

    def _excerpt(self, value: Any, levels: int) -> Any:
        """Return a value with the first entries of its lists and objects, and the properties that the schema names."""
        if isinstance(value, list):
            return [self._excerpt(entry, levels - 1) for entry in value[:MOST_ENTRIES]] if levels else []
        if not isinstance(value, dict):
            return value
        named = [name for name in value if name in self._names] if len(value) > MOST_ENTRIES else []
        kept = dict.fromkeys([*islice(value, MOST_ENTRIES), *named]) if levels else ()
        return {name: self._excerpt(value[name], levels - 1) for name in kept}

    def explain(self, value: Any, name: str) -> str:
        """Return all errors (the first five, and how many more) as one line that begins with the value's name."""
        errors = self.errors(value)
        lines = [f"{_dotted(path)} {message}" if path else message for path, message in errors[:MOST_ERRORS]]
        more = f"; and {len(errors) - MOST_ERRORS} more" if len(errors) > MOST_ERRORS else ""
        return f"{name}: {'; '.join(lines)}{more}"

    def _explain(self, error: jsonschema_rs.ValidationError) -> str:
        keyword = str(error.schema_path[-1])
        limit: Any = self._schema
        # Draft 4 has the figure beside exclusiveMinimum, which is only a boolean.
        *steps, last = error.schema_path
        for step in [*steps, "minimum" if keyword == "exclusiveMinimum" else last]:
            limit = limit[step]
        found = error.instance
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
            return "is missing"
        if keyword == "type":
            if isinstance(found, float) and not math.isfinite(found):
                return f"must be {_type_names(limit)}, not infinity or NaN"
            return f"must be {_type_names(limit)}, not {_type_name(found)}"
        if keyword == "enum":
            return f"must be one of {', '.join('null' if choice is None else str(choice) for choice in limit)}"
        if keyword == "minLength" and limit == 1:
            return "must not be empty"
        return _LIMITS.get(keyword, f"does not fit its schema ({keyword})").format(limit)


def _property_names(schema: Any) -> Iterator[str]:
    """Give the names of all properties in a schema, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _property_names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _property_names(part)


def _missing(error: jsonschema_rs.ValidationError) -> list[str]:
    """Return the field that an error is about where it is not there, which is no part of the error's own path."""
    return [error.kind.property] if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required) else []


def _keys(path: list[str | int], value: Any) -> list[str | int]:
    """Return a path with the keys that the value has: jsonschema-rs makes a number of a key that consists of digits."""
    keys: list[str | int] = []
    for step in path:
        key = step
        if isinstance(value, dict) and step not in value:
            key = next((own for own in value if (own.lstrip("0") or "0") == str(step)), str(step))
        keys.append(key)
        value = value[int(key)] if isinstance(value, list) else value.get(key) if isinstance(value, dict) else None
    return keys


def completer(schema: Schema) -> Complete:
    """Compile what makes a valid value complete.

    The function takes the value and a list, and returns the value with every property of its schema, in the schema's
    order: a property that is absent or null has its default. Properties that the schema does not know are left out,
    and their names added to the list.
    """
    schema = _only_member(schema)
    properties: dict[str, Schema] | None = schema.get("properties")
    if schema.get("type") == "array":
        item = completer(schema["items"])
        return lambda value, unknown: [item(entry, unknown) for entry in value]
    if properties is None:
        return lambda value, unknown: value
    nested = {name: completer(part) for name, part in properties.items() if _is_nested(part)}
    template = {name: _only_member(part).get("default") for name, part in properties.items()}

    def complete(value: Any, unknown: list[str]) -> Any:
        whole = dict(template)
        for name, part in value.items():
            if name not in whole:
                unknown.append(name)
            elif part is not None:
                whole[name] = part
        for name, complete_part in nested.items():
            if whole[name] is not None:
                whole[name] = complete_part(whole[name], unknown)
        return whole

    return complete


def _is_nested(schema: Schema) -> bool:
    schema = _only_member(schema)
    return "properties" in schema or (schema.get("type") == "array" and _is_nested(schema["items"]))


def _only_member(schema: Schema) -> Schema:
    """Look through an ``allOf`` of one member, which is how OpenAPI 3.0 adds words to a ``$ref``."""
    members = schema.get("allOf", ())
    return members[0] if len(members) == 1 else schema


def _plain(schema: Any) -> Any:
    """Return the schema with OpenAPI's ``nullable`` written as JSON Schema writes it."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(part) for key, part in schema.items()}
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        plain["type"] = [schema["type"], "null"]
        if "enum" in plain:
            plain["enum"] = [*plain["enum"], None]
    return plain


def _dotted(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path)


def _type_names(types: Any) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(_article(name) for name in names)


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    kinds = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return _article(kinds[type(value)])


def _article(name: str) -> str:
    return "null" if name == "null" else f"{'an' if name[0] in 'aeio' else 'a'} {name}"
