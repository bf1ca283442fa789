"""An ordinary request for any operation, drawn from the contract: in order, and harmless."""

from dataclasses import dataclass, field
from typing import Any

from contract_tests.contract import Operation
from contract_tests.target import Target


@dataclass(frozen=True)
class Ordinary:
    """What to give ``Http.send`` beside the method."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    body: str | None = None


def source(target: Target, name: str, **fields: Any) -> dict[str, Any]:
    """Return the body for a source that every release and store takes.

    ``name`` is the suite's own (``target.name``).
    """
    return {
        "Name": name,
        "ConnStr": "host=unknown.invalid",
        "Group": "contract",
        "Kind": "postgres",
        "PresetMetrics": "basic",
        **fields,
    }


def ordinary(operation: Operation, target: Target) -> Ordinary:
    """Return a request that fits the document and names a source that does not exist.

    Signed in, the operation answers it with anything but a 401: an addition succeeds, a change of a source that is
    not there does not.
    """
    query = {
        part["name"]: target.name("nobody")
        for part in operation.document.get("parameters", ())
        if part["in"] == "query" and part.get("required")
    }
    if operation.id == "login":
        return Ordinary(operation.path, query, json=target.credentials)
    if operation.takes_json:
        # A name that is new each time, so that an addition is one.
        target.used_names += 1
        name = target.name("ordinary", target.used_names)
        return Ordinary(operation.at(name), query, json=source(target, name))
    if operation.body is not None:
        text = f"host=unknown.invalid user={target.prefix}nobody"
        return Ordinary(operation.path, query, {"Content-Type": "text/plain"}, body=text)
    return Ordinary(operation.at(target.name("nobody")), query)
