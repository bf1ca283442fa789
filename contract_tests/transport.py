"""The one way out: every request of the suite, of Schemathesis' too, passes the guard and is seen by the judge."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar

from contract_tests import interrupts
from contract_tests.contract import SAFE_METHODS
from contract_tests.errors import Refused
from contract_tests.exchange import Exchange
from contract_tests.guard import Guard, Permission
from contract_tests.target import Target

Observer = Callable[[Exchange], None]
_CONNECTIONS = 64


class Pace:
    """Lets as many requests pass in a second as it is told; None lets all pass at once."""

    def __init__(self, per_second: float | None) -> None:
        self._seconds = 1 / per_second if per_second else 0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next turn."""
        if not self._seconds:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + self._seconds
        time.sleep(turn - now)


class GuardedAdapter(HTTPAdapter):
    """Sends what the guard lets out, in its turn, and tells the observers of every exchange."""

    def __init__(self, target: Target, guard: Guard, pace: Pace, observers: list[Observer]) -> None:
        self._target = target
        self._guard = guard
        self._pace = pace
        self._observers = observers
        super().__init__(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send a request; raises Refused where the guard does not let it out."""
        body = _bytes(request.body)
        method, url = request.method or "", request.url or ""
        if reason := self._guard.refusal(method, url, body):
            raise Refused(reason)
        self._pace.wait()
        options["timeout"] = self._target.seconds_to_wait
        started = time.monotonic()
        try:
            # A write that is cut off could take effect after the run has cleaned up.
            is_write = self._guard.permission is Permission.OWN and method not in SAFE_METHODS
            with interrupts.delayed() if is_write else contextlib.nullcontext():
                response = super().send(request, *args, **options)
                _ = response.content
        except (requests.RequestException, OSError) as error:
            self._tell(request, body, started, None, _cause(error))
            raise
        self._tell(request, body, started, response, "")
        return response

    def _tell(self, request: requests.PreparedRequest, body: bytes, started: float, response: Any, error: str) -> None:
        url, method = request.url or "", request.method or ""
        path = urlsplit(url).path.removeprefix(self._target.base)
        operation = self._target.contract.operation_of(method, path)
        exchange = Exchange(
            operation.id if operation else "",
            method,
            url,
            {name: str(value) for name, value in request.headers.items()},
            body,
            response.status_code if response is not None else None,
            response.headers if response is not None else {},
            response.content if response is not None else b"",
            error,
            time.monotonic() - started,
        )
        for observer in self._observers:
            observer(exchange)


def new_session(target: Target, guard: Guard, pace: Pace, observers: list[Observer]) -> requests.Session:
    """Return a session whose every request goes through the guard; it keeps no cookies and reads no netrc."""
    session = requests.Session()
    session.mount("http://", GuardedAdapter(target, guard, pace, observers))
    session.mount("https://", GuardedAdapter(target, guard, pace, observers))
    session.headers.clear()
    session.cookies = _NoCookies()
    session.auth = _no_auth
    session.verify = target.verify
    session.max_redirects = 0
    session.trust_env = not target.is_mock
    return session


class Http:
    """Sends requests to one target and gives each answer as an exchange."""

    def __init__(self, target: Target, session: requests.Session) -> None:
        self.target = target
        self.session = session
        self._latest = threading.local()

    def observe(self, exchange: Exchange) -> None:
        """Remember the latest exchange of this thread (an observer of the transport)."""
        self._latest.exchange = exchange

    def send(  # noqa: PLR0913  # the parts of a request
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | list[tuple[str, str]] | str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        json: Any = None,
        token: str | None = None,
    ) -> Exchange:
        """Send a request below the target's URL and return the exchange, also where no answer came.

        ``token`` goes into the Token header; without it (None) the target's own token does, and with "" none.
        ``json`` is a body as JSON with its Content-Type. Raises Refused where the guard does not let it out.
        """
        sent = dict(headers or {})
        chosen = self.target.token if token is None else token
        if chosen and "token" not in {name.lower() for name in sent}:
            sent["Token"] = chosen
        self._latest.exchange = None
        try:
            self.session.request(
                method,
                self.target.url + path,
                params=query,
                headers=sent,
                data=body.encode() if isinstance(body, str) else body,
                json=json,
                allow_redirects=False,
            )
        except requests.RequestException:
            # An answer that did not come is an exchange too; a request that cannot be sent is a mistake of the suite.
            if self._latest.exchange is None:
                raise
        exchange: Exchange = self._latest.exchange
        return exchange


class _NoCookies(RequestsCookieJar):
    """Keeps nothing: a cookie of the login would authenticate requests that are to have no token."""

    def set_cookie(self, cookie: Any, *args: Any, **options: Any) -> None:
        return None


def _bytes(body: Any) -> bytes:
    """Return a body as the guard and the reports have it; raises TypeError for a stream, which nothing here sends."""
    if isinstance(body, str):
        return body.encode()
    if body is None or isinstance(body, bytes):
        return body or b""
    raise TypeError(f"the body of a request is {type(body).__name__}: only text and bytes can be guarded")


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _cause(error: BaseException) -> str:
    """Return the innermost reason of an error, in one line."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return " ".join(str(error).split()) or type(error).__name__
