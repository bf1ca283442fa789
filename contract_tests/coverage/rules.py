"""The rules of a schema: for each keyword at each place, on which side of it a value is."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.contract.document import Document
from contract_tests.contract.patterns import WriteValidator, fits
from contract_tests.coverage.item import named

KEPT, BROKEN, NULL, OTHER = "kept", "broken", "null", ""
"""The sides on which a value can be of a rule; OTHER is none of which anything is to be said."""
_LEAVES = ("minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems", "uniqueItems",
           "minProperties", "maxProperties", "multipleOf", "anyOf", "oneOf", "not")  # fmt: skip
"""Keywords that are about a value as a whole."""
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int, float),
}


@dataclass(frozen=True)
class Rule:
    """One keyword at one place: ``side_of`` says on which side of it a value is, ``names`` which item that is.

    A side without a name is no item: nothing could be on it, or the document says nothing of it.
    """

    side_of: Callable[[Any], str]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Naming:
    """How the items of a place are called: what stands before all names, the place, and the word for each side."""

    begin: str
    words: Mapping[str, str]
    place: str = ""

    def at(self, step: str) -> "Naming":
        """Return how the items of a place within this one are called."""
        return Naming(self.begin, self.words, f"{self.place}{step}".removeprefix("."))

    def names(self, what: str, *sides: str) -> dict[str, str]:
        """Return the names of the items of a keyword, by those of the sides that there is a word for."""
        return {
            side: named(self.begin, self.place, what, side=self.words[side]) for side in sides if side in self.words
        }


def kind_of(schema: Document, naming: Naming) -> Rule:
    """Return the rule on the type, which comes first: a value of another type is on no side of any other rule."""
    names = naming.names("type", KEPT, BROKEN) if "type" in schema else {}
    nullable = bool(schema.get("nullable"))
    if nullable:
        names[NULL] = naming.names("nullable", KEPT)[KEPT]
    is_right = _is_of_type(schema.get("type", ""))

    def side_of(value: Any) -> str:
        return NULL if value is None and nullable else KEPT if is_right(value) else BROKEN

    return Rule(side_of, names)


def rules_of(schema: Document, naming: Naming) -> Iterator[Rule]:
    """Give the rules on values of the right type, but for those on what is within them."""
    for keyword in _LEAVES:
        if keyword in schema:
            yield _two_sided(_holds(keyword, schema[keyword]), naming.names(keyword, KEPT, BROKEN))
    if schema.get("exclusiveMinimum") is True:
        least = schema.get("minimum")
        yield _two_sided(lambda value: bool(value != least), naming.names("exclusiveMinimum", KEPT, BROKEN))
    if schema.get("exclusiveMaximum") is True:
        most = schema.get("maximum")
        yield _two_sided(lambda value: bool(value != most), naming.names("exclusiveMaximum", KEPT, BROKEN))
    if "format" in schema:  # of which no validator asks anything
        yield Rule(lambda _: KEPT, naming.names("format", KEPT))
    if "enum" in schema:
        yield _choice(schema["enum"], naming)
    if _can_be_empty(schema):
        yield Rule(lambda value: OTHER if value else KEPT, naming.names("empty", KEPT))
    if pattern := schema.get("x-propertyNames", {}).get("pattern"):
        are_right: Callable[[Any], bool] = lambda value: all(fits(pattern, name) for name in value)  # noqa: E731
        rule = _two_sided(are_right, naming.names("x-propertyNames", KEPT, BROKEN))
        yield Rule(lambda value: rule.side_of(value) if value else OTHER, rule.names)
    yield from _rules_on_fields(schema, naming)


def _rules_on_fields(schema: Document, naming: Naming) -> Iterator[Rule]:
    for name in schema.get("required", ()):
        yield _two_sided(_has(name), naming.names(f"required {name}", KEPT, BROKEN))
    known = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        yield _two_sided(lambda value: value.keys() <= known.keys(), naming.names("additionalProperties", KEPT, BROKEN))
    for name, part in known.items():
        # That a default counts is a statement on requests.
        if "default" in part and BROKEN in naming.words and name not in schema.get("required", ()):
            yield Rule(_lacks(name), naming.at(f".{name}").names("default", KEPT))


def _holds(keyword: str, argument: Any) -> Callable[[Any], bool]:
    match keyword:
        case "minLength":
            return lambda value: len(value) >= argument
        case "pattern":
            return lambda value: fits(argument, value)
        case "minimum":
            return lambda value: bool(value >= argument)
    validator = WriteValidator({keyword: argument})
    return lambda value: bool(validator.is_valid(value))


def _two_sided(holds: Callable[[Any], bool], names: Mapping[str, str]) -> Rule:
    return Rule(lambda value: KEPT if holds(value) else BROKEN, names)


def _has(name: str) -> Callable[[Any], bool]:
    return lambda value: name in value


def _lacks(name: str) -> Callable[[Any], str]:
    return lambda value: OTHER if name in value else KEPT


def _choice(values: list[Any], naming: Naming) -> Rule:
    """Return the rule on an enum, of which each value is a side."""
    shown = {json.dumps(value, ensure_ascii=False): value for value in values}
    names = {text: naming.names(f"enum {text}", KEPT)[KEPT] for text in shown}
    sides = {value: text for text, value in shown.items() if isinstance(value, str | int | float)}

    def side_of(value: Any) -> str:
        return sides.get(value, BROKEN) if isinstance(value, str | int | float) else BROKEN

    return Rule(side_of, names | naming.names("enum", BROKEN))


def _can_be_empty(schema: Document) -> bool:
    is_map = isinstance(schema.get("additionalProperties"), dict)
    return (is_map or schema.get("type") == "array") and not (schema.get("minItems") or schema.get("minProperties"))


def _is_of_type(kind: str) -> Callable[[Any], bool]:
    types = _TYPES.get(kind)
    if types is None:
        return lambda _: True
    if kind == "integer":
        return lambda value: value.is_integer() if isinstance(value, float) else _is_whole(value)
    if kind == "number":
        return lambda value: isinstance(value, float) or _is_whole(value)
    return lambda value: isinstance(value, types)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
