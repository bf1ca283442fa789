"""Values for the fields of a body, drawn from its schema, and how what is stored compares with what was sent."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from contract_tests.contract.document import Document
from contract_tests.judging.found import type_of

_MISTYPED: dict[str, tuple[Any, ...]] = {
    "string": (1, True, None, ["text"], {"text": "text"}),
    "boolean": ("true", 1, None, "", [True], {}),
    "number": ("60", True, None, [60], {}),
    "integer": ("60", 1.5, True, None, [60], {}),
    "object": ([], "text", None, 1, True),
    "array": ("text", {}, None, 1, True),
}
"""Values that are not of a type, those first that a careless server takes for one."""
_HUGE = 10**300
_MOST_SHOWN = 60
"""Characters of a value."""
_MOST_SHOWN_DIFFERENCES = 5
RULED_NAMES = ("11", "12")
"""Names for a map that has a rule for them: only versions have one."""


def different(schema: Document, place: str, begin: str = "") -> Any:
    """Return a value that fits a schema and is in no part the default; its texts name their place.

    ``begin`` begins every text that is free.
    """
    if "enum" in schema:
        return next(value for value in schema["enum"] if value != schema.get("default"))
    if "properties" in schema:
        return {name: different(part, name, begin) for name, part in schema["properties"].items()}
    if schema["type"] == "object":
        names = RULED_NAMES if "x-propertyNames" in schema else (f"{place}_1", f"{place}_2")
        return {name: different(schema["additionalProperties"], name, begin) for name in names}
    if schema["type"] == "array":
        return [different(schema["items"], f"{place}_{number}", begin) for number in (1, 2)]
    free = f"{begin}{place}" if begin else f"{place} é <b>&amp;\"'\\d%41 \N{ELEPHANT}"
    return {"boolean": not schema.get("default"), "number": 90, "integer": 90}.get(schema["type"], free)


def completed(schema: Document, value: Any) -> Any:
    """Return a value that fits a schema with the defaults that the schema gives in place of what is absent or null."""
    if value is None:
        value = schema.get("default")
    if isinstance(value, dict) and "properties" in schema:
        return {name: completed(part, value.get(name)) for name, part in schema["properties"].items()}
    if isinstance(value, list):
        return [completed(schema["items"], each) for each in value]
    return value


def nullable(schema: Document) -> Iterator[tuple[str, Any]]:
    """Give every place within an object that may be null, and a value of the object in which it alone is."""
    for name, part in schema["properties"].items():
        if part.get("nullable"):
            yield name, {name: None}
        for place, value in nullable(part) if "properties" in part else ():
            yield f"{name}.{place}", {name: value}
        items = part.get("items", {})
        for place, value in nullable(items) if "properties" in items else ():
            yield f"{name}[0].{place}", {name: [value]}


def mistyped(schema: Document, most: int | None = None) -> Iterator[tuple[str, Any]]:
    """Give every place within a value and a wrong type for it, and a value in which that place alone is of that type.

    ``most`` limits the wrong types of each place.
    """
    wrong = [each for each in _MISTYPED[schema["type"]] if each is not None or not schema.get("nullable")]
    for value in wrong[:most]:
        yield f" {value!r}", value
    for name, part in schema.get("properties", {}).items():
        for place, value in mistyped(part, most):
            yield f".{name}{place}", {name: value}
    for place, value in mistyped(schema["items"], most) if "items" in schema else ():
        yield f"[0]{place}", [value]
    members = schema.get("additionalProperties")
    for place, value in mistyped(members, most) if isinstance(members, dict) else ():
        yield f".contract{place}", {"contract": value}


class Difference(NamedTuple):
    """A place at which a value is not what it should be: in words, and in words that leave the values out."""

    words: str
    found: str


def unlike(expected: Any, actual: Any, place: str = "") -> list[Difference]:
    """Return where a value is not what it should be, place by place; 60 is 60.0, but 1 is not true."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        gone = [_difference(_step(place, name), "missing") for name in expected if name not in actual]
        new = [_difference(_step(place, name), "there") for name in actual if name not in expected]
        both = [name for name in expected if name in actual]
        return gone + new + [each for name in both for each in unlike(expected[name], actual[name], _step(place, name))]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [each for number, (one, other) in pairs for each in unlike(one, other, f"{place}[{number}]")]
    if _is_same(expected, actual):
        return []
    words = f"{place} is {_shown(actual)} instead of {_shown(expected)}"
    return [Difference(words, f"{place}: {_kind_of_difference(expected, actual)}")]


def narrowed(value: Any, place: str) -> Any:
    """Return of a value only what leads to a place, as ``unlike`` names it; all of it where there is no such place.

    A list has only that item then, and an object or a map only that field or entry.
    """
    item = re.match(r"\[(\d+)\]\.?", place) if isinstance(value, list) else None
    if item and int(item[1]) < len(value):
        return [narrowed(value[int(item[1])], place[item.end() :])]
    if isinstance(value, dict):
        for name in sorted(value, key=len, reverse=True):  # a name may have dots
            if place == name or place.startswith((f"{name}.", f"{name}[")):
                return {name: narrowed(value[name], place[len(name) :].removeprefix("."))}
    return value


def in_words(differences: Sequence[Difference]) -> str:
    """Return the first of some differences in a sentence, and how many more there are."""
    shown = "; ".join(each.words for each in differences[:_MOST_SHOWN_DIFFERENCES])
    more = len(differences) - _MOST_SHOWN_DIFFERENCES
    return f"{shown}; and {more} more" if more > 0 else shown


def _difference(place: str, what: str) -> Difference:
    return Difference(f"{place} is {what}", f"{place}: {what}")


def _kind_of_difference(expected: Any, actual: Any) -> str:
    """Return what a value is that should be another, without telling it."""
    if actual in (None, "", [], {}) and actual is not False:
        return "null" if actual is None else "empty"
    if type(expected) is not type(actual) and not {type(expected), type(actual)} <= {int, float}:
        return f"of type {type_of(actual)}"
    if isinstance(expected, list | str) and len(actual) < len(expected):
        return "shorter"
    return "another value"


def _is_same(expected: Any, actual: Any) -> bool:
    kinds = {type(expected), type(actual)}
    if kinds <= {int, float}:
        # The digits of a large number may end in zeros: it is the same number of 64 bits.
        return bool(expected == actual or (abs(actual) < _HUGE and float(expected) == float(actual)))
    return bool(expected == actual and (bool not in kinds or len(kinds) == 1))


def _step(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _shown(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
