"""What scalars and mappings of YAML mean to yaml.v3, by which pgwatch reads its files (resolve.go, decode.go, v3.0.1).

It knows the numbers of YAML 1.2, and those of 1.1 but for times; ``y``, ``on`` and the like are booleans only where
one is wanted. The tests have its answers to some 80 scalars, as a Go program gave them.
"""

import base64
import binascii
import math
import re
from typing import Any

from mockserver.go.yaml_nodes import Node

_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TYPED_BOOLS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NULLS = ("", "~", "null", "Null", "NULL")
_FLOATS = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(_NULLS, ("!!null", None)),
    **{text: ("!!bool", value) for text, value in _BOOLS.items()},
    **{text: ("!!float", value) for text, value in _FLOATS.items()},
}
_INT = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
_SIMPLE = ("!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp")
_MOST_INT = 2**63


class Misfit(Exception):
    """A value is of another type than is wanted, or a mapping is wrong; with the line, in yaml.v3's words."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def resolve(node: Node) -> tuple[str, Any]:
    """Return what a scalar is where no type is wanted: its tag, and its value: None, a bool, int, float or str.

    Raises Misfit for a tag that the text does not fit.
    """
    if node.tag == "!!binary":
        return node.tag, _decoded(node)
    if node.tag and node.tag not in _SIMPLE:
        return node.tag, node.text
    if node.tag == "!!str" or (node.is_quoted and not node.tag):
        return "!!str", node.text
    tag, value = _resolve_plain(node.text)
    if node.tag in ("", tag):
        return tag, value
    if node.tag == "!!float" and tag == "!!int":
        return node.tag, float(value)
    raise Misfit(f"cannot decode {tag} `{node.text}` as a {node.tag}", node.line)


def _resolve_plain(text: str) -> tuple[str, Any]:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-0123456789":
        if _DATE.fullmatch(text):
            return "!!timestamp", text
        return _number(text.replace("_", "")) or ("!!str", text)
    if _POINT_FLOAT.fullmatch(text) and math.isfinite(value := float(text)):
        return "!!float", value
    return "!!str", text


def _number(text: str) -> tuple[str, Any] | None:
    """Return a number of 64 bits, with or without a sign; decimals beyond them are floats."""
    if match := _INT.fullmatch(text):
        sign, *digits = match.groups()
        value = next(int(part, base) for part, base in zip(digits, (16, 2, 8, 10), strict=True) if part)
        if value < _MOST_INT or (sign == "-" and value == _MOST_INT) or (not sign and value < 2 * _MOST_INT):
            return "!!int", -value if sign == "-" else value
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return "!!float", number
    return None


def _decoded(node: Node) -> str:
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", node.text), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise Misfit("!!binary value contains invalid base64 data", node.line) from None


def is_null(node: Node) -> bool:
    """Say whether a node is YAML's null, which a key without a value is too."""
    return node.is_scalar and node.text in _NULLS and not node.is_quoted and node.tag in ("", "!!null")


def as_text(node: Node) -> str:
    """Return a scalar as text: as written, whatever it looks like. Raises Misfit for a list or mapping."""
    if not node.is_scalar:
        raise misfit(node, "string")
    tag, value = resolve(node)
    return str(value) if tag == "!!binary" else node.text


def as_bool(node: Node) -> bool:
    """Return a scalar as a boolean; raises Misfit."""
    value = resolve(node)[1] if node.is_scalar else None
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TYPED_BOOLS and node.tag != "!!timestamp":
        return _TYPED_BOOLS[value]
    raise misfit(node, "bool")


def as_number(node: Node) -> int | float:
    """Return a scalar as the number that it is; raises Misfit."""
    value = resolve(node)[1] if node.is_scalar else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise misfit(node, "float64")
    return value


def as_int(node: Node) -> int:
    """Return a number as an int of 64 bits: without its fraction; raises Misfit."""
    value = resolve(node)[1] if node.is_scalar else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value <= _MOST_INT - isinstance(value, int):
        raise misfit(node, "int")
    return max(int(value), -_MOST_INT) if math.isfinite(value) and value < _MOST_INT else -_MOST_INT


def misfit(node: Node, wanted: str) -> Misfit:
    """Return the error to raise for a node of which no such value can be made."""
    if not node.is_scalar:
        return Misfit(f"cannot unmarshal {'!!seq' if node.mapping is None else '!!map'} into {wanted}", node.line)
    text = node.text if len(node.text.encode()) <= 10 else f"{node.text[:7]}..."
    return Misfit(f"cannot unmarshal {resolve(node)[0]} `{text}` into {wanted}", node.line)


def pairs(node: Node) -> list[tuple[Node, Node]]:
    """Return the keys and values of a mapping, what it merges after its own, which count first.

    Keys that are null are left out. Raises Misfit for what is no mapping, a key given twice, and a wrong merge.
    """
    if node.mapping is None:
        raise Misfit("must be a mapping of keys to values", node.line)
    found: dict[str, tuple[Node, Node]] = {}
    merged: list[Node] = []
    lines: dict[str, int] = {}
    for key, value in node.mapping:
        if not key.is_scalar:
            raise Misfit("a key must be text", key.line)
        if key.text in lines:
            raise Misfit(f"{key.text!r} is given twice, first in line {lines[key.text]}", key.line)
        lines[key.text] = key.line
        if key.text == "<<" and not key.is_quoted and key.tag in ("", "!!merge"):
            merged = [value] if value.items is None else value.items
        elif not is_null(key):
            found[key.text] = (key, value)
    for part in merged:
        if part.mapping is None:
            raise Misfit("what is merged must be a mapping, or a list of mappings", part.line)
        for key, value in pairs(part):
            found.setdefault(key.text, (key, value))
    return list(found.values())


def plain_data(node: Node) -> Any:
    """Return a node as plain data, as for JSON: keys and dates are texts. Raises Misfit."""
    if node.items is not None:
        return [plain_data(item) for item in node.items]
    if node.mapping is not None:
        return {key.text: plain_data(value) for key, value in pairs(node)}
    return resolve(node)[1]
