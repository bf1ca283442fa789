"""The matrix itself: a column for each recorded verdict, a row for each clause, and what stands where they meet."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from contract_tests.contract.clauses import Clause, Clauses, read_clauses
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_JUDGED
from contract_tests.matrix.errors import MatrixError
from contract_tests.matrix.explain import Known, known_of
from contract_tests.matrix.recorded import DOES_NOT_APPLY, Failure, Recorded
from pgwatch_contract.releases.release import ReleaseError, read_release, release_names

SIGNS = {KEPT: "✓", BROKEN: "✗", NOT_JUDGED: "-", DOES_NOT_APPLY: ""}


@dataclass(frozen=True)
class Case:
    """A failure and the deviations that explain it: on each of its operations, at least one does; or none is known."""

    failure: Failure
    deviations: tuple[str, ...]
    unexplained: tuple[str, ...]
    """The operations on which nothing in the ledger explains it, or not all of it."""


@dataclass(frozen=True)
class Cell:
    """What was found of a clause at a release: the word, its operations by word, and what was broken."""

    word: str
    operations: Mapping[str, tuple[str, ...]]
    cases: tuple[Case, ...] = ()

    @property
    def deviations(self) -> tuple[str, ...]:
        """The names of all deviations that explain it."""
        return tuple(dict.fromkeys(name for case in self.cases for name in case.deviations))

    @property
    def is_new(self) -> bool:
        """Whether it is broken in a way that no known deviation explains."""
        return any(case.unexplained for case in self.cases)

    @property
    def in_words(self) -> str:
        """The word as a reader sees it: ``broken (known: delete-unknown-is-200)``."""
        if self.word != BROKEN:
            return self.word
        known = f"known: {', '.join(self.deviations)}" if self.deviations else ""
        return f"{self.word} ({'; '.join(part for part in (known, 'not known' if self.is_new else '') if part)})"


@dataclass(frozen=True)
class Column:
    """A recorded verdict and what is known of its release; ``title`` names the store where there are two verdicts."""

    recorded: Recorded
    known: Known
    title: str
    cells: Mapping[str, Cell]

    @property
    def counts(self) -> Counter[str]:
        """How many clauses have which word."""
        return Counter(cell.word for cell in self.cells.values())

    @property
    def in_words(self) -> str:
        """The release, and the store it was judged with: ``5.3 with a YAML file``."""
        return f"{self.recorded.release} with {store_in_words(self.recorded.store)}"

    def theme(self, clauses: Iterable[Clause]) -> Counter[str]:
        """Return how many of some clauses have which word."""
        return Counter(self.cells[clause.id].word for clause in clauses)


@dataclass(frozen=True)
class Matrix:
    """Releases and clauses."""

    columns: tuple[Column, ...]
    clauses: Clauses
    missing: tuple[str, ...]
    """The releases of which no verdict is recorded."""

    @property
    def themes(self) -> dict[str, list[Clause]]:
        """The clauses by theme: the first part of their ids."""
        found: dict[str, list[Clause]] = {}
        for clause in self.clauses.values():
            found.setdefault(clause.id.partition(".")[0], []).append(clause)
        return found

    def of(self, release: str) -> list[Column]:
        """Return the columns of a release; raises MatrixError for one that nobody knows or that has none."""
        try:
            name = read_release(release).name
        except ReleaseError as error:
            raise MatrixError(str(error)) from None
        found = [column for column in self.columns if column.recorded.release == name]
        if not found:
            recorded = ", ".join(dict.fromkeys(column.recorded.release for column in self.columns)) or "none"
            raise MatrixError(f"no verdict on {name} is recorded; there are: {recorded}; --record adds one")
        return found

    def find(self, text: str) -> list[Clause]:
        """Return the clause of an id, or those whose id holds a text; raises MatrixError where there is none."""
        if text in self.clauses:
            return [self.clauses[text]]
        found = [clause for name, clause in self.clauses.items() if text in name]
        if not found:
            raise MatrixError(f"no clause has {text!r} in its id; pgwatch-contract clauses lists all")
        return found

    def alike(self, clause: str) -> list[list[Column]]:
        """Return the columns, those together that have the very same cell for a clause."""
        groups: dict[str, list[Column]] = {}
        for column in self.columns:
            cell = column.cells[clause]
            labels = [column.recorded.label(name) for names in cell.operations.values() for name in names]
            groups.setdefault(repr((cell, labels)), []).append(column)
        return list(groups.values())

    @property
    def deviations(self) -> dict[str, list[Column]]:
        """The names of the deviations that explain any broken clause, with the columns in which they do."""
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            for name in dict.fromkeys(name for key in self.clauses for name in column.cells[key].deviations):
                found.setdefault(name, []).append(column)
        order = [entry.name for column in self.columns for entry in column.known.entries]
        return dict(sorted(found.items(), key=lambda item: order.index(item[0])))


def make_matrix(recorded: Iterable[Recorded], known: Callable[[str, str], Known] = known_of) -> Matrix:
    """Return the matrix of recorded verdicts, explained by the releases' ledgers as they are now.

    ``known`` gives what a release is known to do with a store; by default what ``releases/`` has.
    """
    verdicts = list(recorded)
    several = {name for name, number in Counter(each.release for each in verdicts).items() if number > 1}
    clauses = read_clauses()
    columns = []
    for each in verdicts:
        explained = known(each.release, each.store)
        title = f"{each.release} {each.store}" if each.release in several else each.release
        columns.append(Column(each, explained, title, {name: _cell(each, explained, name) for name in clauses}))
    present = {each.release for each in verdicts}
    return Matrix(tuple(columns), clauses, tuple(name for name in release_names() if name not in present))


def store_in_words(store: str) -> str:
    """Return a store as in a sentence: ``a YAML file``, ``PostgreSQL``."""
    return "a YAML file" if store == "yaml" else "PostgreSQL"


def _cell(recorded: Recorded, known: Known, clause: str) -> Cell:
    words = recorded.clauses.get(clause)
    if words is None:
        return Cell(NOT_JUDGED, {})
    word = next((word for word in (BROKEN, KEPT, NOT_JUDGED) if words.get(word)), DOES_NOT_APPLY)
    cases = tuple(_case(each, known) for each in recorded.failures if each.clause == clause)
    return Cell(word, words, cases)


def _case(failure: Failure, known: Known) -> Case:
    found = {
        operation: [known.explains(failure.clause, operation, each) for each in several]
        for operation, several in failure.found.items()
    }
    names = tuple(dict.fromkeys(name for several in found.values() for each in several for name in each))
    return Case(failure, names, tuple(operation for operation, several in found.items() if not all(several)))
