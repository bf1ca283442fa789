"""Strings and numbers of Go's encoding/json: what they read to and how they are written.

Source: encoding/json of Go 1.23 and 1.24; samples: ``test_encoding_json.py``.
"""

import math
import re
from decimal import Decimal

_ESCAPED = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|(.))", re.DOTALL)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_WRITTEN_ESCAPED = re.compile('[\x00-\x1f"\\\\<>&\u2028\u2029\ud800-\udfff]')
_WRITTEN_SHORT = {short: f"\\{name}" for name, short in _SHORT.items()} | {'"': '\\"', "\\": "\\\\"}
# Go folds names by Unicode; of all characters that are not ASCII only these two fold to one that is.
_FOLDED = str.maketrans({"\u017f": "S", "\u212a": "K"} | {chr(i): chr(i - 32) for i in range(ord("a"), ord("z") + 1)})


def unquoted(literal: bytes) -> str:
    """Return what a string with its quotes stands for; bytes that are no UTF-8 and half surrogate pairs are U+FFFD."""
    # surrogateescape gives one surrogate for each wrong byte, as Go gives one U+FFFD for each.
    text = literal[1:-1].decode("utf-8", "surrogateescape")
    if "\\" in text:
        text = _ESCAPED.sub(_unescaped, text)
    return _NO_CHARACTER.sub("\ufffd", text)


def _unescaped(escape: re.Match[str]) -> str:
    high, low, code, short = escape.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    return chr(int(code, 16)) if code else _SHORT.get(short, short)


def folded(key: str) -> str:
    """Return a key in the form in which it is compared with the keys of a struct, whatever its case."""
    return key.translate(_FOLDED)


def write_text(text: str) -> bytes:
    r"""Write a string as json.Marshal does: <, >, &, U+2028 and U+2029 escaped, \ufffd for bytes that are no UTF-8."""
    return b'"' + _WRITTEN_ESCAPED.sub(_escaped, text).encode() + b'"'


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if "\ud800" <= char <= "\udfff":
        return r"\ufffd"
    return _WRITTEN_SHORT.get(char) or f"\\u{ord(char):04x}"


def write_float(number: float) -> bytes:
    """Write a float64 as json.Marshal does: the shortest digits that read back the same, 1e-7 and 1e+21 at the ends.

    Raises ValueError for an infinite number and for NaN.
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} has no JSON number")
    return shortest(number).replace("e-0", "e-").encode()


def shortest(number: float) -> str:
    """Return the shortest digits that read back the same, with an exponent below 1e-6 and from 1e21 on, as Go does."""
    exact = Decimal(repr(number))
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        text = f"{exact:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits = "".join(map(str, exact.as_tuple().digits)).rstrip("0")
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    exponent = exact.adjusted()
    return f"{'-' if number < 0 else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
