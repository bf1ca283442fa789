"""JSON as Go's encoding/json reads and writes it: pgwatch up to 3.4 (families A to C).

Source of the texts and rules: the standard library of Go 1.23 and 1.24, and its answers to thousands of
bodies; samples: ``tests/mockserver/go/json/test_encoding_json.py``.
"""

import math
import re
from typing import Any as AnyValue

from mockserver.go.json.syntax import Array, EndOfInput, Node, Object, SyntaxFault, parse_first, skip_space
from mockserver.go.json.text import folded, unquoted, write_float, write_text
from mockserver.go.json.types import (
    Anything,
    Bool,
    Field,
    Float,
    GoJsonError,
    Int,
    Map,
    Slice,
    Struct,
    Text,
    Type,
    go_name,
    underlying,
    zero,
)
from mockserver.go.json.writer import Style, write

__all__ = ["GoJsonError", "decode_first", "marshal", "unmarshal"]

_STYLE = Style(text=write_text, number=write_float, sorts_keys=True)
# What Go calls a literal that begins with a byte, and the types it can be stored in.
_NUMBER: tuple[str, tuple[type[Float], type[Int]]] = ("number", (Float, Int))
_KINDS: dict[bytes, tuple[str, tuple[type, ...]]] = {
    b'"': ("string", (Text,)),
    b"t": ("bool", (Bool,)),
    b"f": ("bool", (Bool,)),
}
_INTEGER = re.compile(r"[+-]?[0-9]+")


def unmarshal(body: bytes, into: Type) -> AnyValue:
    """Read a whole body as json.Unmarshal does; anything but space after the value is an error.

    Raises GoJsonError with the text that Go gives.
    """
    # Go's scanner takes the end of the body for a space; where a space is wrong, it says so.
    text = body + b" "
    try:
        node, end = parse_first(text)
        end = skip_space(text, end)
        if end < len(text):
            raise SyntaxFault(text[end], end, "after top-level value")
    except SyntaxFault as fault:
        raise GoJsonError(fault.text.encode()) from None
    except EndOfInput:
        raise GoJsonError(b"unexpected end of JSON input") from None
    return _stored(node, into)


def decode_first(body: bytes, into: Type, cut_by: bytes = b"") -> AnyValue:
    """Read the first value of a body as json.Decoder.Decode does; what follows it is ignored.

    ``cut_by`` is what kept the rest of the body from being read. Raises GoJsonError with the text that Go gives.
    """
    try:
        node, _ = parse_first(body + b" ")
    except SyntaxFault as fault:
        text = fault.text.encode() if fault.at < len(body) else cut_by or b"unexpected EOF"
        raise GoJsonError(text) from None
    except EndOfInput:
        raise GoJsonError(
            cut_by or b"unexpected EOF" if skip_space(body, 0) < len(body) else cut_by or b"EOF"
        ) from None
    return _stored(node, into)


def marshal(value: AnyValue, of: Type) -> bytes:
    """Write a value as json.Marshal does: fields in their order, keys of maps sorted, <>& escaped.

    Raises ValueError for a float that JSON has no number for.
    """
    return write(value, of, _STYLE)


def _stored(node: Node, into: Type) -> AnyValue:
    storing = _Storing()
    value = storing.store(node, into, zero(into))
    if storing.fault is not None:
        raise GoJsonError(storing.fault.encode())
    return value


class _Storing:
    """Stores parsed JSON into a type. Go goes on after a mistyped value and reports the first one at the end."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self.struct = ""
        self.path: tuple[str, ...] = ()

    def store(self, node: Node, into: Type, current: AnyValue) -> AnyValue:
        """Store a node over a current value; returns the new value, or the current one where the node does not fit."""
        plain = underlying(into)
        if isinstance(plain, Anything):
            return self._anything(node)
        match node, plain:
            case bytes(), _:
                return self._literal(node, into, current)
            case Array(), Slice():
                return self._slice(node, plain, current)
            case Object(), Map():
                return self._map(node, plain, current)
            case Object(), Struct():
                return self._struct(node, plain, current)
        self._mistyped("array" if isinstance(node, Array) else "object", into)
        return current

    def _mistyped(self, value: str, into: Type) -> None:
        if self.fault is None:
            where = f"struct field {self.struct}.{'.'.join(self.path)}" if self.path else "value"
            self.fault = f"json: cannot unmarshal {value} into Go {where} of type {go_name(into)}"

    def _literal(self, literal: bytes, into: Type, current: AnyValue) -> AnyValue:
        plain = underlying(into)
        if literal == b"null":
            return None if isinstance(plain, Map | Slice) else current
        kind, fitting = _KINDS.get(literal[:1], _NUMBER)
        if not isinstance(plain, fitting):
            self._mistyped(kind, into)
            return current
        value = _simple(literal, plain)
        if value is None:
            self._mistyped(f"{kind} {literal.decode()}", into)
            return current
        return value

    def _slice(self, node: Array, into: Slice, current: AnyValue) -> AnyValue:
        # A second array for the same key is stored over the items of the first one.
        before = current or []
        items = []
        for index, item in enumerate(node.items):
            items.append(self.store(item, into.item, before[index] if index < len(before) else zero(into.item)))
        return items

    def _map(self, node: Object, into: Map, current: AnyValue) -> AnyValue:
        values = {} if current is None else current
        for raw, item in node.members:
            key: str | int | None = unquoted(raw)
            value = self.store(item, into.value, zero(into.value))
            if isinstance(into.key, Int):
                name, key = key, _int64(str(key))
                if key is None:
                    self._mistyped(f"number {name}", into.key)
            if key is not None:
                values[key] = value
        return values

    def _struct(self, node: Object, into: Struct, current: AnyValue) -> AnyValue:
        exact = {field.key: field for field in into.fields}
        folding = {folded(field.key): field for field in into.fields}
        outer = self.struct, self.path
        for raw, item in node.members:
            key = unquoted(raw)
            field: Field | None = exact.get(key) or folding.get(folded(key))
            if field is None:
                continue
            self.struct, self.path = into.name, (*self.path, field.key)
            current[field.key] = self.store(item, field.type, current[field.key])
            self.struct, self.path = outer
        return current

    def _anything(self, node: Node) -> AnyValue:
        """Any JSON; numbers beyond a float64 are an error wherever they stand."""
        waiting = [node]
        while waiting:
            inner = waiting.pop()
            if isinstance(inner, Array):
                waiting.extend(reversed(inner.items))
            elif isinstance(inner, Object):
                waiting.extend(item for _, item in reversed(inner.members))
            elif inner[0] in b"-0123456789" and _float(inner) is None:
                self._mistyped(f"number {inner.decode()}", Float())
        if not isinstance(node, bytes):
            return node
        if node == b"null":
            return None
        _, (of, *_) = _KINDS.get(node[:1], _NUMBER)
        return _simple(node, of())


def _simple(literal: bytes, of: Type) -> AnyValue:
    """Return what a literal is as a value of a type that it fits; None for a number out of the type's range."""
    match of:
        case Text():
            return unquoted(literal)
        case Bool():
            return literal == b"true"
        case Float():
            return _float(literal)
        case _:
            return _int64(literal.decode())


def _float(literal: bytes) -> float | None:
    """Return a float64, or None where the number is beyond it."""
    number = float(literal)
    return None if math.isinf(number) else number


def _int64(text: str) -> int | None:
    """Return a 64 bit integer, or None where the text is none."""
    if not _INTEGER.fullmatch(text):
        return None
    digits = text.lstrip("+-0")
    if len(digits) > 19:
        return None
    number = -int(digits or "0") if text.startswith("-") else int(digits or "0")
    return number if -(2**63) <= number < 2**63 else None
