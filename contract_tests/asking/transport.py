"""The one way out: every request of the suite passes the guard, in its turn, and is seen by the judge."""

import contextlib
import json as json_module
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from contract_tests import interrupts
from contract_tests.asking.exchange import Exchange
from contract_tests.asking.front import is_of_front, pause_asked_for, without_answer
from contract_tests.connection.client import Client, NoAnswer, Request
from contract_tests.connection.coding import decompressed
from contract_tests.connection.route import CannotConnect, dial
from contract_tests.contract.document import JSON, SAFE_METHODS, Operation
from contract_tests.errors import Gone, Refused, Unanswered
from contract_tests.target.guard import Guard, Permission
from contract_tests.target.pace import Pace, TimeLimit
from contract_tests.target.target import Target
from contract_tests.words import duration
from pgwatch_contract import __version__

Observer = Callable[[Exchange], None]
Query = Mapping[str, str] | Sequence[tuple[str, str]] | str | None

_OWN_HEADERS = (("User-Agent", f"pgwatch-contract/{__version__}"), ("Accept-Encoding", "identity"))
_LONGEST_WAIT = 90
"""So many seconds in a row at most are waited for a server or a proxy that wants to be asked again later."""
_SECONDS_TO_COME_BACK = 6
"""A server that crashed and is started anew at once is there again by then."""
_MOST_SILENCES = 3
"""An operation that let the time for an answer pass so often in a row is not asked any more."""
_ILLEGAL_IN_TARGET = re.compile(r"[^!-~]")


@dataclass
class Waits:
    """How often, and how many seconds, the run waited because it was told to send a request again, by status."""

    times: Counter[int] = field(default_factory=Counter)
    seconds: float = 0


class Transport:
    """Sends what the guard lets out, in its turn, and tells the observers of every exchange.

    ``after_write`` is called with each request of a run that may write its own (``Permission.OWN``), once it was
    answered, refused ones included. What the transport of a run's own target finds gone ends the run.
    """

    def __init__(self, target: Target, guard: Guard, pace: Pace, limit: TimeLimit, observers: list[Observer]) -> None:
        self.target = target
        self.guard = guard
        self.pace = pace
        self.limit = limit
        self.observers = observers
        self.after_write: Callable[[Exchange], None] | None = None
        self.waits = Waits()
        self._client = Client(target.route, keeps_its_word=target.is_mock)
        self._waited = 0.0
        self._silences: Counter[str] = Counter()
        self._cookies: dict[str, str] = {}

    def close(self) -> None:
        """End the connections that are kept."""
        self._client.close()

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange, also where no answer came.

        Raises Refused where the guard does not let it out, Unanswered where the operation is not asked any more, and
        RunOver where the server is gone, where it was harmed, and where the time of the run is over.
        """
        path = urlsplit(request.target).path.removeprefix(self.target.base)
        body = b"".join(request.segments)
        if reason := self.guard.refusal(request.method, self.target.origin + request.target, body):
            raise Refused(reason)
        operation = self.target.contract.operation_of(request.method, path)
        exchange = self._ask_until_answered(request, operation)
        for observer in self.observers:
            observer(exchange)
        if self.after_write and self._may_change(request):
            self.after_write(exchange)
        return exchange

    def dial(self, method: str, path: str) -> socket.socket:
        """Return a connection to the server itself for a request in bytes, which the guard lets out, in its turn.

        Raises Refused, and CannotConnect where there is no connection.
        """
        if reason := self.guard.refusal(method, f"{self.target.origin}{path}", b""):
            raise Refused(reason)
        seconds = min(self.target.seconds_to_wait, self.limit.left(f"{method} {urlsplit(path).path}"))
        self.limit.had_to_wait(self.pace.wait())
        return dial(self.target.route, seconds)

    def _ask_until_answered(self, request: Request, operation: Operation | None) -> Exchange:
        """Ask again as long as something wants to be asked later."""
        exchange = self._ask(request, operation)
        while self.has_to_come_again(exchange, operation):
            exchange = self._ask(request, operation)
        if is_of_front(exchange, operation, self.target):
            exchange = without_answer(exchange)
        if exchange.status is None and not exchange.is_silent:
            self.insist_on_presence(exchange.label, exchange.error)
        return exchange

    def has_to_come_again(self, exchange: Exchange, operation: Operation | None) -> bool:
        """Say whether a request is to be sent again later, and wait until then; not where that would take too long."""
        pause = pause_asked_for(exchange, operation, self.target)
        self._waited = 0 if pause is None else self._waited + pause
        if pause is None or self._waited > _LONGEST_WAIT:
            return False
        self.waits.times[exchange.status or 0] += 1
        self.waits.seconds += pause
        self.limit.left(exchange.label)
        time.sleep(pause)
        self.limit.had_to_wait(pause)
        self.pace.slow_down()
        return True

    def _ask(self, request: Request, operation: Operation | None) -> Exchange:
        label = f"{request.method} {operation.path if operation else urlsplit(request.target).path}"
        if self._silences[label] >= _MOST_SILENCES:
            raise Unanswered(f"{label} gives no answer in {duration(self.target.seconds_to_wait)}, time and again")
        seconds = min(self.target.seconds_to_wait, self.limit.left(label))
        headers = self.completed(request.headers)
        url, is_private = self.target.origin + request.target, not self.target.is_mock
        asked = (operation.id if operation else "", request.method, url, dict(headers), b"".join(request.segments))
        sent = Request(
            request.method, self._address(request), headers + self._for_proxy(), request.segments, request.chunked
        )
        self.limit.had_to_wait(self.pace.wait())
        started = time.monotonic()
        try:
            # A write that is cut off could take effect after the run has cleaned up.
            with interrupts.delayed() if self._may_change(request) else contextlib.nullcontext():
                answer = self._client.ask(sent, seconds)
        except (NoAnswer, CannotConnect) as error:
            is_silent = isinstance(error, NoAnswer) and error.is_silent
            self._silences[label] += is_silent
            passed = time.monotonic() - started
            self.limit.waited[label] += passed
            return Exchange(*asked, error=str(error), seconds=passed, is_silent=is_silent, is_private=is_private)
        self._silences[label] = 0
        self.target.has_answered = True
        passed = time.monotonic() - started
        self.limit.waited[label] += passed
        body, coding_fault = decompressed(answer.body, answer.headers.get("Content-Encoding", ""))
        exchange = Exchange(
            *asked,
            answer.status,
            answer.headers,
            body,
            seconds=passed,
            is_private=is_private,
            coding_fault=coding_fault,
        )
        self._keep_cookies(exchange)
        return exchange

    def _address(self, request: Request) -> str:
        """Return what stands in the request line: a proxy that forwards wants the whole URL."""
        return self.target.origin + request.target if self.target.route.is_forwarded else request.target

    def completed(self, given: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers of a request with those that every request to the target has."""
        headers = [*given, *self.target.headers]
        names = {name.lower() for name, _ in headers}
        headers = [*((name, value) for name, value in _OWN_HEADERS if name.lower() not in names), *headers]
        if self._cookies:
            own = [value for name, value in headers if name.lower() == "cookie"]
            others = [f"{name}={value}" for name, value in self._cookies.items()]
            headers = [pair for pair in headers if pair[0].lower() != "cookie"] + [("Cookie", "; ".join(own + others))]
        if "host" not in names:
            headers.insert(0, ("Host", urlsplit(self.target.url).netloc))
        return headers

    def _for_proxy(self) -> list[tuple[str, str]]:
        """Return the header that a proxy which forwards asks for."""
        credentials = self.target.route.proxy_credentials if self.target.route.is_forwarded else ""
        return [("Proxy-Authorization", credentials)] if credentials else []

    def _may_change(self, request: Request) -> bool:
        """Say whether a request could change what a server has that is not there for the run alone."""
        return self.guard.permission is Permission.OWN and request.method not in SAFE_METHODS

    def _keep_cookies(self, exchange: Exchange) -> None:
        """Keep the cookies of a balancer, which sends a client to the same server by them; never the session's own."""
        if self.target.is_mock:
            return
        for each in exchange.headers.getlist("Set-Cookie"):
            if not self.target.contract.is_of_session(each):
                name, _, value = each.partition(";")[0].strip().partition("=")
                self.target.hidden.hide(value, "COOKIE")
                self._cookies[name] = value

    def insist_on_presence(self, at: str, why: str = "") -> None:
        """Raise Gone where the server answers nothing at all any more; ``at`` says what was asked for.

        A mock of our own is looked after elsewhere.
        """
        passed, deadline = self.limit.passed, time.monotonic() + _SECONDS_TO_COME_BACK
        while self.target.has_answered and not self.target.is_mock:
            try:
                answer = self._client.ask(self._probe(), _SECONDS_TO_COME_BACK / 2)
            except (NoAnswer, CannotConnect) as error:
                why = str(error)
            else:
                asked = Exchange("", "OPTIONS", self.target.url, {}, b"", answer.status, answer.headers, answer.body)
                if not is_of_front(asked, None, self.target):
                    return
                why = without_answer(asked).error
            if time.monotonic() > deadline:
                left = f". What begins with {self.target.prefix!r} is the run's own, and may be left there"
                is_own = self.guard.permission is Permission.OWN
                raise Gone(f"the server is gone after {duration(passed)}, at {at}: {why}{left if is_own else ''}")
            time.sleep(0.3)

    def _probe(self) -> Request:
        """Return a request that every server answers, whatever its state: OPTIONS needs no token."""
        request = Request("OPTIONS", f"{self.target.base}/", ())
        return Request("OPTIONS", self._address(request), self.completed(()) + self._for_proxy())


class Http:
    """Sends requests to one target and gives each answer as an exchange."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.target = transport.target

    def send(  # noqa: PLR0913  # the parts of a request
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | Sequence[bytes] | None = None,
        json: Any = None,
        token: str | None = None,
        chunked: bool = False,
    ) -> Exchange:
        """Send a request below the target's URL and return the exchange, also where no answer came.

        ``token`` goes into the Token header; without it (None) the target's own token does, and with "" none.
        ``json`` is a body as JSON with its Content-Type; a ``body`` of several pieces is sent in as many segments, or
        chunks. Raises what ``Transport.send`` does.
        """
        sent = dict(headers or {})
        names = {name.lower() for name in sent}
        chosen = self.target.token if token is None else token
        if chosen and "token" not in names:
            sent["Token"] = chosen
        if json is not None:
            body = json_module.dumps(json).encode()
            if "content-type" not in names:
                sent["Content-Type"] = JSON
        target = _in_target(self.target.base + path + _as_query(query, "&" if "?" in path else "?"))
        return self.transport.send(Request(method, target, list(sent.items()), _segments(body), chunked))


def _segments(body: bytes | str | Sequence[bytes] | None) -> Sequence[bytes]:
    if body is None:
        return ()
    if isinstance(body, str):
        return (body.encode(),)
    return (body,) if isinstance(body, bytes) else tuple(body)


def _as_query(query: Query, separator: str) -> str:
    text = query if isinstance(query, str) else urlencode(query or ())
    return f"{separator}{text}" if text else ""


def _in_target(text: str) -> str:
    """Return a path and query as a request line can hold it: what is no visible ASCII is percent-encoded."""
    return _ILLEGAL_IN_TARGET.sub(lambda match: quote(match[0]), text)
