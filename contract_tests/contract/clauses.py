"""The clauses: what a server can break, as ``clauses.yaml`` and a project's own ``conftest.py`` list them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from contract_tests.contract.document import Contract, Operation
from pgwatch_contract.suite_options import LAYERS

__all__ = ["LAYERS", "SERVER", "Clause", "Clauses", "read_clauses"]

SERVER = ""
"""What stands for the server as a whole where an operationId is asked for."""


@dataclass(frozen=True)
class Clause:
    """One statement of the contract that a server can break.

    ``part`` is a JSON pointer into the contract, ``operations`` a group of them (all, protected, public, json, body,
    refusing) or their operationIds (none: the server as a whole), ``needs`` words of ``needs.py``. Of the operations
    those count that have ``documents`` among their statuses, have ``lacks`` not among them, and take the name in
    ``name_in``; releases differ in that.
    """

    id: str
    says: str
    part: str
    layer: str
    operations: str | tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    documents: int | None = None
    lacks: int | None = None
    name_in: str | None = None

    def operations_in(self, contract: Contract) -> list[Operation]:
        """Return the operations of a contract that it is about; none for a clause on the server as a whole."""
        every = contract.operations.values()
        groups = {
            "all": list(every),
            "protected": [each for each in every if each.protected],
            "public": [each for each in every if not each.protected],
            "json": [each for each in every if each.takes_json],
            "body": [each for each in every if each.body is not None],
            "refusing": [each for each in every if any(400 <= status < 500 for status in each.statuses)],
        }
        if isinstance(self.operations, str):
            named = groups[self.operations]
        else:
            named = [contract.operations[name] for name in self.operations if name in contract.operations]
        return [operation for operation in named if self._holds_of(operation)]

    def applies_to(self, contract: Contract) -> bool:
        """Say whether there is anything in a contract that the clause is about."""
        return self.operations == () or bool(self.operations_in(contract))

    def _holds_of(self, operation: Operation) -> bool:
        return (
            (self.documents is None or self.documents in operation.statuses)
            and (self.lacks is None or self.lacks not in operation.statuses)
            and (self.name_in is None or self.name_in == operation.name_in)
        )

    def pointer(self, operation: Operation | None) -> str:
        """Return the part of the contract for an operation of the clause."""
        return self.part.replace("{operation}", operation.pointer if operation else "/paths")


Clauses = dict[str, Clause]


def read_clauses(own: Iterable[Clause] = ()) -> Clauses:
    """Return all clauses by id: those of the suite, and a project's own after them."""
    entries = yaml.safe_load((Path(__file__).parent / "clauses.yaml").read_text(encoding="utf-8"))
    bundled = [
        Clause(
            name,
            entry["says"],
            entry["part"],
            entry["layer"],
            entry["operations"] if isinstance(entry["operations"], str) else tuple(entry["operations"]),
            tuple(entry.get("needs", ())),
            entry.get("documents"),
            entry.get("lacks"),
            entry.get("name-in"),
        )
        for name, entry in entries.items()
    ]
    return {clause.id: clause for clause in [*bundled, *own]}
