"""The ledger: which failures are known, of a release of pgwatch or of a user's own server, and why."""

import datetime
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from contract_tests.contract.clauses import SERVER, Clauses
from contract_tests.contract.document import Contract
from contract_tests.contract.needs import Cell
from contract_tests.errors import NotJudged
from contract_tests.judging.record import Failure
from contract_tests.words import nearest
from pgwatch_contract.catalogue import read_entries
from pgwatch_contract.files import schema_file
from pgwatch_contract.releases.release import Known, read_release

OWN = "own ledger"
"""What stands for the release where an entry is the user's."""
_ANYTHING = "..."
TO_BE_EXPLAINED = "to be explained"
_HEAD = """\
# The failures that are known of this server, and why they are accepted: pgwatch-contract verify URL --ledger FILE.
# An entry is for one clause (pgwatch-contract clauses lists them) and one operation (an operationId; none for the
# server as a whole), and for what was found there: anything else on the same pair is new, and red. In what was found
# three dots stand for any text.
# With expires: 2026-12-31 it counts up to that day, and turns the run red after it.
"""


@dataclass(frozen=True, eq=False)
class Entry:
    """One known deviation: it explains what is ``found`` by clause, on any of its operations, and nothing else.

    In what is found ``...`` stands for any text. ``operations`` holds SERVER where it is about the server as a whole;
    none at all is any. ``store`` is the one it needs, ``expires`` the last day on which it counts; None where there is
    no such limit. With ``mainly``, the entry is stale where these of its clauses were judged: the others break along
    with them. One that shows ``by_chance``, when requests meet at the right moment or by what a server happens to hold,
    is never stale.
    """

    name: str
    title: str
    operations: frozenset[str]
    found: Mapping[str, Sequence[str]]
    source: str
    store: str | None = None
    expires: datetime.date | None = None
    is_own: bool = False
    mainly: frozenset[str] = frozenset()
    by_chance: bool = False

    def can_be_stale_by(self, cell: Cell) -> bool:
        """Say whether the entry is to be seen at a cell, if it is to be seen at all."""
        return not self.by_chance and self.is_about(cell) and (not self.mainly or cell[0] in self.mainly)

    def is_about(self, cell: Cell) -> bool:
        """Say whether a clause on an operation is one that it is about."""
        clause, operation = cell
        return clause in self.found and (not self.operations or operation in self.operations)

    def explains(self, failure: Failure) -> bool:
        """Say whether a failure is the one that is known."""
        patterns = self.found[failure.clause] if self.is_about(failure.cell) else ()
        return any(_expression(each).fullmatch(failure.found) for each in patterns)

    def has_expired(self, today: datetime.date) -> bool:
        """Say whether its last day is over."""
        return self.expires is not None and today > self.expires


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split(_ANYTHING))), re.DOTALL)


@dataclass(frozen=True)
class Ledger:
    """All known deviations of a target. ``store`` is the one that its sources are kept in; None where not given."""

    entries: tuple[Entry, ...] = ()
    store: str | None = None

    def explains(self, failure: Failure, today: datetime.date) -> Entry | None:
        """Return the entry that explains a failure, None for a new one."""
        return next((each for each in self.entries if each.explains(failure) and self._counts(each, today)), None)

    def sorted_out(self, failures: Iterable[Failure]) -> tuple[list[Entry], list[Failure]]:
        """Return the entries that explain some of the failures, and the failures that are new, as of today."""
        today = datetime.datetime.now().astimezone().date()
        entries = [(failure, self.explains(failure, today)) for failure in failures]
        known = dict.fromkeys(entry for _, entry in entries if entry is not None)
        return list(known), [failure for failure, entry in entries if entry is None]

    def expired(self, today: datetime.date) -> list[Entry]:
        """Return the entries whose last day is over."""
        return [each for each in self.entries if each.has_expired(today)]

    def stale(
        self, failures: Iterable[Failure], judged: Collection[Cell], every: Collection[Cell], today: datetime.date
    ) -> list[Entry]:
        """Return the entries of which nothing is found any more, though all of their cells, of ``every``, were judged.

        An entry that needs a store is never stale where the store of the target is not given.
        """
        found = list(failures)
        return [
            each
            for each in self.entries
            if self._counts(each, today)
            and (each.store is None or self.store is not None)
            and (about := set(filter(each.can_be_stale_by, every)))
            and about.issubset(judged)
            and not any(map(each.explains, found))
        ]

    def _counts(self, entry: Entry, today: datetime.date) -> bool:
        is_of_other_store = None not in (entry.store, self.store) and entry.store != self.store
        return not is_of_other_store and not entry.has_expired(today)


def ledger_of(release: str | None, store: str | None, own: Path | None, clauses: Clauses, contract: Contract) -> Ledger:
    """Return the ledger of a release and a user's own one together; either may be missing.

    Raises NotJudged, with one line, for a file that cannot be read, or that is about what nobody judges.
    """
    entries = [] if release is None else [_of_release(known, clauses) for known in read_release(release).deviations]
    return Ledger((*(read_own(own, clauses, contract) if own else ()), *entries), store)


def read_own(file: Path, clauses: Clauses, contract: Contract) -> list[Entry]:
    """Return the entries of a user's ledger; raises NotJudged with one line where it is wrong."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except OSError as error:
        raise NotJudged(f"{file}: the ledger cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotJudged(f"{file}: the ledger is not YAML: {' '.join(str(error).split())}") from None
    schema = yaml.safe_load(schema_file("ledger").read_text(encoding="utf-8"))
    for fault in jsonschema_rs.Draft202012Validator(schema).iter_errors(_plain(content)):
        where = " ".join(f"entry {step + 1}" if isinstance(step, int) else step for step in fault.instance_path)
        advice = "; --write-ledger writes entries as they are to be" if "found" in fault.message else ""
        raise NotJudged(f"{file}: {where or 'the ledger'}: {fault.message}{advice}")
    for entry in content:
        if wrong := _fault_of(entry["clause"], entry.get("operation", SERVER), clauses, contract):
            raise NotJudged(f"{file}: {wrong}")
    return [_own(entry) for entry in content]


def _fault_of(clause: str, operation: str, clauses: Clauses, contract: Contract) -> str:
    """Return what is wrong with a pair of clause and operation, empty for nothing."""
    if clause not in clauses:
        return f"no clause {clause!r}{nearest(clause, clauses)}: pgwatch-contract clauses lists all"
    if operation and operation not in contract.operations:
        return f"no operation {operation!r}{nearest(operation, contract.operations)}: an operationId of the contract"
    judged_on = [each.id for each in clauses[clause].operations_in(contract)]
    if len(judged_on) != 1:
        judged_on.append(SERVER)  # answers at paths that are none of them count for the server as a whole
    if operation not in judged_on:
        named = ", ".join(each or "no operation at all" for each in judged_on)
        return f"nobody judges {clause} on {operation or 'the server as a whole'}: it is about {named}"
    return ""


def write_own(file: Path, failures: Sequence[Failure], clauses: Clauses, contract: Contract) -> None:
    """Write a ledger of failures; entries that the file has already keep their reasons and last days.

    Raises NotJudged where it cannot be written.
    """
    there = read_own(file, clauses, contract) if file.exists() else []
    new: dict[Cell, set[str]] = {}
    for failure in failures:
        if not any(entry.explains(failure) for entry in there):
            new.setdefault(failure.cell, set()).add(failure.found)
    entries = [_as_data(entry) for entry in there]
    entries += [
        {
            "clause": clause,
            **({"operation": operation} if operation else {}),
            "found": sorted(found),
            "reason": TO_BE_EXPLAINED,
        }
        for (clause, operation), found in new.items()
    ]
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=118) if entries else "[]\n"
    try:
        file.write_text(_HEAD + text, encoding="utf-8")
    except OSError as error:
        raise NotJudged(f"{file}: the ledger cannot be written: {error.strerror}") from None


def _as_data(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"clause": entry.name}
    if operation := min(entry.operations):
        data["operation"] = operation
    data |= {"found": list(entry.found[entry.name]), "reason": entry.title}
    if entry.expires:
        data["expires"] = entry.expires
    return data


def _of_release(known: Known, every: Clauses) -> Entry:
    entry = read_entries()[known.name]
    # Of some deviations nothing can be seen in a real server: they show in one that starts, or has another secret.
    every_clause = {**entry.get("found", {}), **known.found}
    found = {clause: patterns for clause, patterns in every_clause.items() if patterns}
    operations = entry["operations"] if known.operations is None else known.operations
    mainly = frozenset(entry["breaks"]) & found.keys()
    # Null in a list is what a file holds until pgwatch first writes it: a run that writes does not see it.
    by_chance = {every[clause].layer for clause in mainly} == {"concurrency"} or mainly == {"answer.body-fits-schema"}
    return Entry(
        known.name,
        entry["title"],
        frozenset(operations),
        found,
        known.source,
        known.store,
        mainly=mainly,
        by_chance=by_chance,
    )


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _own(entry: Mapping[str, Any]) -> Entry:
    operations = frozenset([entry.get("operation", SERVER)])
    found = {entry["clause"]: entry["found"]}
    return Entry(entry["clause"], entry["reason"], operations, found, OWN, expires=entry.get("expires"), is_own=True)


def _plain(value: Any) -> Any:
    """Return YAML's data as JSON has it: YAML knows dates."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
