"""What must be given before a clause can be judged, and the option that gives it."""

from contract_tests.contract.clauses import SERVER, Clause, Clauses
from contract_tests.contract.document import Contract, Operation

OPTIONS = {
    "own": "--allow-writes",
    "throwaway": "--throwaway",
    "secret": "--jwt-secret",
    "credentials": "--user and --password",
    "database": "--database",
    "patience": "--thorough",
    "mock": "no URL, so that the suite starts the mock itself",
    "metrics": "a server whose metrics can be changed: a pgwatch with others than those built in",
    "presets": "a server whose presets can be changed: a pgwatch with others than those built in",
}
"""Each word that ``needs`` in ``clauses.yaml`` can hold, with what meets it.

``own``: sources of the suite's own may be added, changed and deleted. ``throwaway``: anything may be sent, all data
may be lost. ``secret``: the secret that signs tokens is known. ``credentials``: the server asks for a user and a
password. ``database``: a connection string is known that the server can connect by. ``patience``: the run may wait
for the pings of the log stream. ``mock``: the suite has started the server and can start others. ``metrics``,
``presets``: the server lets clients change them, which a run finds out when it begins.
"""

SILENT, DESELECTED, STOPPED = "silent", "deselected", "stopped"
"""Why tests did not run that nothing kept from it: what they ask gives no answer, -k left them out, the run ended."""

Cell = tuple[str, str]
"""A clause's id and an operationId, or SERVER."""


def needs_of(clause: Clause, operation: Operation | None) -> tuple[str, ...]:
    """Return all that must be given to judge a clause on an operation."""
    if operation is not None and operation.writes:
        return (*clause.needs, "own", *([operation.kind] if operation.kind else []))
    return clause.needs


def missing(clause: Clause, operation: Operation | None, given: frozenset[str]) -> tuple[str, ...]:
    """Return what a clause needs on an operation and is not given, without repetition."""
    return tuple(dict.fromkeys(need for need in needs_of(clause, operation) if need not in given))


def cells(clauses: Clauses, contract: Contract, layers: frozenset[str]) -> list[tuple[Clause, Operation | None]]:
    """Return every pair of clause and operation that layers are there to judge."""
    return [
        (clause, operation)
        for clause in clauses.values()
        if clause.layer in layers
        for operation in ([None] if clause.operations == () else clause.operations_in(contract))
    ]


def cell(clause: Clause, operation: Operation | None) -> Cell:
    """Return the key of a pair of clause and operation."""
    return clause.id, operation.id if operation else SERVER
