"""Which route a path leads to, and which paths are redirected: Go's http.ServeMux (since Go 1.22)."""

import html
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar

from mockserver.go.url import clean, escape, escaped_path, unescape
from mockserver.http.exchange import Answer

R = TypeVar("R")
_ITEM = "{name}"
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True)
class Match(Generic[R]):
    """The route of a path, and the name in its last segment where the route has one."""

    route: R
    name: str | None


class Mux(Generic[R]):
    """Routes by their paths, which may end in ``/{name}``."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, ...], R] = {}
        self._most_segments = 0

    def add(self, path: str, route: R) -> None:
        """Add a route, or replace the one at its path."""
        self._routes[tuple(path.split("/"))] = route
        self._most_segments = max(self._most_segments, path.count("/"))

    def find(self, raw_path: bytes) -> Match[R] | None:
        """Return the route for a path as it was sent; its segments are compared without their escapes."""
        if raw_path.count(b"/") > self._most_segments:
            return None
        segments = [unescape(part).decode("utf-8", "surrogateescape") for part in raw_path.split(b"/")]
        exact = self._routes.get(tuple(segments))
        if exact is not None and _ITEM not in segments:
            return Match(exact, None)
        # The mux takes a segment that is a slash, or nothing, for the end of a path.
        item = self._routes.get((*segments[:-1], _ITEM)) if segments[-1] not in ("", "/") else None
        return None if item is None else Match(item, segments[-1])


def redirect_of(raw_path: bytes, query: bytes) -> bytes | None:
    """Return where an unclean path is redirected to, None for a clean one."""
    escaped = escaped_path(raw_path)
    cleaned = clean(escaped)
    if cleaned == escaped:
        return None
    # The mux escapes what is escaped already: a percent sign is doubled on the way.
    return escape(cleaned) + (b"?" + query if query else b"")


def redirect(status: int, location: bytes, method: str) -> Answer:
    """Return what http.Redirect writes: a page for GET, for other methods the headers alone."""
    # Only the header is escaped, and in lower case (hexEscapeNonASCII).
    headers = [(b"Location", _NOT_ASCII.sub(lambda match: b"%%%02x" % ord(match[0]), location))]
    body = b""
    if method in ("GET", "HEAD"):
        headers.append((b"Content-Type", b"text/html; charset=utf-8"))
    if method == "GET":
        target = html.escape(location.decode("latin-1")).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        body = f'<a href="{target}">{HTTPStatus(status).phrase}</a>.\n\n'.encode("latin-1")
    return Answer(status, body, headers)
