"""Plays sequences of requests on sources, and judges each by the list before and after it."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import Source, delete_source, list_sources, sources_in
from contract_tests.contract.document import JSON
from contract_tests.judging.found import of_each
from contract_tests.judging.suite import Suite
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources
from contract_tests.layers.stateful.model import ADD, DELETE, UPDATE, Finding, Model, Step
from contract_tests.target.guard import Permission

_MOST_REQUESTS = 120
"""So many requests at most are spent on making one sequence shorter."""
_MOST_FAULTS = 3
"""So many are told of what one request has done."""
_ACUTE = "\N{LATIN SMALL LETTER E WITH ACUTE}"


class Player:
    """Plays sequences, each from a list without sources of its own, and deletes them after it."""

    def __init__(self, suite: Suite, own: OwnSources) -> None:
        self._suite = suite
        self._own = own
        operations = suite.contract.operations
        self._schema = (operations[ADD].body or {})[JSON]["schema"]
        self.can_update = UPDATE in operations
        # What no refusal of the document speaks against is done: an addition replaces, an update creates.
        self._upserts = frozenset(
            each
            for each, status in ((ADD, 409), (UPDATE, 404))
            if each in operations and status not in operations[each].statuses
        )
        self._model = Model(self._schema, [], self._upserts)
        self._written: list[Exchange] = []
        self._played: list[Step] = []
        self._pool: list[str] = []
        self._is_free = suite.guard.permission is Permission.THROWAWAY
        self._shortened: set[str] = set()
        self.is_as_before = True
        """Whether the latest request was refused and has changed nothing."""

    @property
    def listed(self) -> list[str]:
        """The names that are listed."""
        return self._model.names

    def names(self) -> list[str]:
        """Return names for a sequence that have much in common, and that no other has; those the guard lets out."""
        target = self._suite.target
        target.used_names += 1
        stem = target.name("state", target.used_names, "x")
        inner = [
            "b",
            "Ab",
            "AB",
            "ab",
            "A",
            "Ab ",
            "Ab%",
            "A_",
            "A*",
            "A.",
            "A%62",
            "A/b",
            "A+b",
            "A\N{ELEPHANT}",
            f"A{_ACUTE}",
            unicodedata.normalize("NFD", f"A{_ACUTE}"),
        ]
        made = [stem, *(f"{stem}-{each}" for each in inner), stem.upper(), f" {stem}"]
        add = self._suite.contract.operations[ADD]
        self._pool = [
            name for name in made if self._own.may_be_sent("source.names-are-exact", add, self._own.named(name))
        ]
        return self._pool

    def body(self, name: str, label: str = "", is_enabled: bool = False) -> Source:
        """Return a source that every release and store takes; of another label, it differs in most fields."""
        is_enabled = is_enabled and self._is_free
        if not label:
            return self._own.named(name, IsEnabled=is_enabled)
        tags = {"contract": label, f"contract_{label}": ""}
        fields = {
            "IsEnabled": is_enabled,
            "Group": f"contract-{label}",
            "CustomTags": tags,
            "Kind": "pgbouncer",
            "IncludePattern": f"^{label}",
            "ExcludePattern": label,
            "OnlyIfMaster": True,
            "IsSuperuser": True,
            "HostConfig": {"Scope": label, "DcsEndpoints": [label]},
        }
        known = self._schema["properties"]
        return self._own.named(name, **{field: value for field, value in fields.items() if field in known})

    def begin(self) -> None:
        """Begin a sequence: without sources of its own, as far as they can be deleted."""
        for name in dict.fromkeys(step.name for step in self._played):
            if name in self.listed:
                delete_source(self._suite.http, name)
        self._written, self._played = [], []
        self._model = Model(self._schema, list_sources(self._suite.http) or [], self._upserts)

    def play(self, steps: Iterable[Step]) -> None:
        """Play a sequence to its end. Each request is judged by the list that was there before it."""
        self.begin()
        for step in steps:
            self.step(step)

    def play_until_broken(self, steps: Iterable[Step]) -> list[Finding]:
        """Play a sequence up to the request after which the list is not as it should be; return what is broken."""
        self.begin()
        for step in steps:
            broken = self.step(step)
            if broken and not self.is_as_before:
                return broken
        return []

    def step(self, step: Step) -> list[Finding]:
        """Send one request, read the list, and judge what has become of it; return what is broken."""
        exchange = self._send(step)
        listing = self._suite.http.send("GET", "/source")
        listed = sources_in(listing)
        self._played.append(step)
        was = self._model.listed
        findings = list(self._model.findings(step, succeeded(exchange), listed))
        for finding in findings:
            self._judge(finding, exchange)
        self._written.append(exchange)
        self.is_as_before = not succeeded(exchange) and was == listed
        if step.operation == DELETE and exchange.status == 405:
            # Releases without the operation have another.
            delete_source(self._suite.http, step.name)
            self._model.listed = list_sources(self._suite.http) or []
        return [finding for finding in findings if not finding.holds]

    def shorten(self, broken: Sequence[Finding]) -> bool:
        """Look for a shorter sequence that shows what the one just played has found: the record keeps the shortest.

        Return whether sequences were played to find one: not where the same was found before.
        """
        wanted = {finding.clause for finding in broken} - self._shortened
        self._shortened |= wanted
        steps, pool = list(self._played), self._pool
        spent = self._suite.judge.record.requests + _MOST_REQUESTS
        for place in reversed(range(len(steps) - 1 if wanted else 0)):
            if place < len(steps) - 1 and self._suite.judge.record.requests < spent:
                # Under new names: of the old ones a faulty server may have kept something.
                new = dict(zip(pool, self.names(), strict=True))
                found = self.play_until_broken(each.renamed(new) for each in steps[:place] + steps[place + 1 :])
                if wanted & {finding.clause for finding in found}:
                    steps, pool = list(self._played), self._pool
        return bool(wanted)

    def _send(self, step: Step) -> Exchange:
        if step.name not in {each.name for each in self._played}:
            self._own.claim(step.name)
        if step.operation == DELETE:
            return self._own.delete(step.name)
        return self._own.send(step.operation, dict(step.body), name=step.name)

    def _judge(self, finding: Finding, exchange: Exchange) -> None:
        """Judge a clause by a finding; what the answer alone shows is said by the answer."""
        told = f"{exchange.status}, and {'; '.join(finding.faults[:_MOST_FAULTS])}" if finding.faults else ""
        found = of_each(exchange, finding.faults)
        self._suite.judge.that(finding.holds, finding.clause, exchange, finding.expected, told, self._written, found)


def added(player: Player, *names: str, label: str = "") -> list[Step]:
    """Return the steps that add sources."""
    return [Step(ADD, name, player.body(name, label)) for name in names]


def invalid(body: Source, place: int = 0) -> dict[str, Any]:
    """Return a body that is in one field not as the document has it."""
    faults: list[dict[str, Any]] = [{"Kind": "contract"}, {"OnlyIfMaster": "yes"}, {"Metrics": {"contract": -1}}]
    return {**body, **faults[place % len(faults)]}
