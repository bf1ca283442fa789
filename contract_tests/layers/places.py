"""The places where a request carries its token: header, query and cookie, as the contract names and orders them."""

from collections.abc import Mapping

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.ordinary import ordinary, undo
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation


def places(contract: Contract) -> dict[str, str]:
    """Return what a token is called in each place (``header``, ``query``, ``cookie``), the strongest place first."""
    schemes = contract.part("/components/securitySchemes")
    ordered = [schemes[name] for requirement in contract.document["security"] for name in requirement]
    return {scheme["in"]: scheme["name"] for scheme in ordered}


def with_tokens(
    contract: Contract, tokens: Mapping[str, str], query_name: str = ""
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and the query that hold a token in each of the places given, and in no other.

    ``query_name`` is what the token is called in the query instead of its name.
    """
    names = places(contract)
    headers = {names["header"]: tokens["header"]} if "header" in tokens else {}
    if "cookie" in tokens:
        headers["Cookie"] = f"{names['cookie']}={tokens['cookie']}"
    return headers, {query_name or names["query"]: tokens["query"]} if "query" in tokens else {}


def ask(
    http: Http,
    operation: Operation,
    tokens: Mapping[str, str],
    query_name: str = "",
    besides: Mapping[str, str] | None = None,
) -> Exchange:
    """Send an ordinary request with tokens, given as ``with_tokens`` takes them. What was added is deleted.

    ``besides`` are headers that it has besides.
    """
    request = ordinary(operation, http.target)
    headers, query = with_tokens(http.target.contract, tokens, query_name)
    headers, query = {**request.headers, **headers, **(besides or {})}, {**request.query, **query}
    exchange = http.send(
        operation.method, request.path, query=query, headers=headers, body=request.body, json=request.json, token=""
    )
    if exchange.status in range(200, 300):
        undo(http, operation, request)
    return exchange


def is_accepted(exchange: Exchange) -> bool:
    """Say whether the token of a request counted: the answer may refuse the rest of the request, but not the token."""
    return exchange.status is not None and exchange.status not in (401, 403) and exchange.status < 500
