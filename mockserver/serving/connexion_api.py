"""All that is taken of Connexion beyond its documentation, and what both kinds of applications share.

Connexion loads the document, resolves references, security schemes and handlers, and calls ``add_api``. Its own chain
of middlewares is not used: it takes 170 to 500 us of CPU for a request, most of it for looking up again what the
document says. Where a new version of Connexion breaks this module, ``SpecMiddleware`` and what calls its ``add_api`` is
where to look.
"""

import re
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from connexion.exceptions import ResolverError
from connexion.middleware import ConnexionMiddleware, SpecMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolver
from connexion.spec import Specification

from mockserver.console import Console
from mockserver.errors import StartupError
from mockserver.http.exchange import Answer, Headers
from mockserver.http.protocol import TAKE_OVER
from mockserver.serving.backend import Backend

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
FAILED = "the mock server failed: its console says how"
"""What a client is told of a mistake of ours: it is a 500 for this request, not the server's end."""


class Application(SpecMiddleware):  # type: ignore[misc]  # Connexion's middleware module is not typed
    """What answers everything, in the place of Connexion's own chain; it is given the API by ``add_api``."""


class _Resolver(Resolver):  # type: ignore[misc]  # Connexion's resolver module is not typed
    """Finds an operation's handler in a package: ``addSource`` with the tag ``sources`` is ``sources.add_source``."""

    def __init__(self, package: str) -> None:
        super().__init__()
        self._package = package

    def resolve_operation_id(self, operation: AbstractOperation) -> str:
        """Return the full name of the function for an operation."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation.operation_id or "operation_without_id").lower()
        return f"{self._package}.{tag_of(operation)}.{name}"


def operation_of(specification: Specification, path: str, method: str, package: str, file: Path) -> AbstractOperation:
    """Return an operation with its handler from a package; raises StartupError, with the file, where that has none."""
    operation_class, resolver = specification.operation_cls, _Resolver(package)
    try:
        return operation_class.from_spec(
            specification, path=path, method=method, resolver=resolver, uri_parser_class=None
        )
    except ResolverError as error:
        reason = f"{method.upper()} {path}: this server has no function for it: {error.args[0]}"
        raise StartupError(reason, file) from None


def tag_of(operation: AbstractOperation) -> str:
    """Return the (first) tag of an operation."""
    tags: list[str] = operation._operation.get("tags") or ["untagged"]
    return tags[0]


def put_together(app: Application, backend: Backend) -> ConnexionMiddleware:
    """Return the application of a server, with all its operations compiled; raises StartupError for one that cannot be.

    Connexion would compile them upon the first request; a mistake must show at the start.
    """
    whole = ConnexionMiddleware(app, import_name=__name__, middlewares=[LifespanMiddleware], lifespan=backend.running)
    document = backend.parts.document(backend.contract.specification.raw)
    whole.add_api(document, base_path=backend.settings.base_path)
    whole.app, whole.middleware_stack = whole._build_middleware_stack()
    return whole


async def send(given: Answer, headers: Headers, scope: Message, to_client: Send) -> None:
    """Send an answer with more headers before its own (ASGI); one with 101 takes the connection over."""
    if given.status == 101:
        scope["extensions"][TAKE_OVER](given.headers)
        return
    await to_client({"type": "http.response.start", "status": given.status, "headers": headers + given.headers})
    await to_client({"type": "http.response.body", "body": given.body})


def report(console: Console) -> None:
    """Tell the console of the mistake of ours that is being handled."""
    console.error(f"the mock server failed; please report this:\n{traceback.format_exc()}")
