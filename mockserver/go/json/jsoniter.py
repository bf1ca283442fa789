"""JSON as json-iterator's ConfigFastest reads and writes it: pgwatch from 3.5 on (families D to J).

Source of the texts and rules: github.com/json-iterator/go v1.1.12, and its answers to thousands of bodies; samples:
``tests/mockserver/go/json/test_jsoniter.py``.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any as AnyValue

from mockserver.go.json.jsoniter_input import Input
from mockserver.go.json.jsoniter_scalars import read_bool, read_float, read_int
from mockserver.go.json.jsoniter_skip import skip
from mockserver.go.json.text import shortest
from mockserver.go.json.types import (
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

_CHUNK = 512  # bytes that jsoniter reads from the network at a time
_KEY_STOP = re.compile(rb'["\\]')
_LETTERS_THAT_LOWER_TO_ASCII = {"\u0130".encode(): b"i", "\u212a".encode(): b"k"}
_ESCAPED = re.compile(rb'[\x00-\x1f"\\]')
_WRITTEN_SHORT = {b"\n": rb"\n", b"\r": rb"\r", b"\t": rb"\t", b'"': rb"\"", b"\\": rb"\\"}
# Beyond this number jsoniter writes all digits instead of six decimals.
_LOSSY_MAX = 0x4FFFFFF


def unmarshal(body: bytes, into: Type) -> AnyValue:
    """Read a whole body as Unmarshal does; after the value only space and one NUL with anything behind it may follow.

    Raises GoJsonError with the text that jsoniter gives; it shows bytes of the body.
    """
    source = Input(body)
    value = _read(source, into, zero(into))
    _check_depth(source)
    if source.next_token() != 0:
        source.report("Unmarshal", b"there are bytes left after unmarshal")
    if source.fault is not None:
        raise GoJsonError(source.fault)
    return value


def decode_first(body: bytes, into: Type, cut_by: bytes = b"") -> AnyValue:
    """Read the first value of a body as Decoder.Decode does; what follows it is ignored.

    ``cut_by`` is what kept the rest of the body from being read. Raises GoJsonError with the text that jsoniter
    gives; it shows bytes of the body.
    """
    source = Input(b"", _chunks(body), cut_by or None)
    if not source.load_more():
        raise GoJsonError(b"EOF")
    value = _read(source, into, zero(into))
    _check_depth(source)
    if source.fault is not None:
        raise GoJsonError(source.fault)
    return value


def _chunks(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))


def _check_depth(source: Input) -> None:
    if source.depth:
        source.report("ReadVal", b"unexpected mismatched nesting")


def _read(source: Input, into: Type, current: AnyValue) -> AnyValue:
    """Read a value over a current one; returns the new value, which means nothing after a fault."""
    plain = underlying(into)
    match plain:
        case Text():
            return source.string().decode("utf-8", "surrogateescape")
        case Bool() | Float() | Int():
            return _read_plain(source, plain, current)
        case Map():
            return _read_map(source, plain, current)
        case Slice():
            value = _read_slice(source, plain, current)
            source.name_fault(f"{go_name(into)}: ")
            return value
        case Struct():
            _read_struct(source, plain, current)
            return current
        case _:
            raise TypeError(f"jsoniter reads no {go_name(into)} here; give a definite type")


def _read_plain(source: Input, into: Bool | Float | Int, current: AnyValue) -> AnyValue:
    if source.next_token() == ord("n"):
        source.rest_of_null()
        return current
    source.unread()
    match into:
        case Bool():
            return read_bool(source)
        case Float():
            return read_float(source)
        case Int():
            return read_int(source)


def _read_map(source: Input, into: Map, current: AnyValue) -> AnyValue:
    byte = source.next_token()
    if byte == ord("n"):
        source.rest_of_null()
        return None
    values = {} if current is None else current
    if byte != ord("{"):
        source.report("ReadMapCB", b"expect { or n, but found %c" % byte)
        return values
    if source.next_token() == ord("}"):
        return values
    source.unread()
    byte = ord(",")
    while byte == ord(","):
        key = _read_numeric_key(source) if isinstance(into.key, Int) else _read(source, into.key, "")
        byte = source.next_token()
        if byte != ord(":"):
            source.report("ReadMapCB", b"expect : after object field, but found %c" % byte)
            return values
        values[key] = _read(source, into.value, zero(into.value))
        byte = source.next_token()
    if byte != ord("}"):
        source.report("ReadMapCB", b"expect }, but found %c" % byte)
    return values


def _read_numeric_key(source: Input) -> int:
    byte = source.next_token()
    if byte != ord('"'):
        source.report("ReadMapCB", b'expect ", but found %c' % byte)
        return 0
    key: int = _read_plain(source, Int(), 0)
    byte = source.next_token()
    if byte != ord('"'):
        source.report("ReadMapCB", b'expect ", but found %c' % byte)
    return key


def _read_slice(source: Input, into: Slice, current: AnyValue) -> AnyValue:
    byte = source.next_token()
    if byte == ord("n"):
        source.rest_of_null()
        return None
    if byte != ord("["):
        source.report("decode slice", b"expect [ or n, but found %c" % byte)
        return current
    if source.next_token() == ord("]"):
        return []
    source.unread()
    # A second array for the same key is read over the items of the first one.
    before = current or []
    items: list[AnyValue] = []
    byte = ord(",")
    while byte == ord(","):
        item = before[len(items)] if len(items) < len(before) else zero(into.item)
        items.append(_read(source, into.item, item))
        byte = source.next_token()
    if byte != ord("]"):
        source.report("decode slice", b"expect ], but found %c" % byte)
    return items


def _read_struct(source: Input, into: Struct, current: dict[str, AnyValue]) -> None:
    """Read an object into a dict; structs of few fields with keys in lower case have a way of their own."""
    byte = source.next_token()
    if byte != ord("{"):
        if byte == ord("n"):
            source.rest_of_null()
        else:
            source.report("readObjectStart", b"expect { or n, but found %c" % byte)
        return
    if source.next_token() == ord("}"):
        return
    source.unread()
    if not source.deeper():
        return
    if _is_small(into):
        _read_small_fields(source, into, current)
        source.name_fault(f"{go_name(into)}.")
    else:
        byte = ord(",")
        while byte == ord(","):
            _read_field(source, _fields(into).get(_lower(source.raw_string())), current)
            byte = source.next_token()
        source.name_fault(f"{go_name(into)}.")
        if byte != ord("}"):
            source.report("struct Decode", b"expect }, but found %c" % byte)
    source.close()


def _read_field(source: Input, field: Field | None, current: dict[str, AnyValue]) -> None:
    byte = source.next_token()
    if byte != ord(":"):
        source.report("ReadObject", b"expect : after object field, but found %c" % byte)
    _read_field_value(source, field, current)


def _read_field_value(source: Input, field: Field | None, current: dict[str, AnyValue]) -> None:
    if field is None:
        skip(source)
        return
    current[field.key] = _read(source, field.type, current[field.key])
    source.name_fault(f"{field.name}: ")


def _read_small_fields(source: Input, into: Struct, current: dict[str, AnyValue]) -> None:
    while True:
        key = _read_small_key(source)
        _read_field_value(source, None if key is None else _fields(into).get(key.lower()), current)
        byte = source.next_token()
        if byte != ord(","):
            break
    if byte != ord("}"):
        source.report("isObjectEnd", b"object ended prematurely, unexpected char %c" % byte)


def _read_small_key(source: Input) -> bytes | None:
    """Read a key, with its escapes, and the colon; None after a fault."""
    byte = source.next_token()
    if byte != ord('"'):
        source.report("readFieldHash", b'expect ", but found %c' % byte)
        return None
    key = b""
    while True:
        stop = _KEY_STOP.search(source.buffer, source.head)
        if stop:
            break
        key += source.buffer[source.head :]
        if not source.load_more():
            source.report("readFieldHash", b"incomplete field name")
            return None
    key += source.buffer[source.head : stop.start()]
    source.head = stop.start()
    if stop[0] == b"\\":
        key += source.rest_of_string()
    else:
        source.head += 1
    byte = source.next_token()
    if byte != ord(":"):
        source.report("readFieldHash", b"expect :, but found %c" % byte)
        return None
    return key


@cache
def _fields(of: Struct) -> dict[bytes, Field]:
    return {field.key.lower().encode(): field for field in of.fields}


@cache
def _is_small(of: Struct) -> bool:
    return len(of.fields) <= 10 and all(field.key == field.key.lower() for field in of.fields)


def _lower(key: bytes) -> bytes:
    """Return a key in lower case; of all characters that are not ASCII only two have one that is."""
    for letter, lower in _LETTERS_THAT_LOWER_TO_ASCII.items():
        key = key.replace(letter, lower)
    return key.lower()


def marshal(value: AnyValue, of: Type) -> bytes:
    """Write a value as Marshal does: strings raw, floats to six decimals.

    Maps are written in the order of the dict; jsoniter's order is another one each time.
    """
    return write(value, of, _STYLE)


def _write_text(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return b'"' + _ESCAPED.sub(lambda match: _WRITTEN_SHORT.get(match[0]) or rb"\u%04x" % match[0][0], raw) + b'"'


def _write_float(number: float) -> bytes:
    sign = b"-" if number < 0 else b""
    number = abs(number)
    if number > _LOSSY_MAX:
        return sign + shortest(number).encode()
    whole, decimals = divmod(int(number * 1_000_000 + 0.5), 1_000_000)
    return sign + (b"%d.%06d" % (whole, decimals)).rstrip(b"0").rstrip(b".")


_STYLE = Style(text=_write_text, number=_write_float, sorts_keys=False)
