"""The links of the document: whether what an answer leads to was asked for, with the value that the link names."""

from collections import deque
from collections.abc import Iterator, Set
from typing import Any

import orjson

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Contract, Document, Operation
from contract_tests.coverage.item import LINKS, Item, named
from contract_tests.coverage.reading import is_let_in, text_at, value_of

_BODY = "$request.body"
_MOST = 1000
"""So many values are remembered that could still be followed."""
_NOTHING = object()


class Link:
    """A link of one status: followed once its target was asked after its operation, by the value it is to have.

    Expressions other than those on the body of the request are not looked at: any value is right for them.
    """

    def __init__(self, contract: Contract, operation: Operation, status: int, name: str, link: Document) -> None:
        self.operation, self.target = operation, contract.operations[link["operationId"]]
        self._status = status
        self._name = named(operation.id, str(status), "link", name, side="followed")
        self.items = [Item(self._name, operation.id, LINKS)]
        self._parameters = {key: str(each) for key, each in link.get("parameters", {}).items() if _is_on_body(each)}
        self._body = link.get("requestBody") if _is_on_body(link.get("requestBody")) else None
        self._left_to_follow: deque[int] = deque(maxlen=_MOST)

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the link where a request follows it."""
        is_followed = (
            exchange.operation == self.target.id
            and is_let_in(exchange, self.target)
            and self._value_asked(exchange) in self._left_to_follow
        )
        if exchange.operation == self.operation.id and exchange.status == self._status:
            self._left_to_follow.append(self._value_offered(exchange))
        return {self._name} if is_followed else frozenset()

    def _value_offered(self, exchange: Exchange) -> int:
        """Return what the target is to be asked with, after an exchange: parameters and body as one number."""
        value = value_of(exchange.request_body, self.operation.takes_json)
        parameters = tuple(str(_at(value, expression)) for expression in self._parameters.values())
        return hash((parameters, _canonical(_at(value, self._body)) if self._body else b""))

    def _value_asked(self, exchange: Exchange) -> int:
        """Return what the target was asked with, as such a number."""
        places = {each["name"]: each["in"] for each in self.target.document.get("parameters", ())}
        parameters = tuple(
            str(text_at(exchange, self.target, places.get(name, "query"), name)) for name in self._parameters
        )
        body = value_of(exchange.request_body, self.target.takes_json) if self._body else None
        return hash((parameters, _canonical(body) if self._body else b""))


def links_of(contract: Contract, operation: Operation) -> Iterator[Link]:
    """Give the links of an operation's answers that name an operation of the document."""
    for status, response in operation.statuses.items():
        for name, link in response.get("links", {}).items():
            if link.get("operationId") in contract.operations:
                yield Link(contract, operation, status, name, link)


def _is_on_body(expression: Any) -> bool:
    return isinstance(expression, str) and expression.partition("#")[0] == _BODY


def _at(value: Any, expression: Any) -> Any:
    """Return what an expression on the body leads to; something that equals nothing where it leads nowhere."""
    for step in filter(None, str(expression).partition("#")[2].split("/")):
        key = step.replace("~1", "/").replace("~0", "~")
        value = value.get(key, _NOTHING) if isinstance(value, dict) else _NOTHING
    return value


def _canonical(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a body that cannot be read
        return b""
