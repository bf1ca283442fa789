"""Names of the run's own for one test, and requests about what has them."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import JSON, Operation
from contract_tests.judging.suite import Suite
from contract_tests.target.guard import Permission


class Own(ABC):
    """Gives names that no other test has, and sends requests about them if the guard lets those out.

    The server that they go to is the one judged, or that of ``http``.

    Sources, and metrics or presets, have a class each, which knows how they are listed and deleted.
    """

    def __init__(self, suite: Suite, http: Http | None = None) -> None:
        self._suite = suite
        self._http = http or suite.http
        self._judge = suite.judge
        self._names: list[str] = []

    @property
    def prefix(self) -> str:
        """What begins the names of all that the run adds."""
        return self._suite.target.prefix

    def name(self, before: str = "", after: str = "") -> str:
        """Return a name that no other test has, with something before and after it; it is deleted after the test."""
        target = self._suite.target
        target.used_names += 1
        return self.claim(f"{before}{target.name('own', target.used_names)}{after}")

    def claim(self, name: str) -> str:
        """Have a name deleted after the test, and return it."""
        self._names.append(name)
        return name

    def has(self, operation: str) -> bool:
        """Say whether the contract has an operation."""
        return operation in self._suite.contract.operations

    def has_claimed(self, name: str) -> bool:
        """Say whether a name is one of this test."""
        return name in self._names

    def may_be_sent(self, clause: str, operation: Operation, body: Any, name: str | None = None) -> bool:
        """Say whether the guard lets a body out; where it does not, the record has that for the clause.

        ``name`` is the one beside the body, by default the body's own.
        """
        path, query = self._address(operation, body, name)
        url = f"{self._suite.target.url}{path}{'?' if query else ''}{urlencode(query)}"
        return not self._is_refused(clause, operation, url, _bytes(body))

    def _is_refused(self, clause: str, operation: Operation, url: str, body: bytes) -> bool:
        if self._suite.guard.refusal(operation.method, url, body) is None:
            return False
        self._judge.withhold(clause, operation.id)
        return True

    def send(
        self, operation: str, body: Any, headers: Mapping[str, str] | None = None, name: str | None = None
    ) -> Exchange:
        """Send a body, as JSON unless it is bytes, with a JSON Content-Type unless headers are given.

        ``name`` is the one in the path or the query, where the operation has one there; by default the body's own.
        """
        asked = self._suite.contract.operations[operation]
        sent = {"Content-Type": JSON} if headers is None else headers
        path, query = self._address(asked, body, name)
        return self._http.send(asked.method, path, query=query, body=_bytes(body), headers=sent)

    def operation(self, name: str) -> Operation:
        """Return an operation of the contract by its operationId."""
        return self._suite.contract.operations[name]

    @abstractmethod
    def listed_names(self) -> list[str] | None:
        """Return the names of all that is listed, whoever added it; None where the answer is no list."""

    @abstractmethod
    def add(self, name: str) -> Exchange:
        """Add one that every release and store takes."""

    @abstractmethod
    def remove(self, name: str) -> Exchange:
        """Delete one, wherever the target has the operation for that."""

    def clear(self, *but: str) -> None:
        """Delete all of them that are listed, or might be, but some; a run that only reads has none."""
        if self._suite.guard.permission is Permission.READ:
            return
        # At a server of its own a name may be there and not be listed.
        listed = self.listed_names() if self._http is self._suite.http else None
        for name in self._names:
            if name not in but and (listed is None or name in listed):
                self.remove(name)
        self._names = [*but]

    def _address(self, operation: Operation, body: Any, name: str | None) -> tuple[str, list[tuple[str, str]]]:
        if name is None and isinstance(body, dict) and isinstance(body.get("Name"), str):
            name = body["Name"]
        chosen = name or (self._names[-1] if self._names else "")
        return operation.at(chosen), operation.query(chosen)


def succeeded(exchange: Exchange) -> bool:
    """Say whether a request was granted, with whatever status."""
    return exchange.status in range(200, 300)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
