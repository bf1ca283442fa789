"""The operations of a document, and the requests that are made of them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pgwatch_contract.parity.exchange import Headers, Request
from pgwatch_contract.references import resolved

LISTS = ("/source", "/metric", "/preset")
"""What a server keeps, by the path of its list."""

NO_OPERATION = "none"
"""In place of an operationId: for a request by another method, or of another path, than the document has."""

TOKEN = ("Token", "${TOKEN}")
"""The header with a good token."""

Document = Mapping[str, Any]
_METHODS = ("get", "post", "put", "delete", "patch", "head")
_ENDINGS = [
    *("a", "b", "A", "a ", "a/b", "a%2Fb", "a+b&c=d;e", "a.", "a\"'<&>\\", "a\nb", "a\u2028", "#a: b", "\N{ELEPHANT}"),
    *(unicodedata.normalize(form, "\N{LATIN SMALL LETTER U WITH DIAERESIS}") for form in ("NFC", "NFD")),
    "x" * 300,
]


@dataclass(frozen=True)
class Operation:
    """An operation of a document: where its name goes (``path``, ``query``, None), and its body's type and schema."""

    id: str
    method: str
    path: str
    name_in: str | None = None
    media: str | None = None
    schema: Any = None

    @property
    def list_path(self) -> str | None:
        """The path of the list that it is about; None for none."""
        return next((path for path in LISTS if self.path in (path, f"{path}/{{name}}")), None)

    def request(self, name: str, headers: Headers = (TOKEN,), body: bytes | None = None) -> Request:
        """Return it as a request for a name, percent-encoded."""
        target = self.path.replace("{name}", quote(name, safe=""))
        query = f"?name={quote(name, safe='')}" if self.name_in == "query" else ""
        return Request(self.method, target + query, headers, body)


@dataclass(frozen=True)
class Step:
    """One request of a sequence, and the operationId it was made of, or ``none``."""

    operation: str
    request: Request

    @property
    def written(self) -> tuple[str, ...]:
        """The paths of the lists that it can have changed: that of sources always; empty where it only reads."""
        if self.request.method in ("GET", "HEAD", "OPTIONS") or not self.request.target.startswith(LISTS):
            return ()
        return tuple(path for path in LISTS if path == "/source" or self.request.target.startswith(path))


@dataclass(frozen=True)
class Words:
    """What requests are made of: what begins all names, the login, and whether the server's secret is known."""

    prefix: str
    user: str
    password: str
    has_secret: bool = False

    @property
    def names(self) -> list[str]:
        """The names that are added, replaced and deleted; none is empty, and none begins with a dollar sign."""
        return [*(self.prefix + ending for ending in _ENDINGS), f" {self.prefix}a", self.prefix.upper()]


def operations_of(document: Document) -> list[Operation]:
    """Return the operations of a document, those that read first."""
    found = [
        _operation(document, method, path, item)
        for path, item in document["paths"].items()
        for method in _METHODS
        if "operationId" in item.get(method, {})
    ]
    return sorted(found, key=lambda each: each.method != "GET")


def deletions(operations: Sequence[Operation]) -> dict[str, Operation]:
    """Return the operation that deletes by name, for each list that has one."""
    deleting = [each for each in operations if each.method == "DELETE" and each.name_in is not None]
    return {each.list_path: each for each in deleting if each.list_path is not None}


def _operation(document: Document, method: str, path: str, item: Any) -> Operation:
    described = item[method]
    parameters = [resolved(document, each) for each in [*item.get("parameters", []), *described.get("parameters", [])]]
    name_in = next((each["in"] for each in parameters if each["name"] == "name"), None)
    body = resolved(document, described.get("requestBody", {}))
    contents: Mapping[str, Any] = body.get("content", {})
    media = next(iter(contents), None)
    schema = contents[media].get("schema") if media else None
    return Operation(described["operationId"], method.upper(), path, name_in, media, schema)
