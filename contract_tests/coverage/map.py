"""The map: how much of what the document says a run has exercised, operation by operation."""

from collections.abc import Set
from dataclasses import dataclass, field

from contract_tests.contract.document import Contract
from contract_tests.coverage.item import COLUMNS, Item
from contract_tests.coverage.observer import items_of


@dataclass
class Row:
    """An operation: its items, by what they are about, and the names of those that were exercised."""

    operation: str
    items: dict[str, list[Item]] = field(default_factory=lambda: {column: [] for column in COLUMNS})
    exercised: set[str] = field(default_factory=set)

    def counts(self, column: str) -> tuple[int, int]:
        """Return how many items of a column were exercised, and how many there are."""
        items = self.items[column]
        return sum(item.name in self.exercised for item in items), len(items)

    @property
    def names(self) -> list[str]:
        """The names of all items."""
        return [item.name for items in self.items.values() for item in items]

    @property
    def missing(self) -> list[str]:
        """The names of those that were not exercised."""
        return [name for name in self.names if name not in self.exercised]


@dataclass(frozen=True)
class Map:
    """A row for each operation, in the order of the document."""

    rows: list[Row]

    @property
    def total(self) -> int:
        """How many items there are."""
        return sum(len(row.names) for row in self.rows)

    @property
    def missing(self) -> list[str]:
        """The names of the items that were not exercised."""
        return [name for row in self.rows for name in row.missing]

    @property
    def exercised(self) -> int:
        """How many were exercised."""
        return self.total - len(self.missing)

    @property
    def percent(self) -> float:
        """How many were exercised of a hundred; of a document that says nothing, all."""
        return 100 * self.exercised / self.total if self.total else 100.0


def map_of(contract: Contract, exercised: Set[str]) -> Map:
    """Return the map of a contract of whose items some were exercised."""
    rows = {name: Row(name) for name in contract.operations}
    for item in items_of(contract):
        rows[item.operation].items[item.column].append(item)
        if item.name in exercised:
            rows[item.operation].exercised.add(item.name)
    return Map(list(rows.values()))
