"""The verdict on a server: what it broke, what was not exercised, and what nobody could judge."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from contract_tests.clauses import LAYERS, SERVER, Clauses
from contract_tests.contract import Contract
from contract_tests.needs import Cell, cell, cells, missing
from contract_tests.options import Settings
from contract_tests.record import Failure, Record
from contract_tests.words import counted, duration

KEPT, BROKEN, NOT_EXERCISED, NOT_JUDGED = "kept", "broken", "not exercised", "not judged"
"""The words for a clause on an operation."""
CONFORMS, DOES_NOT, STOPPED = "conforms", "does not conform", "stopped"
"""The words for a server."""
_BY_WEIGHT = (BROKEN, NOT_EXERCISED, KEPT, NOT_JUDGED)
_JWT = r"\beyJ[\w-]*\.[\w-]+\.[\w-]*"


@dataclass(frozen=True)
class Verdict:
    """All that a run says of a server.

    ``cells`` gives each pair of clause and operation one of the four words above, ``not_judged`` the needs (words of
    ``needs.py``, or ``deselected``, or ``stopped``) for which a pair was not judged.
    """

    settings: Settings
    contract: Contract
    clauses: Clauses
    record: Record
    cells: dict[Cell, str]
    not_judged: dict[Cell, tuple[str, ...]]
    is_stopped: bool = False

    @property
    def failures(self) -> list[Failure]:
        """The failures, in the order of the clauses and operations."""
        place = {name: number for number, name in enumerate([*self.clauses, *self.contract.operations])}
        return sorted(
            self.record.failures.values(), key=lambda each: (place[each.clause], place.get(each.operation, -1))
        )

    @property
    def not_exercised(self) -> list[Cell]:
        """The pairs that the run should have judged and did not."""
        return [key for key, word in self.cells.items() if word == NOT_EXERCISED]

    @property
    def judged(self) -> list[Cell]:
        """The pairs that were judged."""
        return [key for key, word in self.cells.items() if word in (KEPT, BROKEN)]

    @property
    def clause_words(self) -> dict[str, str]:
        """The word for each clause over all its operations: the worst; ``not judged`` where it was on none."""
        words: dict[str, str] = {}
        for (clause, _), word in self.cells.items():
            words[clause] = min(word, words.get(clause, word), key=_BY_WEIGHT.index)
        return words

    @property
    def errors(self) -> dict[str, str]:
        """Why tests could not judge, by test; without secrets: the text of an exception may hold any."""
        secrets = (self.settings.password, self.settings.jwt_secret, self.settings.database)
        known = [rf"(?<!\w){re.escape(secret)}(?!\w)" for secret in secrets if secret]
        hidden = re.compile("|".join([*known, _JWT]))
        return {test: hidden.sub("***", error) for test, error in self.record.errors.items()}

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
            return " ".join(["the mock", *(f"--deviate {name}" for name in self.settings.deviate)])
        parts = urlsplit(self.settings.base_url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))

    @property
    def preparation(self) -> list[str]:
        """Commands to be given before the curl lines of the failures: they start a mock again, and sign in."""
        login = 'curl -s -H \'Content-Type: application/json\' -d \'{"user":"USER","password":"PASSWORD"}\''
        if self.settings.base_url is not None:
            return [f"TOKEN=$({login} {self.target}/login)"]
        deviations = "".join(f" --deviate {name}" for name in self.settings.deviate)
        return [f"pgwatch-contract mock{deviations} &", f"TOKEN=$({login} {self.contract.server}/login)"]

    def label(self, operation: str) -> str:
        """Return an operation as a person writes it, by its operationId; ``the server`` for the server as a whole."""
        if operation == SERVER:
            return "the server"
        known = self.contract.operations.get(operation)
        return known.label if known else operation

    @property
    def is_red(self) -> bool:
        """Whether anything keeps the server from being said to conform."""
        gaps = self.record.errors or self.not_exercised or self.is_stopped or not self.judged
        return bool(self.record.failures or gaps)

    @property
    def word(self) -> str:
        """The verdict in a word, or a few."""
        if self.is_stopped and not self.record.failures:
            return STOPPED
        if not (self.judged or self.record.failures or self.not_exercised or self.record.errors):
            return NOT_JUDGED
        return DOES_NOT if self.is_red else CONFORMS

    @property
    def headline(self) -> str:
        """The verdict in one line, the same in all formats: ``does not conform: 7 failures of 5 clauses``."""
        gaps = [
            (len(dict(self.not_exercised)), "clause", "not exercised"),
            (len(self.record.errors), "test", "could not judge"),
        ]
        parts = [self._found(), *(f"{counted(number, noun)} {what}" for number, noun, what in gaps if number)]
        if self.word == DOES_NOT and self.is_stopped:
            parts.append("stopped before the end")
        unjudged = list(self.clause_words.values()).count(NOT_JUDGED)
        if self.word == CONFORMS and unjudged:
            parts.append(f"{counted(unjudged, 'clause')} not judged")
        where = f" in {', '.join(self.settings.layer)}" if self.word == CONFORMS and self.layers_left_out else ""
        return f"{self.word}{where}: {'; '.join(parts)}"

    def _found(self) -> str:
        if failures := self.record.failures:
            return f"{counted(len(failures), 'failure')} of {counted(len(dict(failures.keys())), 'clause')}"
        if not self.judged:
            return "nothing could be judged"
        judgements = sum(self.record.judged[key] for key in self.judged)
        clauses = {clause for clause, _ in self.judged}
        operations = {operation for _, operation in self.judged} - {SERVER}
        where = f" on {counted(len(operations), 'operation')}" if operations else ""
        effort = f"{counted(self.record.requests, 'request')} in {duration(self.seconds)}"
        found = f"{counted(judgements, 'judgement')} of {counted(len(clauses), 'clause')}{where}, {effort}"
        return found if self.word == CONFORMS else f"no failure in {found}"


def reach_verdict(
    settings: Settings, contract: Contract, clauses: Clauses, record: Record, is_stopped: object = False
) -> Verdict:
    """Return the verdict on what a run has found; a run that was stopped could not exercise everything."""
    words: dict[Cell, str] = {}
    reasons: dict[Cell, tuple[str, ...]] = {}
    for clause, operation in cells(clauses, contract, settings.layers):
        key = cell(clause, operation)
        lacking = missing(clause, operation, settings.given)
        if key in record.failures:
            words[key] = BROKEN
        elif record.judged[key]:
            words[key] = KEPT
        elif lacking or is_stopped or clause.id in record.deselected:
            words[key] = NOT_JUDGED
            reasons[key] = lacking or ("stopped" if is_stopped else "deselected",)
        else:
            words[key] = NOT_EXERCISED
    words |= dict.fromkeys(record.failures, BROKEN)
    return Verdict(settings, contract, clauses, record, words, reasons, bool(is_stopped))
