"""The judge: tests tell it what they expected and what they saw; it keeps the record."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.clauses import SERVER, Clauses
from contract_tests.coverage.observer import Coverage
from contract_tests.judging import found as finding
from contract_tests.judging.check import Check, Finding
from contract_tests.judging.record import Failure, Record
from contract_tests.target.target import Target

_ANY_MOCK = re.compile(r"http://127\.0\.0\.1:\d+")


class Judge:
    """Judges one target. ``layer`` and ``test`` say who is asking; the plugin sets them.

    What was found counts once it is committed: at the end of a test, if the server is still there.
    """

    def __init__(
        self,
        target: Target,
        clauses: Clauses,
        checks: Iterable[Check],
        record: Record,
        coverage: Coverage | None = None,
    ) -> None:
        self.target = target
        self.record = record
        self.coverage = coverage or Coverage(target.contract)
        # Before the first test the run signs in.
        self.layer, self.test = "authentication", ""
        self._pending = Record()
        # The same is found again and again.
        self._found = lru_cache(maxsize=1024)(target.hidden.masked)
        self._clauses = clauses
        self._operations = {
            name: [operation.id for operation in clause.operations_in(target.contract)]
            for name, clause in clauses.items()
        }
        self._checks: dict[str, list[Check]] = {}
        for check in checks:
            for operation in self._operations[check.clause]:
                self._checks.setdefault(operation, []).append(check)

    def apart(self, layer: str) -> "Judge":
        """Return a judge of the same clauses with a record of its own, for what goes on beside the tests."""
        judge = Judge(self.target, self._clauses, (), Record(), self.coverage)
        judge.layer, judge._checks = layer, self._checks
        return judge

    def adopt(self, judge: "Judge") -> None:
        """Take what a judge apart has found, as if it had been found by the test that is asking."""
        self._pending.merge(judge.record)
        self._pending.merge(judge._pending)

    def commit(self) -> list[Failure]:
        """Have what was found since the last time count, and return the failures in it."""
        found, self._pending = self._pending, Record()
        self.record.merge(found)
        return list(found.failures.values())

    def drop(self) -> None:
        """Forget what was found since the last time: it says nothing of a server that was there no more."""
        self._pending = Record()

    @property
    def has_found_failures(self) -> bool:
        """Whether anything was found since the last time."""
        return bool(self._pending.failures)

    def see(self, exchange: Exchange) -> None:
        """Test every check that applies to an exchange (an observer of the transport)."""
        self.record.requests += 1
        self.coverage.see(exchange)
        for check in self._checks.get(exchange.operation, ()):
            if check.applies(exchange):
                self.finding(check.find(exchange), check.clause, exchange)

    def finding(self, finding: Finding, clause: str, exchange: Exchange) -> bool:
        """Judge a clause by what a check has found in an exchange; return whether it holds."""
        if finding is None:
            return self.that(True, clause, exchange, "")
        expected, actual, *rest = finding
        found = rest[0] if rest else ()
        what = str(rest[1]) if len(rest) > 1 else ""
        return self.that(False, clause, exchange, expected, actual, found=found, what=what)

    def that(  # noqa: PLR0913, PLR0917  # what is judged, and all that a reader is to know of it
        self,
        holds: bool,
        clause: str,
        about: Exchange | str,
        expected: str,
        actual: str = "",
        steps: Sequence[Exchange | str] = (),
        found: Sequence[str] = (),
        what: str = "",
    ) -> bool:
        """Judge a clause: record that it was, and a failure where it does not hold; return whether it holds.

        ``about`` is the exchange that shows it, or an operationId where no single one does. ``actual`` is by default
        the answer in words. ``steps`` are what led to it. ``found`` says what was found in words that are the same in
        every run (``found.py``), each a failure of its own, and stands for ``actual`` where that is empty; by default
        it follows from the answer and ``actual``. ``what`` says what was asked or sent, in words that are the same in
        every run: where a clause is about several things, what was found of one is not what was found of another. A
        clause that is not about the operation of the exchange is judged for the server as a whole.
        """
        exchange = about if isinstance(about, Exchange) else None
        operation = self._subject(clause, exchange.operation if exchange else str(about))
        self._pending.judged[clause, operation] += 1
        if not holds:
            for each in found or [finding.of(exchange, actual)]:
                said = actual or (each if found else "")
                seen = f"{what}: {each}" if what else each
                self._fail(Failure(clause, operation, expected, said, seen, what), exchange, steps)
        return holds

    def withhold(self, clause: str, operation: str) -> None:
        """Record that the guard kept back a request that a clause on an operation would have needed."""
        self._pending.withheld[clause, self._subject(clause, operation)] += 1

    def _subject(self, clause: str, asked: str) -> str:
        """Return the operation that a clause is judged on, or SERVER."""
        about_it = self._operations[clause]
        return asked if asked in about_it else about_it[0] if len(about_it) == 1 else SERVER

    def status(  # as above
        self, status: int, clause: str, exchange: Exchange, steps: Sequence[Exchange | str] = (), what: str = ""
    ) -> bool:
        """Judge a clause by the status of an answer alone: to ``what``, as in ``that``."""
        expected = f"status {status} to {what}" if what else f"status {status}"
        return self.that(exchange.status == status, clause, exchange, expected, steps=steps, what=what)

    def _fail(self, failure: Failure, exchange: Exchange | None, steps: Sequence[Exchange | str]) -> None:
        """Add a failure, told in words that hide what no report shows; those that are not shown need none."""
        mask = self.target.hidden.masked
        failure.size = _size(exchange, steps)
        failure.found, failure.what = self._found(failure.found), self._found(failure.what)
        failure.layer, failure.test = self.layer, self.test
        known = self._pending.failures.get(failure.key) or self.record.failures.get(failure.key)
        if known is None or failure.size < known.size:
            said = failure.actual or (exchange.in_words() if exchange else "")
            failure.expected, failure.actual = mask(self._shown(failure.expected)), mask(self._shown(said))
            failure.steps = [mask(step if isinstance(step, str) else self._step(step)) for step in steps]
            if exchange:
                failure.request = mask(self._shown(f"{exchange.method} {exchange.path}"))
                failure.curl = mask(self._curl(exchange))
        self._pending.add(failure)

    def _step(self, exchange: Exchange) -> str:
        return f"{self._curl(exchange)}  # {exchange.status or exchange.error}"

    def _curl(self, exchange: Exchange) -> str:
        """Return a command that sends a request again; of a mock that will have ended, to one started by hand."""
        line = self._shown(exchange.curl(self.target.hidden.placeholders))
        return _ANY_MOCK.sub(self.target.contract.server, line) if self.target.is_mock else line

    def _shown(self, text: str) -> str:
        """Return a text with names that the same seed gives again: those on the wire are of this run alone."""
        target = self.target
        return text if target.is_mock or not target.prefix else text.replace(target.prefix, f"contract-{target.seed}-")


def _size(exchange: Exchange | None, steps: Sequence[Exchange | str]) -> int:
    return exchange.size + sum(step.size for step in steps if isinstance(step, Exchange)) if exchange else 0
