"""The judge: tests tell it what they expected and what they saw; it keeps the record."""

import re
from collections.abc import Iterable, Sequence

from contract_tests.check import Check
from contract_tests.clauses import SERVER, Clauses
from contract_tests.exchange import Exchange
from contract_tests.record import Failure, Record
from contract_tests.target import Target

_ANY_MOCK = re.compile(r"http://127\.0\.0\.1:\d+")


class Judge:
    """Judges one target. ``layer`` and ``test`` say who is asking; the plugin sets them."""

    def __init__(self, target: Target, clauses: Clauses, checks: Iterable[Check], record: Record) -> None:
        self.target = target
        self.record = record
        # Before the first test the run signs in.
        self.layer, self.test = "authentication", ""
        self.failures_of_test: list[Failure] = []
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
        judge = Judge(self.target, self._clauses, (), Record())
        judge.layer, judge._checks = layer, self._checks
        return judge

    def adopt(self, judge: "Judge") -> None:
        """Take what a judge apart has found, as if it had been found by the test that is asking."""
        self.record.merge(judge.record)
        self.failures_of_test += judge.failures_of_test

    def see(self, exchange: Exchange) -> None:
        """Test every check that applies to an exchange (an observer of the transport)."""
        self.record.requests += 1
        for check in self._checks.get(exchange.operation, ()):
            if check.applies(exchange):
                expected, actual = check.find(exchange) or ("", "")
                self.that(not expected, check.clause, exchange, expected, actual)

    def that(  # noqa: PLR0913, PLR0917  # what is judged, and all that a reader is to know of it
        self,
        holds: bool,
        clause: str,
        about: Exchange | str,
        expected: str,
        actual: str = "",
        steps: Sequence[Exchange | str] = (),
    ) -> bool:
        """Judge a clause: record that it was, and a failure where it does not hold; return whether it holds.

        ``about`` is the exchange that shows it, or an operationId where no single one does. ``actual`` is by default
        the answer in words. ``steps`` are what led to it. A clause that is not about the operation of the exchange
        is judged for the server as a whole.
        """
        about_it = self._operations[clause]
        exchange = about if isinstance(about, Exchange) else None
        asked = exchange.operation if exchange else str(about)
        operation = asked if asked in about_it else about_it[0] if len(about_it) == 1 else SERVER
        self.record.judged[clause, operation] += 1
        if not holds:
            self._fail(clause, operation, exchange, expected, actual, steps)
        return holds

    def status(self, status: int, clause: str, exchange: Exchange, steps: Sequence[Exchange | str] = ()) -> bool:
        """Judge a clause by the status of an answer alone."""
        return self.that(exchange.status == status, clause, exchange, f"status {status}", steps=steps)

    def _fail(  # noqa: PLR0913, PLR0917
        self,
        clause: str,
        operation: str,
        exchange: Exchange | None,
        expected: str,
        actual: str,
        steps: Sequence[Exchange | str],
    ) -> None:
        mask = self.target.masked
        said = actual or (self._answer(exchange) if exchange else "")
        failure = Failure(
            clause=clause,
            operation=operation,
            expected=mask(expected),
            actual=mask(said),
            request=mask(f"{exchange.method} {exchange.path}") if exchange else "",
            curl=mask(self._curl(exchange)) if exchange else "",
            steps=[mask(step if isinstance(step, str) else self._step(step)) for step in steps],
            size=exchange.size + sum(step.size for step in steps if isinstance(step, Exchange)) if exchange else 0,
            layer=self.layer,
            test=self.test,
        )
        self.record.add(failure)
        self.failures_of_test.append(failure)

    def _step(self, exchange: Exchange) -> str:
        return f"{self._curl(exchange)}  # {exchange.status or exchange.error}"

    def _curl(self, exchange: Exchange) -> str:
        """Return a command that sends a request again; of a mock that will have ended, to one started by hand."""
        line = exchange.curl(self.target.placeholders)
        return _ANY_MOCK.sub(self.target.contract.server, line) if self.target.is_mock else line

    def _answer(self, exchange: Exchange) -> str:
        """Return an answer in words; the sources of a real server stay out of reports."""
        if not self.target.is_mock and exchange.status == 200 and len(exchange.body) > 60:
            return f"200 {exchange.headers.get('Content-Type', '')} ({len(exchange.body)} bytes)"
        return exchange.in_words()
