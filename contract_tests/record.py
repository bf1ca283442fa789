"""What a run has found: how often each clause was judged on each operation, and each failure once."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from contract_tests.needs import Cell


@dataclass
class Failure:
    """A clause that the server broke on an operation, with the smallest case that was found and how many there were.

    ``request`` is the request in one line, ``curl`` a command that sends it again; both are empty where the case is
    more than one request. ``steps`` are the requests that led to it.
    """

    clause: str
    operation: str
    expected: str
    actual: str
    request: str = ""
    curl: str = ""
    steps: list[str] = field(default_factory=list)
    size: int = 0
    count: int = 1
    layer: str = ""
    test: str = ""


@dataclass
class Record:
    """All that a run has found.

    ``errors`` holds, by test, why a test could not judge; ``deselected`` the clauses of tests that were left out;
    ``caught_by`` the layers that found a failure; ``unchangeable`` what of ``metrics`` and ``presets`` the server
    does not let clients change.
    """

    judged: Counter[Cell] = field(default_factory=Counter)
    failures: dict[Cell, Failure] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    caught_by: dict[Cell, set[str]] = field(default_factory=dict)
    deselected: set[str] = field(default_factory=set)
    unchangeable: set[str] = field(default_factory=set)
    requests: int = 0

    def add(self, failure: Failure) -> None:
        """Add a failure; of several on one clause and operation the smallest stays, with their number."""
        key = failure.clause, failure.operation
        self.caught_by.setdefault(key, set()).add(failure.layer)
        known = self.failures.get(key)
        if known is None:
            self.failures[key] = failure
            return
        count = known.count + failure.count
        if failure.size < known.size:
            self.failures[key] = failure
        self.failures[key].count = count

    def merge(self, other: "Record") -> None:
        """Add all that another run (of a parallel worker) has found."""
        self.judged += other.judged
        for failure in other.failures.values():
            self.add(failure)
        for key, layers in other.caught_by.items():
            self.caught_by.setdefault(key, set()).update(layers)
        self.errors |= other.errors
        for layer, seconds in other.seconds.items():
            self.seconds[layer] = self.seconds.get(layer, 0) + seconds
        self.deselected |= other.deselected
        self.unchangeable |= other.unchangeable
        self.requests += other.requests

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data, which ``from_data`` reads."""
        return {
            "judged": [[*key, count] for key, count in self.judged.items()],
            "failures": [asdict(failure) for failure in self.failures.values()],
            "errors": self.errors,
            "seconds": self.seconds,
            "caught_by": [[*key, sorted(layers)] for key, layers in self.caught_by.items()],
            "deselected": sorted(self.deselected),
            "unchangeable": sorted(self.unchangeable),
            "requests": self.requests,
        }


def from_data(data: dict[str, Any]) -> Record:
    """Return the record that ``as_data`` gave."""
    failures = [Failure(**failure) for failure in data["failures"]]
    return Record(
        Counter({(clause, operation): count for clause, operation, count in data["judged"]}),
        {(failure.clause, failure.operation): failure for failure in failures},
        data["errors"],
        data["seconds"],
        {(clause, operation): set(layers) for clause, operation, layers in data["caught_by"]},
        set(data["deselected"]),
        set(data["unchangeable"]),
        data["requests"],
    )
