"""The ASGI application of a mock that stands for a release: Connexion loads the overlaid contract, one class answers.

The order of its questions is that of every release: OPTIONS, the path, the token, the method, the body.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from connexion.middleware import ConnexionMiddleware
from connexion.spec import Specification

from mockserver.http.exchange import Answer, Headers, name_in
from mockserver.http.other_pages import name_of
from mockserver.http.protocol import ABORT
from mockserver.memory.auth import TokenError
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.http.body import BodyFault
from mockserver.release.http.mux import Match, Mux, redirect, redirect_of
from mockserver.release.request import ReleaseRequest
from mockserver.release.store.store import Panic
from mockserver.release.tokens import token_of
from mockserver.serving.connexion_api import (
    FAILED,
    Application,
    Message,
    Receive,
    Send,
    operation_of,
    put_together,
    report,
    send,
    tag_of,
)
from mockserver.serving.other_releases import CONFLICT, OtherReleases
from mockserver.serving.pages import Pages
from mockserver.serving.request_body import ClientGone

Handler = Callable[[ReleaseBackend, ReleaseRequest], Awaitable[Answer]]
"""What answers an operation."""
METHODS = ("GET", "POST", "PUT", "DELETE")
"""In the order in which Allow lists them."""
MAY_BE_OF_OTHERS = (404, 405, CONFLICT)
"""With these an operation is refused that only other releases have, and one that they take for a change."""
ANY_METHOD = ("health", "log")
"""The tags of operations that no release asks for their method."""


_MOST_BYTES_READ_TWICE = 16 * 1024
MOST_BODY_BYTES = 32 * 1024 * 1024
"""No release has a limit; this is the mock's own, which keeps a client from taking all memory."""


class BodyTooLarge(Exception):
    """A body beyond the mock's own limit."""


@dataclass
class Route:
    """The operations of one path: by method a handler and the documented statuses. ``tag`` is theirs."""

    tag: str = ""
    is_protected: bool = False
    operations: dict[str, tuple[Handler, frozenset[int]]] = field(default_factory=dict)


class ReleaseApp(Application):
    """Answers every request as the release does; Connexion gives it the API by ``add_api``."""

    def __init__(self, backend: ReleaseBackend) -> None:
        self._server = backend
        self._mux: Mux[Route] = Mux()
        self._base = backend.settings.base_path
        self._told_of_hosts = False
        self._pages = Pages(backend.contract, self._base, has_root=False)
        self._others = OtherReleases(backend.contract.specification["paths"], self._base, backend.console)
        cors = backend.contract.manners["cors"]
        self._origins = [origin.encode() for origin in backend.settings.cors_origins or [cors["allowOrigin"]]]
        self._cors: Headers = [
            (b"Access-Control-Allow-Methods", ", ".join(cors["allowMethods"]).encode()),
            (b"Access-Control-Allow-Headers", ", ".join(cors["allowHeaders"]).encode()),
        ]

    def add_api(self, specification: Specification, **options: Any) -> None:
        """Find the handlers of a specification's operations; raises StartupError for one that there is not."""
        for path, item in specification["paths"].items():
            route = Route()
            self._mux.add(self._base + path, route)
            for method in METHODS:
                if method.lower() in item:
                    package, file = "mockserver.release.operations", self._server.release.file
                    operation = operation_of(specification, path, method.lower(), package, file)
                    route.tag = tag_of(operation)
                    route.is_protected = bool(operation.security)
                    statuses = frozenset(int(status) for status in operation.responses if status.isdigit())
                    route.operations[method] = (operation.function, statuses)

    async def __call__(self, scope: Message, receive: Receive, to_client: Send) -> None:
        """Answer one request (ASGI); a handshake becomes a WebSocket, a crash ends the connection."""
        started = time.perf_counter()
        try:
            given = await self._answer(scope, receive)
        except ClientGone:
            return
        except BodyTooLarge:
            given = replies.error(
                413, f"the mock server takes bodies up to {MOST_BODY_BYTES} bytes; a release takes all"
            )
        except Panic:
            self._server.console.note(f"{scope['method']} {scope['path']}: the handler crashed, as the release's does")
            scope["extensions"][ABORT]()
            return
        except Exception:  # noqa: BLE001  # a mistake of ours
            report(self._server.console)
            given = replies.error(500, FAILED)
        await send(given, self._cors_headers(scope["headers"]), scope, to_client)
        if self._server.console.shows_requests:
            seconds = time.perf_counter() - started
            path, about = scope["path"], scope.get("about", "")
            self._server.console.request(scope["method"], path, given.status, seconds, given.reason, about)

    def _cors_headers(self, headers: Headers) -> Headers:
        """Return the headers of every answer; an origin of several that are allowed, or of any with *, is named."""
        allowed = self._origins[0]
        if allowed == b"*" or len(self._origins) > 1:
            origin = next((value for name, value in headers if name == b"origin"), b"")
            if origin and (b"*" in self._origins or origin in self._origins):
                allowed = origin
        return [(b"Access-Control-Allow-Origin", allowed), *self._cors]

    def _note_foreign_host(self, headers: Headers) -> None:
        """Say once that a request named a host that is not this machine: every release answers it."""
        if self._told_of_hosts:
            return
        host = next((value for name, value in headers if name == b"host"), b"")
        if not self._server.answers_to(host):
            self._told_of_hosts = True
            self._server.console.note(
                f"answered to the name {name_of(host)!r}: a release answers to any, so that a page of another "
                "site, whose name is made to lead here, can read everything; without --release the mock refuses it"
            )

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        self._note_foreign_host(scope["headers"])
        given = self._unrouted(scope)
        if given is not None:
            return given
        found = self._mux.find(scope["raw_path"])
        if found is not None:
            given = await self._routed(found, scope, receive)
        elif (page := self._pages.find(scope["path"])) is not None and scope["method"] in ("GET", "HEAD"):
            return await asyncio.to_thread(page)
        else:
            given = self._outside(scope)
        if given.status in MAY_BE_OF_OTHERS:
            await self._others.hint(scope, given.status)
        return given

    def _unrouted(self, scope: Message) -> Answer | None:
        """Return the answer that no route has a say in; None for all other requests."""
        method, raw_path, query = scope["method"], scope["raw_path"], scope["query_string"]
        if method == "OPTIONS":
            return replies.done()
        if raw_path == b"*":
            return Answer(400, b"", [] if scope["http_version"] == "1.0" else [(b"Connection", b"close")])
        if method == "CONNECT":
            return None if raw_path else self._without_path(query)
        location = redirect_of(raw_path, query)
        return None if location is None else redirect(self._server.dialect.redirect, location, method)

    def _without_path(self, query: bytes) -> Answer:
        """Answer a CONNECT that names a host alone: Go's mux redirected it until Go 1.26 changed its redirects."""
        if self._server.dialect.redirect == HTTPStatus.TEMPORARY_REDIRECT:
            return replies.error(404, "404 page not found")
        return redirect(self._server.dialect.redirect, b"/" + (b"?" + query if query else b""), "CONNECT")

    async def _routed(self, found: Match[Route], scope: Message, receive: Receive) -> Answer:
        """Ask for the token, then for the method, then hand over to the operation."""
        route, method = found.route, scope["method"]
        if route.is_protected:
            try:
                self._server.tokens.verify(token_of(scope["headers"], scope["query_string"]))
            except TokenError as error:
                return replies.error(401, str(error))
        operation = route.operations.get(method)
        if operation is None and route.tag in ANY_METHOD:
            (operation,) = route.operations.values()
        if operation is None:
            return self._wrong_method(method, route)
        handler, statuses = operation
        reads = method in ("POST", "PUT") and route.tag not in ANY_METHOD
        body, fault = await _read(receive) if reads else (b"", b"")
        headers, query = scope["headers"], scope["query_string"]
        request = ReleaseRequest(method, headers, query, found.name, body, statuses, fault)
        given = await handler(self._server, request)
        if self._server.console.shows_requests:
            scope["about"] = _about(request)
        if method != "GET":
            self._server.show_store()
        return given

    def _outside(self, scope: Message) -> Answer:
        """Answer a path that is no API: a file of the interface, or nothing outside the base path."""
        path: str = scope["path"]
        if self._base and path == self._base:
            location = self._base.encode() + b"/"
            query = scope["query_string"]
            return redirect(self._server.dialect.redirect, location + (b"?" + query if query else b""), scope["method"])
        if self._base and not path.startswith(self._base + "/"):
            return replies.error(404, "404 page not found")
        return self._server.static.answer(scope["method"], path.removeprefix(self._base))

    def _wrong_method(self, method: str, route: Route) -> Answer:
        dialect = self._server.dialect
        if route.tag == "login":
            if dialect.login_get == 405:
                return replies.method_not_allowed("only POST method is allowed", "POST")
            return replies.text(b"only POST methods is allowed.") if method == "GET" else replies.done()
        if route.tag == "connections":
            return replies.method_not_allowed(dialect.test_connect_405, "POST")
        methods = [own for own in METHODS if own in route.operations]
        if route.tag == "presets" and dialect.allows_patch:
            methods.insert(methods.index("DELETE"), "PATCH")
        return replies.method_not_allowed("method not allowed", ", ".join([*methods, "OPTIONS"]))


def _about(request: ReleaseRequest) -> str:
    """Return the name of what a request is about, if its path has none and finding out takes no time."""
    if request.item is not None:
        return ""
    if request.name or len(request.body) > _MOST_BYTES_READ_TWICE:
        return request.name
    with contextlib.suppress(orjson.JSONDecodeError):
        return name_in(orjson.loads(request.body))
    return ""


async def _read(receive: Receive) -> tuple[bytes, bytes]:
    """Return the body as far as it can be read, and what kept it from being read to its end."""
    body = bytearray()
    more = True
    while more:
        try:
            message = await receive()
        except BodyFault as fault:
            return bytes(body), fault.text
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            raise BodyTooLarge
        more = message.get("more_body", False)
    return bytes(body), b""


def create_release_app(backend: ReleaseBackend) -> ConnexionMiddleware:
    """Put a server together; raises StartupError where the contract asks for what this server cannot do."""
    return put_together(ReleaseApp(backend), backend)
