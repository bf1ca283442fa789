"""The shape of a schema: its rules, place by place, through which a value is taken once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from contract_tests.contract.document import Document
from contract_tests.coverage.rules import BROKEN, KEPT, Naming, Rule, kind_of, rules_of


@dataclass(frozen=True)
class Shape:
    """The rules at one place, and the shapes of what is within it: ``others`` of what a map or the document names.

    ``known`` are the names of all fields, also of those that ``fields`` has no shape of any more.
    """

    kind: Rule
    rules: Sequence[Rule]
    fields: Mapping[str, "Shape"]
    known: Set[str]
    others: "Shape | None"
    items: "Shape | None"


@dataclass
class Seen:
    """What a value was seen to be: the items that it keeps, and by rule the name of the item that breaks it."""

    kept: set[str] = field(default_factory=set)
    broken: dict[int, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The items of both sides."""
        return self.kept.union(self.broken.values())

    @property
    def exercised(self) -> set[str]:
        """The items that the value exercises: what it keeps if it breaks nothing, else the one rule that it breaks.

        Of several that are broken none is: the refusal of such a value tells nothing of each.
        """
        if not self.broken:
            return self.kept
        return set(self.broken.values()) if len(self.broken) == 1 else set()


def shape_of(schema: Document, naming: Naming) -> Shape:
    """Return the shape of a schema without references."""
    whole = _merged(schema)
    fields = whole.get("properties", {})
    others, items = whole.get("additionalProperties"), whole.get("items")
    return Shape(
        kind_of(whole, naming),
        tuple(rules_of(whole, naming)),
        {name: shape_of(part, naming.at(f".{name}")) for name, part in fields.items()},
        frozenset(fields),
        shape_of(others, naming.at("{}")) if isinstance(others, dict) else None,
        shape_of(items, naming.at("[]")) if isinstance(items, dict) else None,
    )


def _merged(schema: Document) -> Document:
    """Return a schema with what its ``allOf`` says in it; its own words count before that."""
    merged: Document = {}
    for part in [*map(_merged, schema.get("allOf", ())), schema]:
        required = [*merged.get("required", ()), *part.get("required", ())]
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        merged |= part
        merged |= {"required": required} if required else {}
        merged |= {"properties": properties} if properties else {}
    return merged


def names_in(shape: Shape) -> Iterator[tuple[str, str]]:
    """Give the side and the name of every item of a shape, in the order of the document."""
    for rule in (shape.kind, *shape.rules):
        yield from rule.names.items()
    for part in (*shape.fields.values(), shape.others, shape.items):
        if part is not None:
            yield from names_in(part)


def look(shape: Shape, value: Any, seen: Seen) -> None:
    """Add to what was seen what a value is by all rules of a shape."""
    if _apply(shape.kind, value, seen) != KEPT:
        return
    for rule in shape.rules:
        _apply(rule, value, seen)
    if isinstance(value, dict):
        for name, part in shape.fields.items():
            if name in value:
                look(part, value[name], seen)
        others = [each for name, each in value.items() if name not in shape.known] if shape.others else ()
        _look_at_all(shape.others, others, seen)
    elif isinstance(value, list):
        _look_at_all(shape.items, value, seen)


def _look_at_all(shape: Shape | None, values: Iterable[Any], seen: Seen) -> None:
    if shape is not None:
        for each in values:
            look(shape, each, seen)


def _apply(rule: Rule, value: Any, seen: Seen) -> str:
    side = rule.side_of(value)
    if side == BROKEN:
        seen.broken[id(rule)] = rule.names.get(BROKEN, "")
    elif side in rule.names:
        seen.kept.add(rule.names[side])
    return side


def narrowed(shape: Shape, left: Set[str]) -> Shape | None:
    """Return what of a shape has items that are left, with the ways to them; None where nothing has."""
    fields = {name: part for name, each in shape.fields.items() if (part := narrowed(each, left)) is not None}
    others = narrowed(shape.others, left) if shape.others else None
    items = narrowed(shape.items, left) if shape.items else None
    rules = tuple(rule for rule in shape.rules if not left.isdisjoint(rule.names.values()))
    if rules or fields or others or items or not left.isdisjoint(shape.kind.names.values()):
        return Shape(shape.kind, rules, fields, shape.known, others, items)
    return None
