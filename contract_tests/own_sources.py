"""The sources of one test: written, read back, and deleted after it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from contract_tests.contract import JSON, Operation
from contract_tests.exchange import Exchange
from contract_tests.fields import unlike
from contract_tests.ordinary import source
from contract_tests.sources import Source, delete_source, list_sources, sources_in
from contract_tests.suite import Suite

_MOST_DIFFERENCES = 5


class OwnSources:
    """Writes sources under names of the run's own, lists them, and judges what is listed."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._http = suite.http
        self._judge = suite.judge
        self._names: list[str] = []

    def name(self, before: str = "", after: str = "") -> str:
        """Return a name that no other test has, with something before and after it; it is deleted after the test."""
        target = self._suite.target
        target.used_names += 1
        return self.claim(f"{before}{target.name('own', target.used_names)}{after}")

    def claim(self, name: str) -> str:
        """Have a name deleted after the test, and return it."""
        self._names.append(name)
        return name

    def may_be_sent(self, operation: Operation, body: Any, name: str | None = None) -> bool:
        """Say whether the guard lets a body out; ``name`` is the one in the path, by default the body's own."""
        url = self._suite.target.url + self._path(operation, body, name)
        return not self._suite.guard.refusal(operation.method, url, _bytes(body))

    def may_be_deleted(self, *names: str) -> bool:
        """Say whether the guard lets out what deletes a source by its name, or names."""
        path, query = self._deletion(*names)
        url = f"{self._suite.target.url}{path}?{urlencode(query)}" if query else self._suite.target.url + path
        return not self._suite.guard.refusal("DELETE", url, b"")

    def named(self, name: str, **fields: Any) -> Source:
        """Return the body for a source that every release and store takes."""
        return source(self._suite.target, name, **fields)

    def add(self, name: str, **fields: Any) -> Exchange:
        """Add a source that every release and store takes."""
        return self.send("addSource", self.named(name, **fields))

    def update(self, name: str, **fields: Any) -> Exchange:
        """Update a source."""
        return self.send("updateSource", self.named(name, **fields))

    def delete(self, *names: str) -> Exchange:
        """Delete a source by the contract's operation; several names are as many parameters."""
        path, query = self._deletion(*names)
        return self._http.send("DELETE", path, query=query)

    def send(
        self, operation: str, body: Any, headers: Mapping[str, str] | None = None, name: str | None = None
    ) -> Exchange:
        """Send a body, as JSON unless it is bytes, with a JSON Content-Type unless headers are given.

        ``name`` is the one in the path, where the operation has one there; by default the body's own.
        """
        asked = self._suite.contract.operations[operation]
        sent = {"Content-Type": JSON} if headers is None else headers
        return self._http.send(asked.method, self._path(asked, body, name), body=_bytes(body), headers=sent)

    def has(self, operation: str) -> bool:
        """Say whether the contract has an operation."""
        return operation in self._suite.contract.operations

    def before(self, operation: Operation, name: str) -> list[Exchange]:
        """Add the source that an update needs, and return what was done; an addition needs none."""
        return [self.add(name)] if operation.id == "updateSource" else []

    def _path(self, operation: Operation, body: Any, name: str | None) -> str:
        if name is None and isinstance(body, dict) and isinstance(body.get("Name"), str):
            name = body["Name"]
        return operation.at(name or self._names[-1]) if operation.name_in == "path" else operation.path

    def _deletion(self, *names: str) -> tuple[str, list[tuple[str, str]]]:
        operation = self._suite.contract.operations["deleteSource"]
        is_in_query = operation.name_in == "query"
        return operation.at(names[0] if names else ""), [("name", name) for name in names] if is_in_query else []

    def listed(self) -> tuple[Exchange, list[Source]]:
        """List the sources: the exchange, and those of this test; none where the answer is no list."""
        exchange = self._http.send("GET", "/source")
        return exchange, [each for each in sources_in(exchange) or [] if each["Name"] in self._names]

    def groups(self, name: str) -> tuple[Exchange, list[Any]]:
        """List the sources: the exchange, and the Group of each that has a name."""
        exchange, listed = self.listed()
        return exchange, [each.get("Group") for each in listed if each["Name"] == name]

    def names(self) -> list[str]:
        """Return the names of those sources of this test that are listed, in the order of the list."""
        return [each["Name"] for each in self.listed()[1]]

    def judge_stored(
        self, clause: str, written: Exchange, stored: Source, what: str, steps: Sequence[Exchange] = ()
    ) -> None:
        """Judge that a write succeeded and that the source is listed once, with the fields that should be stored."""
        expected = f"{what}, in the list of sources"
        if not succeeded(written):
            self._judge.that(False, clause, written, expected, steps=steps)
            return
        found = self._differences(stored)
        shown = "; ".join(found[:_MOST_DIFFERENCES])
        more = f"; and {len(found) - _MOST_DIFFERENCES} more" if len(found) > _MOST_DIFFERENCES else ""
        self._judge.that(not found, clause, written, expected, f"{shown}{more}", steps)

    def _differences(self, stored: Source) -> list[str]:
        exchange, listed = self.listed()
        same = [each for each in listed if each["Name"] == stored["Name"]]
        if sources_in(exchange) is None:
            return [f"GET /source gives no list of sources (status {exchange.status})"]
        if len(same) != 1:
            return ["it is listed several times" if same else "it is not in the list"]
        # Fields that the document does not know have a clause of their own.
        return unlike(stored, {name: value for name, value in same[0].items() if name in stored})

    def clear(self) -> None:
        """Delete all of them that are listed, or might be."""
        listed = list_sources(self._http)
        there = self._names if listed is None else [each["Name"] for each in listed]
        for name in self._names:
            if name in there:
                delete_source(self._http, name)


def succeeded(exchange: Exchange) -> bool:
    """Say whether a request was granted, with whatever status."""
    return exchange.status in range(200, 300)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
