"""The layer ``generated``: requests that Schemathesis and lists of difficult values make from the contract."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.ordinary import ordinary
from contract_tests.contract.document import Operation
from contract_tests.judging.faults import is_text, peculiarity_of
from contract_tests.judging.suite import Suite
from contract_tests.layers.generated.case import Case
from contract_tests.layers.generated.cases import Cases
from contract_tests.layers.own import Own, succeeded
from contract_tests.target.guard import Permission
from contract_tests.target.harmless import NOWHERE, at_rest

_INVALID = (400, 413, 415)
"""The statuses that refuse a request as invalid."""
_BY_BODY = ("request.valid-is-accepted", "request.invalid-is-refused")
_MOST_SECONDS_UNANSWERED = 30
_MOST_STORED = 20
"""Servers that keep all in one file read and write it with every change: of 700 sources, for 100 ms."""


class Sender:
    """Sends an operation its cases, about things of the run's own, and judges the answers by what was sent.

    Where anything may be sent, half of the names stay as they were made, unless one that was there before has
    them.
    """

    def __init__(self, suite: Suite, own: Own, operation: Operation, chosen: Random) -> None:
        self._suite = suite
        self._own = own
        self._operation = operation
        self._chosen = chosen
        self._is_free = suite.target.permission is Permission.THROWAWAY
        self._foreign = set(own.listed_names() or [])
        self._there = own.name()
        self._claimed: set[str] = set()
        self._stored = 0

    def begin(self) -> list[Case]:
        """Send the ordinary request, and return those that need a source that is there."""
        http, request = self._suite.http, ordinary(self._operation, self._suite.target)
        if request.adds:
            self._own.claim(request.adds)
        # Without a token too: that answer is a documented one even where the operation is missing.
        for token in [None, *([""] if self._operation.protected else [])]:
            http.send(
                self._operation.method,
                request.path,
                query=request.query,
                headers=request.headers,
                body=request.body,
                json=request.json,
                token=token,
            )
        needs_one = self._operation.name_in or self._operation.id == "updateSource"
        may_write = self._suite.target.permission > Permission.READ
        if not (needs_one and may_write) or self._operation.kind not in ("", *self._suite.kinds):
            return []
        self._own.add(self._there)
        if self._operation.body is not None:
            return []
        is_in_path = self._operation.name_in == "path"
        return [Case(name=self._there) if is_in_path else Case(query=[("name", self._there)])]

    def send(self, case: Case) -> Exchange | None:
        """Send a case, and return the exchange; None where the guard is against it."""
        operation, kind = self._operation, case.content_type
        path = operation.at(case.name)
        if self._suite.guard.refusal(operation.method, case.url(self._suite.target.url + path), case.data):
            for clause in _BY_BODY if operation.takes_json else ():
                self._suite.judge.withhold(clause, operation.id)
            return None
        headers = {"Content-Type": kind} if kind else None
        body = case.data if case.has_body else None
        exchange = self._suite.http.send(operation.method, path, query=case.query, body=body, headers=headers)
        self._clear_sometimes(exchange)
        return exchange

    def _clear_sometimes(self, exchange: Exchange) -> None:
        self._stored += self._operation.writes and succeeded(exchange)
        if self._stored >= _MOST_STORED:
            self._own.clear(self._there)
            self._stored = 0

    def end(self) -> None:
        """Delete, where anything may be deleted, what is listed under other names than those that were sent."""
        for name in self._own.listed_names() or [] if self._is_free else []:
            if name not in self._foreign and is_text(name):
                self._own.remove(name)

    def about_own(self, case: Case) -> Case:
        """Return a case with the names and places of the run's own."""
        query = [(name, self._name(value) if name == "name" else value) for name, value in case.query]
        body = case.body
        if isinstance(body, dict) and self._operation.takes_several:
            body = {self._name(name): value for name, value in body.items()}
        elif isinstance(body, dict) and self._operation.writes and not self._operation.kind:
            own: dict[str, Any] = {}
            if isinstance(body.get("Name"), str):
                own["Name"] = self._name(body["Name"])
            body = {**body, **own}
            if not self._is_free:
                body = at_rest(body)
        elif isinstance(body, str) and not self._operation.takes_json and not self._is_free:
            body = f"{NOWHERE} application_name={self._suite.target.name('generated')} {body}"
        return replace(case, query=query, body=body, name=self._name_in_path(case, body))

    def _name_in_path(self, case: Case, body: Any) -> str:
        """Return the name for the path: that of the body, which is to be the same, or one that can stand there."""
        if self._operation.name_in != "path":
            return ""
        named = body.get("Name") if isinstance(body, dict) and not self._operation.kind else None
        name = named if isinstance(named, str) else self._name(case.name)
        can_stand = is_text(name) and name.strip(".") != ""
        return name if can_stand else self._there

    def _name(self, made: str) -> str:
        """Return the name to send in place of one that was made."""
        if self._is_free and (not made or (made not in self._foreign and self._chosen.random() < 0.5)):
            name = made
        else:
            is_new = self._operation.id == "addSource" or self._operation.takes_several
            name = self._own.name() if is_new else self._there
        if is_text(name) and name not in self._claimed:
            self._claimed.add(self._own.claim(name))
        return name


@pytest.fixture(scope="module", name="cases")
def _cases(suite: Suite) -> Cases:
    """Return what makes the cases of the run."""
    return Cases(suite.contract, suite.settings.seed)


@pytest.mark.judges(
    "answer.complete",
    "answer.no-server-error",
    "answer.status-is-documented",
    "answer.content-type-is-documented",
    "answer.body-fits-schema",
    "answer.headers-are-documented",
    "request.valid-is-accepted",
    "request.invalid-is-refused",
)
def test_operation(suite: Suite, subjects: Own, cases: Cases, operation: Operation, chosen: Random) -> None:
    """Whatever is sent, the answer is a documented one; what fits is not refused as invalid, what does not fit is."""
    sender = Sender(suite, subjects, operation, chosen)
    # A server that may only be read is not to be asked for hundreds of logins that fail.
    effort = suite.settings.effort if suite.target.permission > Permission.READ else "quick"
    seconds_unanswered = 0.0
    for made in [*sender.begin(), *cases.of(operation, effort)]:
        case = sender.about_own(made)
        exchange = sender.send(case)
        if exchange is None:
            continue
        _judge(suite, operation, exchange, cases.fault(operation, case))
        seconds_unanswered += exchange.seconds if exchange.status is None else 0
        if seconds_unanswered > _MOST_SECONDS_UNANSWERED:
            break
    sender.end()


def _judge(suite: Suite, operation: Operation, exchange: Exchange, fault: str | None) -> None:
    """Judge an answer by what was sent: what is a fault in it, if anything; None where that cannot be said."""
    # A name that is taken is reason enough for a refusal: nobody knows what else the server would have found.
    if fault is None or exchange.status == 409:
        return
    if fault:
        expected = f"status 400 to a body that does not fit the document ({fault})"
        suite.judge.that(exchange.status == 400, "request.invalid-is-refused", exchange, expected, what=fault)
        return
    # A text can fit the document and still be no connection string, or one that leads nowhere.
    refusals = [status for status in _INVALID if operation.takes_json or status != 400]
    refusals += [401] if operation.protected else []
    right = [status for status in operation.statuses if status < 500 and status not in refusals]
    expected = f"a body that fits the document to be accepted: status {' or '.join(map(str, right))}"
    holds = succeeded(exchange) or exchange.status in right
    what = peculiarity_of(operation, exchange)
    suite.judge.that(holds, "request.valid-is-accepted", exchange, expected, what=what)
