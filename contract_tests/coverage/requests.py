"""What there is to exercise in the requests of an operation: body, examples, parameters, places of the token."""

from collections.abc import Iterator, Set
from typing import Any

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import JSON, Contract, Document, Operation
from contract_tests.coverage.item import BODY_BROKEN, BODY_KEPT, EXAMPLES, PARAMETERS, Item, named
from contract_tests.coverage.once import Once
from contract_tests.coverage.reading import NO_VALUE, is_let_in, is_read, text_at, value_of
from contract_tests.coverage.rules import BROKEN, KEPT, Naming
from contract_tests.coverage.shape import Seen, look, names_in, narrowed, shape_of

_BOTH = {KEPT: KEPT, BROKEN: BROKEN}
_NUMERIC = ("integer", "number", "boolean")


class Body:
    """The keywords of a body's schema, from two sides.

    Kept is what a body keeps that fits the schema as a whole, broken the rule of a body that breaks no other. The
    server must have read it.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._is_json = operation.takes_json
        content = operation.body or {}
        media_type = JSON if self._is_json else next(iter(content))
        self._whole = shape_of(content[media_type].get("schema", {}), Naming(f"{operation.id} body", _BOTH))
        self._rest = self._whole
        names = list(names_in(self._whole))
        if not self._is_json:  # any bytes are a text
            names = [(side, name) for side, name in names if name != self._whole.kind.names.get(BROKEN)]
        self._missing = _without(f"{operation.id} requestBody", bool(operation.document["requestBody"].get("required")))
        self._unreadable = named(operation.id, "requestBody", media_type, side=BROKEN)
        own = [self._missing, *([self._unreadable] if self._is_json else [])]
        self.items = [
            *(Item(name, operation.id, BODY_BROKEN) for name in own),
            *(Item(name, operation.id, BODY_BROKEN if side == BROKEN else BODY_KEPT) for side, name in names),
        ]
        self._once = Once()

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the items that a request exercises."""
        if not is_read(exchange, self._operation) or not self._once.is_new(exchange.request_body):
            return frozenset()
        found = set() if exchange.request_body else {self._missing}
        value = value_of(exchange.request_body, self._is_json)
        if value is NO_VALUE:
            return found or {self._unreadable}
        found |= self._exercised(value, left)
        if not found.isdisjoint(left):
            self._rest = narrowed(self._whole, left - found) or self._whole
        return found

    def _exercised(self, value: Any, left: Set[str]) -> Set[str]:
        """Return the names of the items that a value exercises: first what it could, then whether it does."""
        rest, whole = Seen(), Seen()
        look(self._rest, value, rest)
        if rest.names.isdisjoint(left):
            return frozenset()
        look(self._whole, value, whole)
        return whole.exercised


def _without(begin: str, is_required: bool) -> str:
    """Return the name of the item that a part of the request is missing."""
    return named(begin, "required", side=BROKEN) if is_required else named(begin, side="left out")


class Examples:
    """The named examples of a body. One counts as sent under another name too: that of a source is the run's own."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        examples = [(named(operation.id, "example", name, side="sent"), value) for name, value in _examples(operation)]
        self._values = [(name, self._nameless(value)) for name, value in examples]
        self.items = [Item(name, operation.id, EXAMPLES) for name, _ in examples]
        self._once = Once()

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the examples that a request is."""
        body = exchange.request_body
        if not body or not is_read(exchange, self._operation) or not self._once.is_new(body):
            return frozenset()
        value = self._nameless(value_of(body, self._operation.takes_json))
        return {name for name, each in self._values if each == value}

    def _nameless(self, value: Any) -> Any:
        """Return a value without the names that what is written has in it."""
        if not self._operation.writes or not isinstance(value, dict):
            return value
        if self._operation.takes_several:
            return list(value.values())
        return {name: each for name, each in value.items() if name != "Name"}


def _examples(operation: Operation) -> Iterator[tuple[str, Any]]:
    for media in (operation.body or {}).values():
        for name, example in media.get("examples", {}).items():
            yield name, example.get("value")


class Parameter:
    """One parameter: given or not, and the keywords of its schema."""

    def __init__(self, operation: Operation, parameter: Document) -> None:
        self._operation = operation
        self._place, self._name = parameter["in"], parameter["name"]
        schema = parameter.get("schema", {})
        self._is_text = schema.get("type") not in _NUMERIC
        begin = f"{operation.id} {self._place} {self._name}"
        is_in_path = self._place == "path"  # another path, where it is empty or not there
        naming = Naming(begin, {KEPT: KEPT} if is_in_path else _BOTH)
        # What text a list or an object is in, nobody asks here.
        self._shape = shape_of({} if schema.get("type") in ("array", "object") else schema, naming)
        self._given, self._missing = named(begin, side="given"), _without(begin, bool(parameter.get("required")))
        own = {self._given} if is_in_path else {self._given, self._missing}
        of_type = self._shape.kind.names.values() if self._is_text else ()
        names = [name for _, name in names_in(self._shape) if name not in of_type]
        self.items = [Item(name, operation.id, PARAMETERS) for name in (*sorted(own), *names)]

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the items that a request exercises."""
        if not is_let_in(exchange, self._operation):
            return frozenset()
        text = text_at(exchange, self._operation, self._place, self._name)
        if text is None:
            return {self._missing}
        seen = Seen()
        look(self._shape, text if self._is_text else value_of(text.encode("utf-8", "replace"), is_json=True), seen)
        return {self._given, *seen.exercised}


class Token:
    """The places for a token that an operation's security names, and a request without one."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        schemes = contract.resolved.get("components", {}).get("securitySchemes", {})
        asked: list[Document] = operation.document.get("security") or contract.document.get("security", [])
        named_there = [schemes.get(name, {}) for each in asked for name in each if operation.protected]
        keys = [scheme for scheme in named_there if scheme.get("type") == "apiKey"]
        self._places = [
            (named(operation.id, key["in"], key["name"], side="given"), key["in"], key["name"]) for key in keys
        ]
        self._without = named(operation.id, "token", side="left out")
        names = [name for name, *_ in self._places]
        self.items = [Item(name, operation.id, PARAMETERS) for name in ([*names, self._without] if names else [])]

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the places in which a request has a token that counts, or that it has none."""
        found = {name for name, *at in self._places if name in left and text_at(exchange, self._operation, *at)}
        if found:
            return found if is_let_in(exchange, self._operation) else frozenset()
        if self._without not in left or exchange.status is None:
            return frozenset()
        has_one = any(text_at(exchange, self._operation, *at) for _, *at in self._places)
        return frozenset() if has_one else {self._without}
