"""Go types, as far as pgwatch's requests and answers need them: what a JSON body is read into and written from.

The readers and writers of JSON (`encoding_json`, `jsoniter`) take a type and work on plain Python data:

==========  ====================================================================================================
Struct      dict of all its fields in their order, by JSON key
Map         dict, or None for a nil map; keys are str or int
Slice       list, or None for a nil slice
Text        str; bytes that are no UTF-8 stand in it as surrogates (`surrogateescape`)
Bool        bool
Float       float (a float64)
Int         int (64 bits)
Named       what its type is
Anything    str, float, bool or None; what is inside of an array or object is left as it was read
==========  ====================================================================================================
"""

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Text:
    """A Go string."""


@dataclass(frozen=True)
class Bool:
    """A Go bool."""


@dataclass(frozen=True)
class Float:
    """A Go float64."""


@dataclass(frozen=True)
class Int:
    """A Go int of 64 bits."""


@dataclass(frozen=True)
class Anything:
    """A Go interface{}, which takes any JSON; only `encoding_json` reads it, for the claims of tokens."""


@dataclass(frozen=True)
class Named:
    """A defined type with its package, such as sources.Kind; error texts call it by this name."""

    name: str
    type: "Type"


@dataclass(frozen=True)
class Map:
    """A Go map; its keys are strings or ints."""

    key: Text | Int
    value: "Type"


@dataclass(frozen=True)
class Slice:
    """A Go slice."""

    item: "Type"


@dataclass(frozen=True)
class Field:
    """A field of a struct: its name in Go, its key in JSON, its type."""

    name: str
    key: str
    type: "Type"


@dataclass(frozen=True)
class Struct:
    """A Go struct, called package.name in error texts."""

    package: str
    name: str
    fields: tuple[Field, ...]


Type: TypeAlias = Text | Bool | Float | Int | Anything | Named | Map | Slice | Struct


# How Go calls the types that contain no other, and their zero values.
_SIMPLE: dict[type, tuple[str, Any]] = {
    Text: ("string", ""),
    Bool: ("bool", False),
    Float: ("float64", 0.0),
    Int: ("int", 0),
    Anything: ("interface {}", None),
}


def zero(of: Type) -> Any:
    """Return the zero value of a type, as Python data."""
    of = underlying(of)
    if isinstance(of, Struct):
        return {field.key: zero(field.type) for field in of.fields}
    return None if isinstance(of, Map | Slice) else _SIMPLE[type(of)][1]


def underlying(of: Type) -> Type:
    """Return the type that a defined type stands for; other types as they are."""
    while isinstance(of, Named):
        of = of.type
    return of


def go_name(of: Type) -> str:
    """Return how Go prints a type, such as map[string]float64 or sources.HostConfigAttrs."""
    match of:
        case Struct():
            return f"{of.package}.{of.name}"
        case Named():
            return of.name
        case Map():
            return f"map[{go_name(of.key)}]{go_name(of.value)}"
        case Slice():
            return f"[]{go_name(of.item)}"
        case _:
            return str(_SIMPLE[type(of)][0])


class GoJsonError(Exception):
    """A body that Go's reader refuses; `text` is what the reader says, byte for byte (it may hold NUL or 0xFF)."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text.decode("utf-8", "replace"))
        self.text = text
