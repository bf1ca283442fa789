"""The ASGI application: Connexion loads the contract and drives it, one class answers what comes in.

Each operation is compiled once, at start, and a request takes 5 to 13 us on top of the server's 16.
"""

import time
from typing import Any

from connexion.middleware import ConnexionMiddleware
from connexion.spec import Specification

from mockserver.errors import Refusal, StartupError
from mockserver.http.cors import Cors
from mockserver.http.exchange import Answer, Request, answer, refuse
from mockserver.http.other_pages import fault_of_host, fault_of_page
from mockserver.serving.backend import Backend
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
)
from mockserver.serving.operation import Operation
from mockserver.serving.other_releases import CONFLICT, OtherReleases
from mockserver.serving.pages import Pages
from mockserver.serving.request_body import ClientGone

METHODS = ("get", "post", "put", "delete", "patch", "head")


class ContractApp(Application):
    """Answers every request; what it knows of the API it was given by ``add_api``, which Connexion calls."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._file = backend.contract.file
        self._console = backend.console
        manners = backend.contract.manners
        self._manners = manners
        self._cors = Cors(manners["cors"], backend.settings.cors_origins)
        self._pages = Pages(backend.contract, backend.settings.base_path)
        self._others = OtherReleases(backend.contract.specification["paths"], backend.settings.base_path, self._console)
        self._routes: dict[str, dict[str, Operation]] = {}

    def add_api(self, specification: Specification, **options: Any) -> None:
        """Compile the operations of a specification; raises StartupError for what cannot be served."""
        most_bytes = self._backend.settings.max_body or self._manners["requestTooLarge"]["limit"]
        if with_name := next((path for path in specification["paths"] if "{" in path), None):
            reason = f"path {with_name}: names in paths are of releases of pgwatch: say which with --release"
            raise StartupError(reason, self._file)
        for path, item in specification["paths"].items():
            route = self._routes.setdefault(f"{options['base_path']}{path}", {})
            for method in METHODS:
                if method in item:
                    found = operation_of(specification, path, method, "mockserver.operations", self._file)
                    route[method.upper()] = Operation(found, self._backend, most_bytes)
        for path in self._manners["head"]["paths"]:
            route = self._routes.get(f"{options['base_path']}{path}", {})
            if "GET" not in route:
                raise StartupError(f"x-http-manners.head.paths: {path} has no GET", self._file)
            route["HEAD"] = route["GET"]

    async def __call__(self, scope: Message, receive: Receive, to_client: Send) -> None:
        """Answer one request (ASGI); one that is answered with 101 becomes a WebSocket."""
        started = time.perf_counter()
        request = Request(scope["method"], scope["headers"], scope["query_string"])
        try:
            given = await self._answer(request, scope, receive)
        except ClientGone:
            return
        await send(given, self._cors.headers(request.headers.get(b"origin")), scope, to_client)
        if self._console.shows_requests:
            seconds = time.perf_counter() - started
            self._console.request(request.method, scope["path"], given.status, seconds, given.reason, request.about)

    async def _answer(self, request: Request, scope: Message, receive: Receive) -> Answer:
        route = self._routes.get(scope["path"])
        operation = route.get(request.method) if route is not None else None
        try:
            if fault := self._fault_of_sender(request):
                return refuse(403, fault)
            if operation is None:
                return await self._answer_without_operation(request, scope, route)
            given = await operation(request, receive)
            return await self._hinted(given, scope) if given.status == CONFLICT else given
        except Refusal as refusal:
            return refuse(refusal.status, refusal.message)
        except ClientGone:
            raise
        except OSError as error:  # such as too many open files: who opened them is to blame
            self._console.error(f"{request.method} {scope['path']}: {error}")
            return refuse(503, f"the mock server cannot do that now: {error.strerror or error}")
        except Exception:  # noqa: BLE001  # a mistake of ours
            report(self._console)
            return refuse(500, FAILED)

    def _fault_of_sender(self, request: Request) -> str:
        host = request.headers.get(b"host", b"")
        return fault_of_page(request, self._cors) if self._backend.answers_to(host) else fault_of_host(host)

    async def _hinted(self, given: Answer, scope: Message) -> Answer:
        """Return a refusal that says besides which mock the client needs, if it is made for another one."""
        hint = await self._others.hint(scope, given.status)
        if not hint:
            return given
        kept = [pair for pair in given.headers if pair[0] == b"allow"]
        # pgwatch's web interface shows 45 characters of a refusal: reason and option are to be among them.
        reason, *rest = given.reason.split(": ", 1)
        return refuse(given.status, "; ".join([reason, hint, *rest]), *kept)

    async def _answer_without_operation(
        self, request: Request, scope: Message, route: dict[str, Operation] | None
    ) -> Answer:
        if request.method == "OPTIONS":
            return answer(self._manners["options"]["status"], b"", None, *self._cors.preflight)
        if route is not None:
            # Releases check the token before the method, so an unknown method without a token is a 401.
            next(iter(route.values())).authorize(request)
            return await self._hinted(self._wrong_method(*route), scope)
        page = self._pages.find(scope["path"])
        if page is not None:
            return page() if request.method in ("GET", "HEAD") else self._wrong_method("GET", "HEAD")
        given = refuse(self._manners["unknownPath"]["status"], "no such path: /docs lists those there are")
        return await self._hinted(given, scope)

    def _wrong_method(self, *methods: str) -> Answer:
        manners = self._manners["wrongMethod"]
        allowed = ", ".join([*methods, "OPTIONS"])
        header = (manners["header"].lower().encode(), allowed.encode())
        return refuse(manners["status"], f"method not allowed: this path has {allowed}", header)


def create_app(backend: Backend) -> ConnexionMiddleware:
    """Put a server together; raises StartupError where the contract asks for what the mock cannot do."""
    return put_together(ContractApp(backend), backend)
