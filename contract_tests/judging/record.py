"""What a run has found: how often each clause was judged on each operation, and each failure once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from contract_tests.contract.needs import Cell

Key = tuple[str, str, str]
"""A clause's id, an operationId or SERVER, and what was found there (``found.py``)."""


@dataclass
class Failure:
    """A clause that the server broke on an operation in one way, with the smallest case and how many there were.

    ``found`` says the way in words that are the same in every run, ``expected`` and ``actual`` as it was; ``what`` is
    the part of ``found`` that says what was asked or sent, empty where the clause says it. ``request`` is the request
    in one line, ``curl`` a command that sends it again; both are empty where the case is more than one request.
    ``steps`` are the requests that led to it.
    """

    clause: str
    operation: str
    expected: str
    actual: str
    found: str = ""
    what: str = ""
    request: str = ""
    curl: str = ""
    steps: list[str] = field(default_factory=list)
    size: int = 0
    count: int = 1
    layer: str = ""
    test: str = ""

    @property
    def cell(self) -> Cell:
        """The clause and the operation."""
        return self.clause, self.operation

    @property
    def key(self) -> Key:
        """What one failure is told from another by."""
        return self.clause, self.operation, self.found

    @property
    def kind(self) -> Key:
        """What failures have in common that readers are shown as one: the same was found, whatever was sent."""
        return self.clause, self.operation, self.found.removeprefix(f"{self.what}: ")


@dataclass
class Record:
    """All that a run has found.

    ``errors`` holds, by test, why a test could not judge; ``left_out`` why, by clause, tests did not run (a word of
    ``needs.py``); ``withheld`` how many requests the guard kept back that a clause on an operation would have needed;
    ``caught_by`` the layers that found a failure; ``unchangeable`` what of ``metrics`` and ``presets`` the server
    does not let clients change; ``notes`` what else a reader is to know; ``waits`` how often the run had to wait to be
    let in, by status, and ``waited`` how many seconds; ``exercised`` are names of items of the document.
    """

    judged: Counter[Cell] = field(default_factory=Counter)
    failures: dict[Key, Failure] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    caught_by: dict[Cell, set[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    withheld: Counter[Cell] = field(default_factory=Counter)
    unchangeable: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    waits: Counter[int] = field(default_factory=Counter)
    waited: float = 0
    requests: int = 0
    exercised: set[str] = field(default_factory=set)

    @property
    def broken(self) -> set[Cell]:
        """The pairs of clause and operation on which anything was found."""
        return {failure.cell for failure in self.failures.values()}

    def add(self, failure: Failure) -> None:
        """Add a failure; of several of which the same was found the smallest stays, with their number."""
        self.caught_by.setdefault(failure.cell, set()).add(failure.layer)
        known = self.failures.get(failure.key)
        if known is None:
            self.failures[failure.key] = failure
            return
        count = known.count + failure.count
        if failure.size < known.size:
            self.failures[failure.key] = failure
        self.failures[failure.key].count = count

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
        self.left_out |= other.left_out
        self.withheld += other.withheld
        self.unchangeable |= other.unchangeable
        self.notes += [note for note in other.notes if note not in self.notes]
        self.waits += other.waits
        self.waited += other.waited
        self.requests += other.requests
        self.exercised |= other.exercised

    def hide(self, masked: Callable[[str], str]) -> None:
        """Pass all texts through what hides secrets: some are known only after they were first told."""
        for failure in self.failures.values():
            for name in ("expected", "actual", "found", "what", "request", "curl"):
                setattr(failure, name, masked(getattr(failure, name)))
            failure.steps = list(map(masked, failure.steps))
        self.errors = {test: masked(error) for test, error in self.errors.items()}
        self.notes = list(map(masked, self.notes))

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data, which ``from_data`` reads."""
        return {
            "judged": [[*key, count] for key, count in self.judged.items()],
            "failures": [asdict(failure) for failure in self.failures.values()],
            "errors": self.errors,
            "seconds": self.seconds,
            "caught_by": [[*key, sorted(layers)] for key, layers in self.caught_by.items()],
            "left_out": self.left_out,
            "withheld": [[*key, count] for key, count in self.withheld.items()],
            "unchangeable": sorted(self.unchangeable),
            "notes": self.notes,
            "waits": [list(pair) for pair in self.waits.items()],
            "waited": self.waited,
            "requests": self.requests,
            "exercised": sorted(self.exercised),
        }


def from_data(data: dict[str, Any]) -> Record:
    """Return the record that ``as_data`` gave."""
    failures = [Failure(**failure) for failure in data["failures"]]
    return Record(
        judged=Counter({(clause, operation): count for clause, operation, count in data["judged"]}),
        failures={failure.key: failure for failure in failures},
        errors=data["errors"],
        seconds=data["seconds"],
        caught_by={(clause, operation): set(layers) for clause, operation, layers in data["caught_by"]},
        left_out=data["left_out"],
        withheld=Counter({(clause, operation): count for clause, operation, count in data["withheld"]}),
        unchangeable=set(data["unchangeable"]),
        notes=data["notes"],
        waits=Counter(dict(data["waits"])),
        waited=data["waited"],
        requests=data["requests"],
        exercised=set(data["exercised"]),
    )
