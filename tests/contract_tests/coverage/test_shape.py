"""The rules of schemas: which side of which keyword a value is on."""

from typing import Any

import pytest

from contract_tests.coverage.rules import BROKEN, KEPT, Naming
from contract_tests.coverage.shape import Seen, look, names_in, narrowed, shape_of

BOTH = Naming("it", {KEPT: KEPT, BROKEN: BROKEN})
ONE = Naming("it", {KEPT: "seen"})


def exercised(schema: dict[str, Any], value: Any, naming: Naming = BOTH) -> set[str]:
    """Return the items that a value exercises, without what begins all their names."""
    seen = Seen()
    look(shape_of(schema, naming), value, seen)
    return {name.removeprefix("it").strip() for name in seen.exercised}


def items(schema: dict[str, Any], naming: Naming = BOTH) -> list[str]:
    """Return the items of a schema, without what begins all their names."""
    return [name.removeprefix("it").strip() for _, name in names_in(shape_of(schema, naming))]


TEXT = {"type": "string", "minLength": 2, "pattern": "^a", "format": "password"}
NUMBER = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
KIND = {"type": "string", "enum": ["one", "two"]}
MAP = {"type": "object", "additionalProperties": NUMBER, "x-propertyNames": {"pattern": "^[0-9]+$"}}
OBJECT = {
    "type": "object",
    "required": ["Name"],
    "additionalProperties": False,
    "properties": {"Name": {"type": "string"}, "Tags": {"type": "object", "nullable": True, "default": {}}},
}


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (TEXT, "ab", {"type: kept", "minLength: kept", "pattern: kept", "format: kept"}),
        (TEXT, "a", {"minLength: broken"}),
        (TEXT, "bb", {"pattern: broken"}),
        (TEXT, "ab\n", {"type: kept", "minLength: kept", "pattern: kept", "format: kept"}),
        (TEXT, "b", set()),
        (TEXT, 5, {"type: broken"}),
        (TEXT, None, {"type: broken"}),
        (NUMBER, 1, {"type: kept", "minimum: kept", "exclusiveMinimum: kept"}),
        (NUMBER, 0, {"exclusiveMinimum: broken"}),
        (NUMBER, -1, {"minimum: broken"}),
        (NUMBER, True, {"type: broken"}),
        ({"type": "integer"}, 2.0, {"type: kept"}),
        ({"type": "integer"}, 2.5, {"type: broken"}),
        ({"type": "integer"}, True, {"type: broken"}),
        (KIND, "two", {"type: kept", 'enum "two": kept'}),
        (KIND, "three", {"enum: broken"}),
        (KIND, ["one"], {"type: broken"}),
        (MAP, {}, {"type: kept", "empty: kept"}),
        (MAP, {"1": 0}, {"{} exclusiveMinimum: broken"}),
        (MAP, {"a": 1}, {"x-propertyNames: broken"}),
        ({"type": "array", "items": KIND}, [], {"type: kept", "empty: kept"}),
        ({"type": "array", "items": KIND}, ["one", "x", "y"], {"[] enum: broken"}),
        ({"type": "array", "maxItems": 1}, [1, 2], {"maxItems: broken"}),
        (OBJECT, {"Name": ""}, {"type: kept", "required Name: kept", "additionalProperties: kept", "Name type: kept",
                                "Tags default: kept"}),
        (OBJECT, {}, {"required Name: broken"}),
        (OBJECT, {"Name": "", "More": 1}, {"additionalProperties: broken"}),
        (OBJECT, {"Name": "", "Tags": []}, {"Tags type: broken"}),
        (OBJECT, {"More": 1}, set()),
        ({"oneOf": [NUMBER, KIND]}, "three", {"oneOf: broken"}),
    ],
)  # fmt: skip
def test_a_value_is_on_the_sides_that_it_is_on(schema: dict[str, Any], value: Any, found: set[str]) -> None:
    """A value that fits keeps every keyword; one that breaks one rule exercises that alone, one with more none."""
    assert exercised(schema, value) == found
    assert found <= set(items(schema))


def test_null_is_a_side_where_it_is_allowed() -> None:
    """A null where the document allows it is an item of its own, and there is nothing to break by it."""
    tags = {"Name": "", "Tags": None}
    assert "Tags nullable: kept" in exercised(OBJECT, tags)
    assert "Tags type: kept" not in exercised(OBJECT, tags)
    assert "Tags nullable: broken" not in items(OBJECT)


def test_answers_have_one_side() -> None:
    """Of an answer nothing is to be broken, and a default says nothing."""
    assert items(OBJECT, ONE) == [
        "type: seen",
        "required Name: seen",
        "additionalProperties: seen",
        "Name type: seen",
        "Tags type: seen",
        "Tags nullable: seen",
    ]


def test_all_of_is_one_schema() -> None:
    """What stands under allOf counts at the place itself, whatever stands beside it."""
    schema = {"description": "both", "allOf": [OBJECT, {"required": ["Tags"], "properties": {"More": KIND}}]}
    assert {"Name type: broken", "More enum: broken", "required Tags: broken", "required Name: broken"} <= set(
        items(schema)
    )
    assert exercised(schema, {"Name": "", "Tags": {}, "More": "x"}) == {"More enum: broken"}


def test_nobody_asks_for_what_cannot_be() -> None:
    """A map that must have an entry has no empty side."""
    assert "empty: kept" not in items({**MAP, "minProperties": 1})
    assert "empty: kept" in items(MAP)


def test_a_narrowed_shape_has_the_ways_to_what_is_left() -> None:
    """Of a shape that is narrowed nothing is left but what is asked for, which is found as before."""
    shape = shape_of({"type": "array", "items": OBJECT}, BOTH)
    left = {"it [].Tags nullable: kept"}
    rest = narrowed(shape, left)
    assert rest is not None
    assert left < {name for _, name in names_in(rest)} < {name for _, name in names_in(shape)}
    seen = Seen()
    look(rest, [{"Tags": {}, "Name": 5}, {"Tags": None}], seen)
    assert left <= seen.kept
    assert narrowed(shape, set()) is None


def test_a_field_without_a_shape_is_no_entry_of_a_map() -> None:
    """A field that is done with is not taken for one that the document does not name."""
    schema = {"type": "object", "properties": {"Name": {"type": "string"}}, "additionalProperties": NUMBER}
    rest = narrowed(shape_of(schema, BOTH), {"it {} minimum: broken"})
    assert rest is not None
    seen = Seen()
    look(rest, {"Name": -1}, seen)
    assert seen.broken == {}
    look(rest, {"Other": -1}, seen)
    assert list(seen.broken.values()) == ["it {} minimum: broken"]
