"""Texts in quotes, as Go's strconv.Quote and the verb %q write them.

Source: strconv/quote.go of Go 1.24; samples: ``tests/mockserver/release/http/test_http.py``.
"""

_SHORT = {ord(plain): "\\" + name for plain, name in zip('\a\b\f\n\r\t\v"\\', 'abfnrtv"\\', strict=True)}


def quote(text: bytes) -> bytes:
    """Return a text in double quotes, with escapes for what cannot be printed or is no UTF-8."""
    return ('"' + "".join(map(_escaped, text.decode("utf-8", "surrogateescape"))) + '"').encode()


def _escaped(character: str) -> str:
    code = ord(character)
    if code in _SHORT:
        return _SHORT[code]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if character.isprintable():
        return character
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
