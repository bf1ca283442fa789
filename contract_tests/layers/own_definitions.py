"""The metrics or presets of one test: written, read back, and deleted after it."""

from collections.abc import Sequence
from typing import Any

from contract_tests.asking.definitions import (
    LIST,
    SET,
    Definitions,
    body_of,
    definition,
    definitions_in,
    delete_definition,
)
from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Operation
from contract_tests.judging.fields import Difference, in_words, unlike
from contract_tests.judging.found import of_answer
from contract_tests.judging.suite import Suite
from contract_tests.layers.own import Own, succeeded


class OwnDefinitions(Own):
    """Writes metrics or presets under names of the run's own, lists them, and judges what is listed."""

    def __init__(self, suite: Suite, kind: str) -> None:
        super().__init__(suite)
        self._kind = kind
        self._list = suite.contract.operations[LIST[kind]]
        self._set = suite.contract.operations[SET[kind]]

    def value(self, **fields: Any) -> dict[str, Any]:
        """Return a metric or a preset with all its fields, some of them as they are given."""
        return {**definition(self._set), **fields}

    def add(self, name: str) -> Exchange:
        """Add one that every release and store takes."""
        return self.write(self._set, name, self.value())

    def write(self, operation: Operation, name: str, value: Any) -> Exchange:
        """Send one under its name to an operation that adds or replaces."""
        return self.send(operation.id, body_of(operation, name, value), name=name)

    def remove(self, name: str) -> Exchange:
        """Delete one."""
        return delete_definition(self._http, self._kind, name)

    def listed(self) -> tuple[Exchange, Definitions | None]:
        """List all: the exchange, and what is in it; None where the answer is no list."""
        exchange = self._http.send(self._list.method, self._list.path)
        return exchange, definitions_in(exchange)

    def listed_names(self) -> list[str] | None:
        """Return the names of all; None where the answer is no list."""
        listed = self.listed()[1]
        return None if listed is None else list(listed)

    def judge_stored(  # noqa: PLR0913, PLR0917  # what is judged, and all that a reader is to know of it
        self, clause: str, written: Exchange, name: str, stored: Any, what: str, steps: Sequence[Exchange] = ()
    ) -> None:
        """Judge that a write succeeded and that what is listed under a name is what should be stored."""
        found = self._differences(name, stored) if succeeded(written) else []
        self._judge.that(
            succeeded(written) and not found,
            clause,
            written,
            f"{what}, in the list of {self._kind}",
            in_words(found),
            steps,
            [each.found for each in found],
        )

    def _differences(self, name: str, stored: Any) -> list[Difference]:
        exchange, listed = self.listed()
        if listed is None:
            words = f"{self._list} gives no list of {self._kind} (status {exchange.status})"
            return [Difference(words, f"no list: {of_answer(exchange)}")]
        return unlike(stored, listed[name]) if name in listed else [Difference(*["it is not in the list"] * 2)]
