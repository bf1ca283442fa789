"""What there is to exercise in the answers of an operation: each status, its headers, the keywords of its body."""

from collections.abc import Set

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import JSON, Document, Operation
from contract_tests.coverage.item import ANSWERS, STATUSES, Item, named
from contract_tests.coverage.once import Once
from contract_tests.coverage.reading import NO_VALUE, value_of
from contract_tests.coverage.rules import KEPT, Naming
from contract_tests.coverage.shape import Seen, look, names_in, narrowed, shape_of

SEEN = "seen"


class Answer:
    """A documented status. Of the keywords of its body there is one side: that a value that keeps them was seen."""

    def __init__(self, operation: Operation, status: int, response: Document) -> None:
        self._status = status
        begin = f"{operation.id} {status}"
        self._itself = named(operation.id, "status", str(status), side=SEEN)
        self._headers = {name: named(begin, "header", name, side=SEEN) for name in response.get("headers", {})}
        content: Document = response.get("content", {})
        media_type = next(iter(content), "")
        schema = content[media_type].get("schema") if content else None
        self._is_json = media_type == JSON
        self._rest = shape_of(schema, Naming(f"{begin} body", {KEPT: SEEN})) if schema else None
        names = [*self._headers.values(), *(name for _, name in (names_in(self._rest) if self._rest else ()))]
        self.items = [
            Item(self._itself, operation.id, STATUSES),
            *(Item(name, operation.id, ANSWERS) for name in names),
        ]
        self._once = Once()

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the items that an answer exercises."""
        if exchange.status != self._status:
            return frozenset()
        found = {self._itself, *(item for name, item in self._headers.items() if name in exchange.headers)}
        if self._rest is None or not self._once.is_new(exchange.body):
            return found
        value = value_of(exchange.body, self._is_json)
        if value is NO_VALUE:
            return found
        seen = Seen(found)
        look(self._rest, value, seen)
        if not found.isdisjoint(left):
            self._rest = narrowed(self._rest, left - found)
        return found
