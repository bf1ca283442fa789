"""URLs as Go's net/url and net/http read, clean and write them."""

import posixpath
import re

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_KEPT_IN_PATHS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@")
_VALID_IN_PATHS = _KEPT_IN_PATHS | frozenset(b"!'()*[]%")


class UrlError(Exception):
    """A request target that Go's parser refuses."""


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Return path (as sent) and query of a request target; raises UrlError for what url.ParseRequestURI refuses."""
    if target == b"*":
        return target, b""
    if not target or _CONTROL.search(target):
        raise UrlError
    path, _, query = target.partition(b"?")
    if not path.startswith(b"/"):
        scheme = _SCHEME.match(path)
        if scheme is None:
            raise UrlError
        path = path[scheme.end() :]
        if not path.startswith(b"/"):
            raise UrlError
        if path.startswith(b"//"):
            path = b"/" + path[2:].partition(b"/")[2] if b"/" in path[2:] else b""
    if _BAD_ESCAPE.search(path):
        raise UrlError
    return path, query


def unescape(text: bytes) -> bytes:
    """Return a text without percent escapes; the text is known to have no wrong ones."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text)


def escaped_path(raw: bytes) -> bytes:
    """Return URL.EscapedPath() of a path as it was sent: as it is where that is a valid encoding, else encoded anew."""
    if all(byte in _VALID_IN_PATHS for byte in raw):
        return raw
    return escape(unescape(raw))


def escape(path: bytes) -> bytes:
    """Return a path with percent escapes for what must not stand in it."""
    return b"".join(bytes([byte]) if byte in _KEPT_IN_PATHS else b"%%%02X" % byte for byte in path)


def clean(path: bytes) -> bytes:
    """Return the canonical path: no empty, ``.`` or ``..`` segments, a slash at its end kept."""
    if not path:
        return b"/"
    if not path.startswith(b"/"):
        path = b"/" + path
    cleaned = posixpath.normpath(path)
    if cleaned.startswith(b"//"):
        cleaned = cleaned[1:]
    if path.endswith(b"/") and cleaned != b"/":
        cleaned += b"/"
    return cleaned


def parse_query(query: bytes) -> dict[str, list[str]]:
    """Return the values of each parameter; a pair with a semicolon or a wrong escape is left out (url.ParseQuery)."""
    values: dict[str, list[str]] = {}
    for pair in query.split(b"&"):
        if not pair or b";" in pair or _BAD_ESCAPE.search(pair):
            continue
        key, _, value = pair.partition(b"=")
        values.setdefault(_query_text(key), []).append(_query_text(value))
    return values


def _query_text(text: bytes) -> str:
    return unescape(text.replace(b"+", b" ")).decode("utf-8", "surrogateescape")


def is_file_path(path: str) -> bool:
    """Say whether a path without its first slash is valid for Go's io/fs (fs.ValidPath)."""
    if path == ".":
        return True
    return all(part not in ("", ".", "..") for part in path.split("/")) and is_utf8(path)


def is_utf8(text: str) -> bool:
    """Say whether a text that was read with surrogateescape was UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
