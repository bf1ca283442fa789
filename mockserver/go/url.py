"""URLs as Go's net/url and net/http read, clean and write them.

Source: net/url/url.go and net/http/server.go of Go 1.23 and 1.24; samples:
``tests/mockserver/release/http/test_http.py``.
"""

import ipaddress
import posixpath
import re
from dataclasses import dataclass
from functools import cache

_ESCAPES_RUN = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_UNCLEAN = re.compile(rb"//|/\.\.?(?:/|$)")
_NO_FILE_PART = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_DIGITS = b"0123456789"
_USER = re.compile(rb"[A-Za-z0-9._:~!$&'()*+,;=%@-]*")
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:\[\]<>\"%\x80-\xff-]*")
_ESCAPED_ASCII = re.compile(rb"%[0-7][0-9A-Fa-f]")
_KEPT_IN_PATHS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@"
_VALID_IN_PATHS = _KEPT_IN_PATHS + b"!'()*[]%"


class UrlError(Exception):
    """A request target that Go's parser refuses."""


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed URL: its host, and path and query as they were sent."""

    host: bytes
    path: bytes
    query: bytes


def parse_url(text: bytes, is_request: bool = True) -> Url:
    """Read a URL as url.ParseRequestURI does, or url.Parse where it is no request's; raises UrlError."""
    if not is_request:
        text = text.partition(b"#")[0]
    if _CONTROL.search(text) or (is_request and not text):
        raise UrlError
    if text == b"*":
        return Url(b"", text, b"")
    scheme = _SCHEME.match(text)
    if text.startswith(b":"):
        raise UrlError
    rest, _, query = text[scheme.end() if scheme else 0 :].partition(b"?")
    if not rest.startswith(b"/"):
        if scheme is not None:
            return Url(b"", b"", query)
        if is_request or b":" in rest.partition(b"/")[0]:
            raise UrlError
    host = b""
    if rest.startswith(b"//") and (scheme is not None or (not is_request and not rest.startswith(b"///"))):
        authority, slash, path = rest[2:].partition(b"/")
        host, rest = _host(authority), slash + path
    if _BAD_ESCAPE.search(rest):
        raise UrlError
    return Url(host, rest, query)


def _host(authority: bytes) -> bytes:
    """Return the host of an authority; raises UrlError for what is no authority to Go."""
    user, _, host = authority.rpartition(b"@")
    if not _USER.fullmatch(user) or _BAD_ESCAPE.search(user):
        raise UrlError
    if host.startswith(b"["):
        return _bracketed(host)
    _, colon, port = host.rpartition(b":")
    if b"[" in host or (colon and port.strip(_DIGITS)):
        raise UrlError
    if _BAD_ESCAPE.search(host) or _ESCAPED_ASCII.search(host) or not _HOST.fullmatch(host):
        raise UrlError
    return unescape(host)


def _bracketed(host: bytes) -> bytes:
    """Return a host that is an IPv6 address in brackets, perhaps with a zone and a port; raises UrlError."""
    address, bracket, port = host[1:].rpartition(b"]")
    name, _, _ = address.partition(b"%25")
    try:
        ipaddress.IPv6Address(name.decode())
    except ValueError:
        raise UrlError from None
    if not bracket or (port and (not port.startswith(b":") or port[1:].strip(_DIGITS))):
        raise UrlError
    return b"[" + unescape(address) + b"]" + port


def unescape(text: bytes) -> bytes:
    """Return a text without percent escapes; the text is known to have no wrong ones."""
    if b"%" not in text:
        return text
    return _ESCAPES_RUN.sub(lambda run: bytes.fromhex(run[0].translate(None, b"%").decode()), text)


def escaped_path(raw: bytes) -> bytes:
    """Return URL.EscapedPath() of a path as it was sent: as it is where that is a valid encoding, else encoded anew."""
    return escape(unescape(raw)) if raw.translate(None, _VALID_IN_PATHS) else raw


def escape(path: bytes) -> bytes:
    """Return a path with percent escapes for what must not stand in it."""
    path = path.replace(b"%", b"%25")
    # One pass for each byte that is there: a path of a megabyte is not gone through byte by byte.
    for byte in set(path.translate(None, _KEPT_IN_PATHS + b"%")):
        path = path.replace(bytes([byte]), b"%%%02X" % byte)
    return path


def clean(path: bytes) -> bytes:
    """Return the canonical path: no empty, ``.`` or ``..`` segments, a slash at its end kept."""
    if not path:
        return b"/"
    if not path.startswith(b"/"):
        path = b"/" + path
    if not _UNCLEAN.search(path):
        return path
    cleaned = posixpath.normpath(path)
    if cleaned.startswith(b"//"):
        cleaned = cleaned[1:]
    if path.endswith(b"/") and cleaned != b"/":
        cleaned += b"/"
    return cleaned


def first_value(query: bytes, name: bytes) -> str:
    """Return the first value of a parameter (url.Values.Get), empty where there is none.

    A pair with a semicolon or a wrong escape is left out, as url.ParseQuery does.
    """
    for found in _pairs_named(name).finditer(query):
        value = found[1] or b""
        if b";" not in value and not _BAD_ESCAPE.search(value):
            return unescape(value.replace(b"+", b" ")).decode("utf-8", "surrogateescape")
    return ""


@cache
def _pairs_named(name: bytes) -> re.Pattern[bytes]:
    """Return what finds the pairs of a name, each of its letters plain or escaped."""
    letters = b"".join(b"(?:%s|%%(?i:%02x))" % (re.escape(bytes([letter])), letter) for letter in name)
    return re.compile(rb"(?:^|(?<=&))" + letters + rb"(?:=([^&]*))?(?:&|$)")


def is_file_path(path: str) -> bool:
    """Say whether a path without its first slash is valid for Go's io/fs (fs.ValidPath)."""
    if path == ".":
        return True
    return not _NO_FILE_PART.search(path) and is_utf8(path)


def is_utf8(text: str) -> bool:
    """Say whether a text that was read with surrogateescape was UTF-8."""
    return not _SURROGATE.search(text)
