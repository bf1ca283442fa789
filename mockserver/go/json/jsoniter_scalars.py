"""How jsoniter reads true and false, integers and floats.

Source: iter.go, iter_int.go and iter_float.go of github.com/json-iterator/go v1.1.12; samples: ``test_jsoniter.py``.
"""

import math
import re

from mockserver.go.byte_runs import run_end
from mockserver.go.json.jsoniter_input import Input

_DIGITS = re.compile(rb"[0-9]*+")
_FIRST_STEP = 7  # digits after the first that jsoniter reads at once
_UINT64 = 2**64
_INT64_MAX = 2**63 - 1
_LEADING_ZERO = re.compile(rb"0[0-9]")
_DIGIT = re.compile(rb"[0-9]")
_FLOAT = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# A float32 is rounded to infinity from here on.
_FLOAT32_END = 2.0**128 - 2.0**103


def read_bool(source: Input) -> bool:
    """Read true or false; False after a fault."""
    byte = source.next_token()
    if byte == ord("t"):
        source.expect("skipThreeBytes", b"rue")
        return True
    if byte == ord("f"):
        source.expect("skipFourBytes", b"alse")
        return False
    source.report("ReadBool", b"expect t or f, but found %c" % byte)
    return False


def read_int(source: Input) -> int:
    """Read a number as int64; after a fault the number means nothing."""
    byte = source.next_token()
    if byte == ord("-"):
        number = _read_digits(source, source.read_byte())
        if number > _INT64_MAX + 1:
            source.report("ReadInt64", b"overflow: %d" % number)
        return -number
    number = _read_digits(source, byte)
    if number > _INT64_MAX:
        source.report("ReadInt64", b"overflow: %d" % number)
    return number


def _read_digits(source: Input, first: int) -> int:
    """Read an unsigned integer from its first digit on.

    A fraction is a fault; anything else that follows is left for the reader above.
    """
    number = first - ord("0")
    if not 0 <= number <= 9:
        source.report("readUint64", b"unexpected character: \xff")
        return 0
    while number:
        end = run_end(_DIGITS, source.buffer, source.head)
        digits = source.buffer[source.head : end]
        if len(source.buffer) - source.head > 10 and len(digits) >= _FIRST_STEP:
            source.head += _FIRST_STEP  # so far jsoniter has come where the rest is a fault
        for digit in digits:
            longer = (number * 10 + digit - ord("0")) % _UINT64
            if number > (_UINT64 - 1) // 10 - 1 and longer < number:
                source.report("readUint64", b"overflow")
                return 0
            number = longer
        if end < len(source.buffer):
            source.head = end
            break
        if not source.load_more():
            break
    if source.buffer[source.head : source.head + 1] == b".":
        source.report("assertInteger", b"can not decode float as int")
    return number


def read_float(source: Input, bits: int = 64) -> float:
    """Read a number as float64 or float32; 0.0 after a fault."""
    negative = source.next_token() == ord("-")
    if not negative:
        source.unread()
    number = _positive_float(source, bits)
    return -number if negative else number


def _positive_float(source: Input, bits: int) -> float:
    operation = f"readFloat{bits}"
    refusal = _refusal_of_start(source.buffer[source.head : source.head + 2])
    if refusal:
        source.report(operation, refusal)
        return 0.0
    text = source.number_characters()
    if source.fault is not None:
        return 0.0
    refusal = _refusal(text)
    if refusal:
        source.report(f"{operation}SlowPath", refusal)
        return 0.0
    number = float(text) if _FLOAT.fullmatch(text) else math.nan
    if math.isnan(number):
        source.fault = b'strconv.ParseFloat: parsing "%s": invalid syntax' % text
    elif number >= (math.inf if bits == 64 else _FLOAT32_END):
        source.fault = b'strconv.ParseFloat: parsing "%s": value out of range' % text
    return number


def _refusal_of_start(start: bytes) -> bytes:
    """Return why the first two bytes begin no number; empty where they may."""
    if start[:1] and start[:1] in b",]} \t\n":
        return b"empty number"
    if start.startswith(b"."):
        return b"leading dot is invalid"
    return b"leading zero is invalid" if _LEADING_ZERO.match(start) else b""


def _refusal(text: bytes) -> bytes:
    """Return why jsoniter does not even try to read a number; empty where it does."""
    if text.startswith(b"-"):
        return b"-- is not valid"
    _, dot, decimals = text.partition(b".")
    if not dot or _DIGIT.match(decimals):
        return b""
    return b"missing digit after dot" if decimals else b"dot can not be last character"
