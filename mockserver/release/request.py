"""A request as a release's handlers see it."""

from dataclasses import dataclass

from mockserver.go.url import first_value
from mockserver.http.exchange import Headers


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """One request: ``item`` is the name in its path, ``statuses`` are those that the document gives its operation.

    ``fault`` is what kept the body from being read to its end, empty where nothing did.
    """

    method: str
    headers: Headers
    query: bytes
    item: str | None
    body: bytes
    statuses: frozenset[int]
    fault: bytes = b""

    @property
    def name(self) -> str:
        """The name in the path, or else the first parameter ``name`` of the query, empty where there is none."""
        return self.item if self.item is not None else first_value(self.query, b"name")

    @property
    def unreadable(self) -> str:
        """What handlers say that do not pass on what was wrong with a body."""
        return "invalid request body" if self.fault else "invalid JSON format"

    @property
    def success(self) -> int:
        """The status of a success."""
        return min(self.statuses)
