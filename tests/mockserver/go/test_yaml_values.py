"""Scalars, nulls and merge keys of YAML, as yaml.v3 v3.0.1 reads them into typed fields."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.go.yaml_nodes import Node, parse_document
from mockserver.go.yaml_values import Misfit, as_bool, as_int, as_number, as_text, is_null, pairs, plain_data

# What a Go program got that read each scalar into a bool, an int and a float64 with yaml.v3 v3.0.1; None: an error.
SCALARS: list[tuple[str, Any, Any, Any]] = [
    ("y", True, None, None),
    ("Y", True, None, None),
    ("yes", True, None, None),
    ("on", True, None, None),
    ("n", False, None, None),
    ("off", False, None, None),
    ("On", True, None, None),
    ("true", True, None, None),
    ("1", None, 1, 1),
    ("0", None, 0, 0),
    ("'y'", True, None, None),
    ('"yes"', True, None, None),
    ("!!bool y", None, None, None),
    ("!!bool true", True, None, None),
    ("'null'", None, None, None),
    ("1e2", None, 100, 100),
    ("1.5", None, 1, 1.5),
    ("0o17", None, 15, 15),
    ("017", None, 15, 15),
    ("0x1F", None, 31, 31),
    ("0b11", None, 3, 3),
    ("-0o17", None, -15, -15),
    ("1:30", None, None, None),
    ("1_000", None, 1000, 1000),
    ("1_0.5", None, 10, 10.5),
    ("+1", None, 1, 1),
    (".5", None, 0, 0.5),
    ("1.", None, 1, 1),
    ("._5", None, None, None),
    (".1_0", None, 0, 0.1),
    (".inf", None, None, math.inf),
    ("-.inf", None, -(2**63), -math.inf),
    (".nan", None, None, math.nan),
    ("9223372036854775807", None, 2**63 - 1, 9.223372036854776e18),
    ("9223372036854775808", None, None, 9.223372036854776e18),
    ("18446744073709551616", None, None, 1.8446744073709552e19),
    ("1e400", None, None, None),
    ("1e19", None, None, 1e19),
    ("-1e19", None, -(2**63), -1e19),
    ("2026-01-01", None, None, None),
    ("!!binary aGk=", None, None, None),
    ("!!binary '*'", None, None, None),
    ("!!float 1", None, 1, 1),
    ("!!int 1.0", None, None, None),
    ("!!int '1'", None, 1, 1),
    ("!env X", None, None, None),
    ("'1'", None, None, None),
    ("1.0", None, 1, 1),
    ("1.9", None, 1, 1.9),
    ("-1.9", None, -1, -1.9),
    ("0x", None, None, None),
    ("08", None, 8, 8),
    ("0o8", None, None, None),
    ("_1", None, None, None),
    ("+0x1F", None, 31, 31),
    ("0O17", None, 15, 15),
    ("1e", None, None, None),
    ("1E5", None, 100000, 100000),
    ("+.inf", None, None, math.inf),
    ("60s", None, None, None),
    ("-0", None, 0, 0),
    ("! 1", None, 1, 1),
    ("off", False, None, None),
]


def node_of(text: str) -> Node:
    """Return the root of a text."""
    root = parse_document(text.encode(), Path("file")).root
    assert root is not None
    return root


def read(reader: Callable[[Node], Any], text: str) -> Any:
    """Return what a reader makes of a scalar, None where it refuses."""
    try:
        return reader(node_of(f"- {text}").items[0])  # type: ignore[index]  # it is a list
    except Misfit:
        return None


@pytest.mark.parametrize(("text", "boolean", "integer", "number"), SCALARS, ids=[row[0] for row in SCALARS])
def test_scalars(text: str, boolean: object, integer: object, number: float | None) -> None:
    """A scalar becomes the boolean, the int and the float that it became in Go, or is refused as there."""
    found = read(lambda node: float(as_number(node)), text)
    assert (read(as_bool, text), read(as_int, text)) == (boolean, integer)
    assert found == number or (math.isnan(found) and math.isnan(number or 0))


def test_any_scalar_is_a_text() -> None:
    """Where a text is wanted it is what was written, and what !!binary encodes."""
    texts = ["y", "0o17", "1:30", "~x", "'null'", "2026-01-01", "!env X", "!!binary aGk="]
    assert [read(as_text, text) for text in texts] == ["y", "0o17", "1:30", "~x", "null", "2026-01-01", "X", "hi"]
    assert read(as_text, "[a]") is None


def test_nulls() -> None:
    """Nothing, ~ and null are null where they are not quoted."""
    root = node_of("[, ~, null, Null, NULL, 'null', nUll, !!null '']".replace("[,", "[!!null '',"))
    assert [is_null(item) for item in root.items or ()] == [False, True, True, True, True, False, False, False]
    (value,) = [value for _, value in pairs(node_of("a:"))]
    assert is_null(value)


def test_what_is_merged_counts_after_the_own_keys() -> None:
    """Own keys count first, then the first mapping of a merge, then what that merges; a null key is left out."""
    text = "- &a {x: 1, y: 1}\n- &b {y: 2, z: 2, <<: {w: 3, z: 3}}\n- {<<: [*b, *a], w: 4, ~: 5}\n"
    merged = pairs((node_of(text).items or [])[2])
    assert {key.text: value.text for key, value in merged} == {"w": "4", "y": "2", "z": "2", "x": "1"}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\na: 2\n", 2, "'a' is given twice, first in line 1"),
        ("<<: {}\n<<: {}\n", 2, "'<<' is given twice, first in line 1"),
        ("a: 1\n<<: text\n", 2, "what is merged must be a mapping, or a list of mappings"),
        ("<<: [{}, [a]]\n", 1, "what is merged must be a mapping, or a list of mappings"),
        ("? [a]\n: 1\n", 1, "a key must be text"),
        ("- a\n", 1, "must be a mapping of keys to values"),
    ],
)
def test_wrong_mappings(text: str, line: int, reason: str) -> None:
    """A mapping that yaml.v3 refuses is refused, with the line."""
    with pytest.raises(Misfit) as caught:
        pairs(node_of(text))
    assert (str(caught.value), caught.value.line) == (reason, line)


def test_the_reason_of_a_misfit_is_that_of_go() -> None:
    """It names the tag that was found and the type that is wanted, and shows no more than ten characters."""
    for text, reason in (("1:30", "!!str `1:30`"), ("[1]", "!!seq"), ("'a long text'", "!!str `a long ...`")):
        with pytest.raises(Misfit) as caught:
            as_int((node_of(f"- {text}").items or [])[0])
        assert str(caught.value) == f"cannot unmarshal {reason} into int"


def test_plain_data() -> None:
    """A document becomes what JSON has: keys are texts, dates too, and numbers and switches those of YAML 1.2."""
    text = "{200: on, a: [true, 1.5, 0o17, 2026-01-01, ~], <<: {b: 'x'}}"
    assert plain_data(node_of(text)) == {"200": "on", "a": [True, 1.5, 15, "2026-01-01", None], "b": "x"}
