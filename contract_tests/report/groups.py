"""What readers are shown together: failures of one clause, clauses that one option would judge, a layer's clauses."""

from collections import Counter
from dataclasses import dataclass, field

from contract_tests.contract.clauses import LAYERS, Clause
from contract_tests.contract.needs import DESELECTED, OPTIONS, SILENT, STOPPED, Cell
from contract_tests.judging.record import Failure
from contract_tests.judging.verdict import NOT_JUDGED, Verdict
from contract_tests.words import counted, percentage

RUN_STOPPED = "the run was stopped"
_MOST_SHOWN = 3
_MOST_ITEMS_SHOWN = 5
_OTHER_REASONS = {
    STOPPED: RUN_STOPPED,
    DESELECTED: "left out by -k",
    SILENT: "the server gives no answer to what they ask",
}


@dataclass
class Case:
    """What was found alike, on all operations. ``failure`` is the smallest case, ``count`` how many there were.

    ``whats`` are the kinds of requests that it was found with, where the clause is about several.
    """

    failure: Failure
    part: str
    count: int = 0
    operations: list[str] = field(default_factory=list)
    whats: list[str] = field(default_factory=list)

    @property
    def in_words(self) -> str:
        """How many cases there were, and with what, before the smallest is shown; nothing where it is the only one."""
        if self.count == 1:
            return ""
        shown = ", ".join(self.whats[:_MOST_SHOWN]) if len(self.whats) > 1 else ""
        more = f" and {len(self.whats) - _MOST_SHOWN} more" if len(self.whats) > _MOST_SHOWN else ""
        return f"{counted(self.count, 'case')}{f' ({shown}{more})' if shown else ''}; the smallest:"


@dataclass
class BrokenClause:
    """A clause with all its failures."""

    clause: Clause
    cases: list[Case] = field(default_factory=list)


@dataclass
class Unjudged:
    """Clauses that were not judged for one reason.

    ``partly`` holds those that are judged on some operations or in some cases, or that fewer options would judge so.
    """

    reason: str
    wholly: list[str] = field(default_factory=list)
    partly: list[str] = field(default_factory=list)

    @property
    def counts(self) -> str:
        """How many they are, in words."""
        some = f"{counted(len(self.partly), 'clause')} in part"
        whole = counted(len(self.wholly), "clause")
        return f"{whole}, {some}" if self.wholly and self.partly else some if self.partly else whole


@dataclass
class Layer:
    """A layer: how many clauses have which word, and how long it took."""

    name: str
    words: Counter[str]
    seconds: float


def broken_clauses(verdict: Verdict) -> list[BrokenClause]:
    """Return the failures, those of one clause together, and of these those of which the same was found."""
    broken: dict[str, BrokenClause] = {}
    cases: dict[tuple[str, str], Case] = {}
    for failure in verdict.failures:
        group = broken.setdefault(failure.clause, BrokenClause(verdict.clauses[failure.clause]))
        clause, _, found = failure.kind
        if (clause, found) not in cases:
            cases[clause, found] = Case(failure, "")
            group.cases.append(cases[clause, found])
        _add(cases[clause, found], failure)
        cases[clause, found].part = part_of(verdict, cases[clause, found].failure)
    return list(broken.values())


def _add(case: Case, failure: Failure) -> None:
    case.count += failure.count
    case.failure = min(case.failure, failure, key=lambda each: each.size)
    if failure.operation not in case.operations:
        case.operations.append(failure.operation)
    if failure.what and failure.what not in case.whats:
        case.whats.append(failure.what)


def part_of(verdict: Verdict, failure: Failure) -> str:
    """Return the part of the contract that a failure is about: ``openapi.yaml#/paths/~1source/get``."""
    operation = verdict.contract.operations.get(failure.operation)
    return f"{verdict.contract.file.name}#{verdict.clauses[failure.clause].pointer(operation)}"


def not_exercised(verdict: Verdict) -> dict[str, list[str]]:
    """Return the operations on which a clause was not exercised, by clause."""
    return _by_clause(verdict.not_exercised)


def reason_of(needs: tuple[str, ...]) -> str:
    """Return why a clause was not judged: the options that would judge it, and none that another includes."""
    if "mock" in needs:
        needs = ("mock",)
    elif "throwaway" in needs:
        needs = tuple(need for need in needs if need != "own")
    return ", ".join(OPTIONS.get(need) or _OTHER_REASONS.get(need, need) for need in needs)


def not_judged(verdict: Verdict) -> list[Unjudged]:
    """Return the clauses that were not judged, by reason; the reason with the most clauses first."""
    words = verdict.clause_words
    groups: dict[str, Unjudged] = {}
    placed = set()
    for (clause, _), needs in sorted(verdict.not_judged.items(), key=lambda item: len(item[1])):
        reason = reason_of(needs)
        group = groups.setdefault(reason, Unjudged(reason))
        if words[clause] == NOT_JUDGED and clause not in placed:
            placed.add(clause)
            group.wholly.append(clause)
        elif clause not in group.wholly + group.partly:
            group.partly.append(clause)
    withheld = {clause for (clause, _), number in verdict.record.withheld.items() if number and clause in words}
    if withheld:
        group = groups.setdefault(OPTIONS["throwaway"], Unjudged(OPTIONS["throwaway"]))
        group.partly += sorted(withheld - {*group.wholly, *group.partly})
    return sorted(groups.values(), key=lambda group: -len(group.wholly))


def coverage(verdict: Verdict) -> str:
    """Return how much of the document was exercised, in words; empty of a run that did not come to its end."""
    there = verdict.coverage
    if there is None:
        return ""
    return f"{there.exercised:,} of {counted(there.total, 'item')} of the document, {percentage(there.percent)}"


def uncovered(verdict: Verdict) -> str:
    """Return how much less was exercised than was wanted, and what first is missing; empty where it was enough."""
    there = verdict.uncovered
    if there is None:
        return ""
    more = len(there.missing) - _MOST_ITEMS_SHOWN
    names = "; ".join(there.missing[:_MOST_ITEMS_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")
    wanted = f"{verdict.settings.coverage_at_least:g} %"
    return f"{percentage(there.percent)} exercised, {wanted} wanted by --coverage-at-least; not exercised: {names}"


def errors(verdict: Verdict) -> dict[str, list[str]]:
    """Return the tests that could not judge, by what kept them from it."""
    tests: dict[str, list[str]] = {}
    for test, error in verdict.errors.items():
        tests.setdefault(error, []).append(test)
    return tests


def layers(verdict: Verdict) -> list[Layer]:
    """Return the layers that ran or have clauses to be judged, a project's own tests last."""
    words: dict[str, Counter[str]] = {}
    for clause, word in verdict.clause_words.items():
        words.setdefault(verdict.clauses[clause].layer, Counter())[word] += 1
    seconds = verdict.record.seconds
    names = dict.fromkeys([*LAYERS, *words, *seconds])
    return [
        Layer(name, words.get(name, Counter()), seconds.get(name, 0))
        for name in names
        if name in words or name in seconds
    ]


def _by_clause(cells: list[Cell]) -> dict[str, list[str]]:
    operations: dict[str, list[str]] = {}
    for clause, operation in cells:
        operations.setdefault(clause, []).append(operation)
    return operations
