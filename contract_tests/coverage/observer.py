"""The observer: it is told of every exchange that is judged, and knows which items are left to exercise."""

from collections.abc import Iterable, Iterator
from threading import Lock

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Contract, Operation
from contract_tests.coverage.answers import Answer
from contract_tests.coverage.item import Item, Statement
from contract_tests.coverage.links import links_of
from contract_tests.coverage.requests import Body, Examples, Parameter, Token


class Coverage:
    """Which items of a contract the exchanges have exercised that it was told of, from several threads too.

    What has no item left is asked no more: most of a run costs nothing.
    """

    def __init__(self, contract: Contract) -> None:
        self._by_operation = _statements_of(contract)
        self._left = {item.name for item in _items(self._by_operation)}
        self.exercised: set[str] = set()
        self._lock = Lock()

    def see(self, exchange: Exchange) -> None:
        """Take an exchange into account."""
        statements = self._by_operation.get(exchange.operation)
        if not statements:
            return
        with self._lock:
            for statement in list(statements):
                found = statement.found_in(exchange, self._left) & self._left
                if found:
                    self.exercised |= found
                    self._left -= found
                    if all(item.name in self.exercised for item in statement.items):
                        self._forget(statement)

    def _forget(self, statement: Statement) -> None:
        for statements in self._by_operation.values():
            if statement in statements:
                statements.remove(statement)


def items_of(contract: Contract) -> list[Item]:
    """Return all that there is to exercise in a contract, by operation, in the order of the document."""
    return list(dict.fromkeys(_items(_statements_of(contract))))


def _items(statements: dict[str, list[Statement]]) -> Iterator[Item]:
    for each in statements.values():
        for statement in each:
            yield from statement.items


def _statements_of(contract: Contract) -> dict[str, list[Statement]]:
    """Return what items follow from, by the operations whose exchanges can exercise them."""
    statements: dict[str, list[Statement]] = {
        name: list(_own_statements_of(contract, operation)) for name, operation in contract.operations.items()
    }
    for operation in contract.operations.values():
        for link in links_of(contract, operation):
            for name in dict.fromkeys((operation.id, link.target.id)):
                statements[name].append(link)
    return statements


def _own_statements_of(contract: Contract, operation: Operation) -> Iterable[Statement]:
    yield from (Answer(operation, status, response) for status, response in operation.statuses.items())
    yield from (Parameter(operation, each) for each in operation.document.get("parameters", ()))
    yield Token(contract, operation)
    if operation.body:
        yield Body(operation)
        yield Examples(operation)
