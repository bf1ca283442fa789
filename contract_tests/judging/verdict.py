"""The verdict on a server: what it broke, what was not exercised, and what nobody could judge."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit, urlunsplit

from contract_tests.contract.clauses import LAYERS, SERVER, Clauses
from contract_tests.contract.document import Contract
from contract_tests.contract.needs import Cell, cell, cells, missing
from contract_tests.coverage.map import Map, map_of
from contract_tests.judging.ledger import Entry, Ledger
from contract_tests.judging.record import Failure, Record
from contract_tests.target.settings import Settings
from contract_tests.words import counted, duration, first_sentence, percentage

KEPT, BROKEN, KNOWN, NOT_EXERCISED, NOT_JUDGED = "kept", "broken", "known", "not exercised", "not judged"
"""The words for a clause on an operation; known is broken in a way that the ledger explains."""
CONFORMS, DOES_NOT, STOPPED = "conforms", "does not conform", "stopped"
"""The words for a server."""
_MANY = 5
"""So many failures make it likely that the server is a release of pgwatch."""
_BY_WEIGHT = (BROKEN, NOT_EXERCISED, KNOWN, KEPT, NOT_JUDGED)


@dataclass(frozen=True)
class Verdict:
    """All that a run says of a server.

    ``cells`` gives each pair of clause and operation one of the words above, ``not_judged`` the needs (words of
    ``needs.py``, or why tests were left out) for which a pair was not judged. ``ended`` says, in a sentence, why the
    run did not come to its end; ``is_void``: what it has found so far decides nothing. ``ledger`` has what is known of
    the server, ``today`` is the day of the run, ``recognised`` says how the release was found out, ``candidates`` which
    releases it can be.
    """

    settings: Settings
    contract: Contract
    clauses: Clauses
    record: Record
    cells: dict[Cell, str]
    not_judged: dict[Cell, tuple[str, ...]]
    ended: str = ""
    is_void: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    today: datetime.date = datetime.date.min
    recognised: str = ""
    candidates: str = ""

    @property
    def failures(self) -> list[Failure]:
        """The failures that the ledger does not explain, in the order of the clauses and operations."""
        new = (each for each in self.record.failures.values() if self.ledger.explains(each, self.today) is None)
        return self._sorted(new)

    @property
    def number_of_failures(self) -> int:
        """How many new failures readers are told of: what was found alike of several things that were sent is one."""
        return len({failure.kind for failure in self.failures})

    @property
    def known(self) -> dict[Entry, list[Failure]]:
        """The failures that the ledger explains, by the entry that does, in the order of the ledger."""
        by_entry: dict[Entry, list[Failure]] = {entry: [] for entry in self.ledger.entries}
        for failure in self._sorted(self.record.failures.values()):
            if (entry := self.ledger.explains(failure, self.today)) is not None:
                by_entry[entry].append(failure)
        return {entry: failures for entry, failures in by_entry.items() if failures}

    @property
    def stale(self) -> list[Entry]:
        """The entries of the ledger of which the run has found nothing any more.

        Where a request was withheld for the server's sake, it is not known what would have been found; nor is it of
        layers that were not asked for, though others may have come across some of their clauses.
        """
        asked = {clause.id for clause in self.clauses.values() if clause.layer in self.settings.layers}
        judged = {key for key in self.judged if key[0] in asked and not self.record.withheld[key]}
        every = [cell(*pair) for pair in cells(self.clauses, self.contract, frozenset(LAYERS))]
        return self.ledger.stale(self.record.failures.values(), judged, every, self.today)

    @property
    def ledger_in_words(self) -> str:
        """Whose ledger it is: ``of pgwatch 5.3``."""
        own = "of your ledger" if any(entry.is_own for entry in self.known) else ""
        of_release = f"of pgwatch {self.settings.release}" if not all(entry.is_own for entry in self.known) else ""
        return " and ".join(part for part in (of_release, own) if part)

    @property
    def expired(self) -> list[Entry]:
        """The entries of the ledger whose last day is over."""
        return self.ledger.expired(self.today)

    def _sorted(self, failures: Iterable[Failure]) -> list[Failure]:
        place = {name: number for number, name in enumerate([*self.clauses, *self.contract.operations])}
        return sorted(failures, key=lambda each: (place[each.clause], place.get(each.operation, -1), each.found))

    @property
    def not_exercised(self) -> list[Cell]:
        """The pairs that the run should have judged and did not."""
        return [key for key, word in self.cells.items() if word == NOT_EXERCISED]

    @property
    def judged(self) -> list[Cell]:
        """The pairs that were judged."""
        return [key for key, word in self.cells.items() if word in (KEPT, BROKEN, KNOWN)]

    @cached_property
    def coverage(self) -> Map | None:
        """How much of the document the run has exercised; None of a run that did not come to its end."""
        return None if self.ended else map_of(self.contract, self.record.exercised)

    @property
    def uncovered(self) -> Map | None:
        """The map of a run that exercised less than it was to (``--coverage-at-least``); None of any other."""
        wanted, there = self.settings.coverage_at_least, self.coverage
        return there if wanted is not None and there is not None and there.percent < wanted else None

    @property
    def clause_words(self) -> dict[str, str]:
        """The word for each clause over all its operations: the worst; ``not judged`` where it was on none."""
        words: dict[str, str] = {}
        for (clause, _), word in self.cells.items():
            words[clause] = min(word, words.get(clause, word), key=_BY_WEIGHT.index)
        return words

    @property
    def errors(self) -> dict[str, str]:
        """Why tests could not judge, by test."""
        return self.record.errors

    @property
    def notes(self) -> list[str]:
        """What else a reader is to know: what earlier runs left, waits to be let in, an option that may be meant."""
        notes = [*self.record.notes]
        if self.record.waits:
            times = ", ".join(f"{times} times by {status}" for status, times in sorted(self.record.waits.items()))
            notes.append(f"the run was told to come again later {times}, and waited {duration(self.record.waited)}")
        if self.settings.base_url and self.settings.release is None and self.number_of_failures >= _MANY:
            notes.append(
                "judged by the contract itself, which no release of pgwatch keeps: --release auto judges the server as"
                " the release it is, and tells known deviations from new failures"
            )
        if self.failures and " or " in self.candidates:
            notes.append(
                f"judged as {self.settings.release}, and what only reads does not tell pgwatch {self.candidates} apart:"
                " where it is known which it is, name it with --release"
            )
        return notes

    @property
    def seconds(self) -> float:
        """How long all layers took."""
        return sum(self.record.seconds.values())

    @property
    def layers_left_out(self) -> list[str]:
        """The layers that were not asked for."""
        return [layer for layer in LAYERS if layer not in self.settings.layers]

    @property
    def target(self) -> str:
        """The server in words: its URL without credentials, or the mock and its deviations."""
        if self.settings.base_url is None:
            return " ".join(["the mock", *self._kind_of_mock])
        parts = urlsplit(self.settings.base_url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))

    @property
    def preparation(self) -> list[str]:
        """Commands to be given before the curl lines of the failures: they start a mock again, and sign in."""
        login = 'curl -s -H \'Content-Type: application/json\' -d \'{"user":"USER","password":"PASSWORD"}\''
        if self.settings.base_url is not None:
            return [f"TOKEN=$({login} {self.target}/login)"]
        mock = " ".join(["pgwatch-contract mock", *self._kind_of_mock])
        return [f"{mock} &", f"TOKEN=$({login} {self.contract.server}/login)"]

    @property
    def _kind_of_mock(self) -> list[str]:
        release = [f"--release {self.settings.release}"] if self.settings.release else []
        return [*release, *(f"--deviate {name}" for name in self.settings.deviate)]

    def label(self, operation: str) -> str:
        """Return an operation as a person writes it, by its operationId; ``the server`` for the server as a whole."""
        if operation == SERVER:
            return "the server"
        known = self.contract.operations.get(operation)
        return known.label if known else operation

    @property
    def is_broken(self) -> bool:
        """Whether the server is said not to conform: it broke something new, or what it was known for is over."""
        return bool(self.failures or self.expired or (self.settings.strict and self.stale)) and not self.is_void

    @property
    def is_incomplete(self) -> bool:
        """Whether something keeps the server from being said to conform that is no failure of its own."""
        return bool(self.record.errors or self.not_exercised or self.ended or self.uncovered or not self.judged)

    @property
    def is_red(self) -> bool:
        """Whether the server is not said to conform."""
        return self.is_broken or self.is_incomplete

    @property
    def exit_code(self) -> int:
        """0: conforms, 1: does not, 2: could not be judged."""
        return 1 if self.is_broken else 2 if self.is_incomplete else 0

    @property
    def word(self) -> str:
        """The verdict in a word, or a few."""
        if self.is_broken:
            return DOES_NOT
        if self.ended and (self.judged or self.failures):
            return STOPPED
        return NOT_JUDGED if self.is_incomplete else CONFORMS

    @property
    def headline(self) -> str:
        """The verdict in one line, the same in all formats: ``does not conform: 7 failures of 5 clauses``."""
        gaps = [
            (len(dict(self.not_exercised)), "clause", "not exercised"),
            (len(self.record.errors), "test", "could not judge"),
            (len(self.expired), "known deviation", "expired"),
            (len(self.stale), "known deviation", "stale"),
        ]
        parts = [self._found(), *(f"{counted(number, noun)} {what}" for number, noun, what in gaps if number)]
        if self.uncovered:
            wanted = f"{self.settings.coverage_at_least:g} %"
            parts.append(f"{percentage(self.uncovered.percent)} of the document exercised, {wanted} wanted")
        if self.known and self.word != CONFORMS:
            parts.insert(1, counted(len(self.known), "known deviation"))
        if self.ended:
            # Failures come first; that nothing could be judged goes without saying where the reason is said.
            place, replaced = (1, 0) if self.word == DOES_NOT else (0, self.word == NOT_JUDGED)
            parts[place : place + replaced] = [first_sentence(self.ended)]
        unjudged = list(self.clause_words.values()).count(NOT_JUDGED)
        if self.word == CONFORMS and unjudged:
            parts.append(f"{counted(unjudged, 'clause')} not judged")
        where = f" in {', '.join(self.settings.layer)}" if self.word == CONFORMS and self.layers_left_out else ""
        but = f" but for {counted(len(self.known), 'known deviation')}" if self.word == CONFORMS and self.known else ""
        return f"{self.word}{self._to_what}{where}{but}: {'; '.join(parts)}"

    @property
    def _to_what(self) -> str:
        is_named = self.settings.release and self.word in (CONFORMS, DOES_NOT)
        return f" to pgwatch {self.candidates or self.settings.release}" if is_named else ""

    def _found(self) -> str:
        if failures := self.failures:
            new = "new failure" if self.ledger.entries else "failure"
            clauses = {failure.clause for failure in failures}
            return f"{counted(self.number_of_failures, new)} of {counted(len(clauses), 'clause')}"
        if not self.judged:
            return "nothing could be judged"
        judgements = sum(self.record.judged[key] for key in self.judged)
        clauses = {clause for clause, _ in self.judged}
        operations = {operation for _, operation in self.judged} - {SERVER}
        where = f" on {counted(len(operations), 'operation')}" if operations else ""
        effort = f"{counted(self.record.requests, 'request')} in {duration(self.seconds)}"
        found = f"{counted(judgements, 'judgement')} of {counted(len(clauses), 'clause')}{where}, {effort}"
        return found if self.word == CONFORMS else f"no {'new ' if self.known else ''}failure in {found}"


def reach_verdict(  # noqa: PLR0913, PLR0917  # a run, and what is known of the server
    settings: Settings,
    contract: Contract,
    clauses: Clauses,
    record: Record,
    ended: str = "",
    ledger: Ledger | None = None,
    today: datetime.date | None = None,
    recognised: str = "",
    candidates: str = "",
    is_void: bool = False,
) -> Verdict:
    """Return the verdict on what a run has found; a run that ended early could not exercise everything."""
    known = ledger or Ledger()
    day = today or datetime.datetime.now().astimezone().date()
    words: dict[Cell, str] = {}
    reasons: dict[Cell, tuple[str, ...]] = {}
    broken = record.broken
    for clause, operation in cells(clauses, contract, settings.layers):
        key = cell(clause, operation)
        lacking = missing(clause, operation, settings.given - record.unchangeable)
        if key in broken:
            continue
        if record.judged[key]:
            words[key] = KEPT
        elif lacking or ended or clause.id in record.left_out:
            words[key] = NOT_JUDGED
            reasons[key] = lacking or (record.left_out.get(clause.id) or "stopped",)
        elif record.withheld[key]:
            words[key] = NOT_JUDGED
            reasons[key] = ("throwaway",)
        else:
            words[key] = NOT_EXERCISED
    # In the order of the clauses, those of a project's own at the end.
    new = {failure.cell for failure in record.failures.values() if known.explains(failure, day) is None}
    failed = {key: BROKEN if key in new else KNOWN for key in record.broken}
    keys = [cell(clause, operation) for clause, operation in cells(clauses, contract, settings.layers)]
    words = {key: word for key in keys if (word := failed.get(key, words.get(key)))} | failed
    return Verdict(
        settings, contract, clauses, record, words, reasons, ended, is_void, known, day, recognised, candidates
    )
