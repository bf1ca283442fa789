"""Compressed bodies: decompressed, and what is wrong with one that is not whole."""

import zlib

from contract_tests.connection.answer import MOST_BYTES

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""How zlib is told what to expect."""


def decompressed(body: bytes, coding: str) -> tuple[bytes, str]:
    """Return a body without its content coding, and what is wrong with it, empty for nothing.

    Takes Content-Encoding. A body that cannot be decompressed comes back as it is; so does one without a coding.
    """
    name = coding.strip().lower()
    if name in ("", "identity") or not body:
        return body, ""
    if name not in _WINDOWS:
        return body, f"a body in {coding!r}, which nobody asked for"
    reader = zlib.decompressobj(_WINDOWS[name])
    try:
        plain = reader.decompress(body, MOST_BYTES)
    except zlib.error as error:
        return body, f"a body that is not {name}: {error}"
    if not reader.eof:
        return body, f"a body in {name} that ends before its end"
    return plain, "" if not reader.unused_data else f"a body in {name} with more after its end"
