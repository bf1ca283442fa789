"""Cross-origin requests: the headers that let a page of another origin use the API."""

from collections.abc import Sequence
from typing import Any

from mockserver.http.exchange import Headers

ANY = "*"


class Cors:
    """The headers for every answer and for preflights.

    Takes the ``cors`` part of the contract's manners and the origins whose pages may use the API; none means the
    contract's own. An answer to any other origin names the first of them, as pgwatch does: the browser then refuses.
    With ``*`` every origin may.
    """

    def __init__(self, manners: dict[str, Any], origins: Sequence[str]) -> None:
        allowed = [origin.encode() for origin in origins or [manners["allowOrigin"]]]
        self._any = ANY.encode() in allowed
        self._varies = self._any or len(allowed) > 1
        self._first = self._headers(allowed[0])
        self._by_origin = {origin: self._headers(origin) for origin in allowed}
        self.preflight: Headers = [
            (b"access-control-allow-methods", ", ".join(manners["allowMethods"]).encode()),
            (b"access-control-allow-headers", ", ".join(manners["allowHeaders"]).encode()),
            (b"access-control-max-age", b"%d" % manners["maxAge"]),
        ]

    def allows(self, origin: bytes) -> bool:
        """Say whether pages of an origin may use the API."""
        return self._any or origin in self._by_origin

    def headers(self, origin: bytes | None) -> Headers:
        """Return the headers for an answer to a request of that origin, None for a request without Origin."""
        if origin is None:
            return self._first
        if self._any:
            return self._headers(origin)
        return self._by_origin.get(origin, self._first)

    def _headers(self, origin: bytes) -> Headers:
        headers: Headers = [(b"access-control-allow-origin", origin)]
        if origin != ANY.encode():
            headers.append((b"access-control-allow-credentials", b"true"))
        if self._varies:
            headers.append((b"vary", b"Origin"))
        return headers
