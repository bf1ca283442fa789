"""JSON writing as far as Go's two libraries agree: fields in their order, null for nil maps and slices.

Source: encoding/json/encode.go of Go 1.24, reflect_struct_encoder.go of jsoniter v1.1.12; samples: the tests of both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mockserver.go.json.types import Bool, Float, Int, Map, Slice, Struct, Text, Type, go_name, underlying


@dataclass(frozen=True)
class Style:
    """What the libraries do in their own ways: how text and floats are written, whether keys of maps are sorted."""

    text: Callable[[str], bytes]
    number: Callable[[float], bytes]
    sorts_keys: bool


def write(value: Any, of: Type, style: Style) -> bytes:
    """Write a value of a type as JSON."""
    of = underlying(of)
    if value is None:
        return b"null"
    match of:
        case Struct():
            members = ((field.key, write(value[field.key], field.type, style)) for field in of.fields)
            return _object(members, style)
        case Map():
            keys = sorted(value, key=_bytes) if style.sorts_keys else value
            return _object(((str(key), write(value[key], of.value, style)) for key in keys), style)
        case Slice():
            return b"[" + b",".join(write(item, of.item, style) for item in value) + b"]"
        case _:
            return _scalar(value, of, style)


def _scalar(value: Any, of: Type, style: Style) -> bytes:
    match of:
        case Text():
            return style.text(value)
        case Bool():
            return b"true" if value else b"false"
        case Float():
            return style.number(value)
        case Int():
            return b"%d" % value
        case _:
            raise TypeError(f"{go_name(of)} is read only; write a value of a definite type")


def _object(members: Any, style: Style) -> bytes:
    return b"{" + b",".join(style.text(key) + b":" + value for key, value in members) + b"}"


def _bytes(key: str | int) -> bytes:
    return str(key).encode("utf-8", "surrogateescape")
