"""An ordinary request for any operation, drawn from the contract: in order, and harmless, and how it is undone."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from contract_tests.asking.definitions import body_of, definition, delete_definition
from contract_tests.asking.sources import delete_source, source
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Operation
from contract_tests.target.target import Target


@dataclass(frozen=True)
class Ordinary:
    """What to give ``Http.send`` beside the method; ``adds`` is the name of what it adds, empty for nothing."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    body: str | None = None
    adds: str = ""

    def url(self, base: str) -> str:
        """Return the address that it is sent to, below that of a server."""
        return f"{base}{self.path}{'?' if self.query else ''}{urlencode(self.query)}"


def ordinary(operation: Operation, target: Target) -> Ordinary:
    """Return a request that fits the document and names what does not exist.

    Signed in, the operation answers it with anything but a 401: an addition succeeds, a change of a source that is
    not there does not.
    """
    if operation.id == "login":
        return Ordinary(operation.path, json=target.credentials)
    if operation.takes_json:
        # A name that is new each time, so that an addition is one.
        target.used_names += 1
        name = target.name("ordinary", target.used_names)
        body = body_of(operation, name, definition(operation)) if operation.kind else source(target, name)
        return Ordinary(operation.at(name), dict(operation.query(name)), json=body, adds=name)
    if operation.body is not None:
        text = f"host=unknown.invalid user={target.prefix}nobody"
        return Ordinary(operation.path, headers={"Content-Type": "text/plain"}, body=text)
    nobody = target.name("nobody")
    return Ordinary(operation.at(nobody), dict(operation.query(nobody)))


def undo(http: Http, operation: Operation, request: Ordinary) -> None:
    """Delete what an ordinary request has added, if anything."""
    if request.adds and operation.kind:
        delete_definition(http, operation.kind, request.adds)
    elif request.adds:
        delete_source(http, request.adds)
