"""Where a request carries its token: the document's security schemes, compiled once for each operation."""

from collections.abc import Callable
from typing import Any

from connexion.operations import AbstractOperation
from connexion.security import AbstractSecurityHandler, SecurityHandlerFactory

from mockserver.errors import Refusal, StartupError
from mockserver.http.exchange import Request

ReadToken = Callable[[Request], str]
"""Returns the token that a request carries in one place, empty if it carries none there."""


class _ApiKey(AbstractSecurityHandler):  # type: ignore[misc]  # Connexion's security module is not typed
    """Connexion asks this for a scheme's function. Its own one re-inspects signatures in each request (50 us)."""

    def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> ReadToken:
        name: str = security_scheme["name"]
        if security_scheme["in"] == "header":
            header = name.lower().encode()
            return lambda request: request.header(header)
        if security_scheme["in"] == "query":
            return lambda request: _from_query(request, name) if request.query_string else ""
        return lambda request: _from_cookie(request, name)


def token_readers(operation: AbstractOperation) -> list[ReadToken]:
    """Return the places to look for an operation's token, the one that counts most first; none for a public one.

    The order is that of the document's ``security``. Raises StartupError for what is not an API key alone.
    """
    factory = SecurityHandlerFactory({"apiKey": _ApiKey})
    readers = []
    for requirement in operation.security or ():
        schemes = [operation.security_schemes[name] for name in requirement]
        if len(schemes) != 1 or schemes[0]["type"] != "apiKey":
            raise StartupError(f"{operation.operation_id}: security must be alternatives of one apiKey each")
        readers.append(factory.parse_security_scheme(schemes[0], []))
    return readers


def _from_query(request: Request, name: str) -> str:
    try:
        return request.query.get(name, [""])[0].strip()
    except Refusal:  # a query that cannot be read holds no token; who needs more of it refuses it
        return ""


def _from_cookie(request: Request, name: str) -> str:
    for pair in request.header(b"cookie").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value.strip('"')
    return ""
