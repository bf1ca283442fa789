"""The places where a request carries its token: header, query and cookie, as the contract names and orders them."""

from contract_tests.contract import Contract, Operation
from contract_tests.exchange import Exchange
from contract_tests.ordinary import ordinary, undo
from contract_tests.transport import Http


def places(contract: Contract) -> dict[str, str]:
    """Return what a token is called in each place (``header``, ``query``, ``cookie``), the strongest place first."""
    schemes = contract.part("/components/securitySchemes")
    ordered = [schemes[name] for requirement in contract.document["security"] for name in requirement]
    return {scheme["in"]: scheme["name"] for scheme in ordered}


def ask(http: Http, operation: Operation, tokens: dict[str, str], query_name: str = "") -> Exchange:
    """Send an ordinary request with a token in each of the places given, and in no other.

    ``query_name`` is what the token is called in the query instead of its name. What was added is deleted.
    """
    names = places(http.target.contract)
    request = ordinary(operation, http.target)
    query, headers = dict(request.query), dict(request.headers)
    if "header" in tokens:
        headers[names["header"]] = tokens["header"]
    if "query" in tokens:
        query[query_name or names["query"]] = tokens["query"]
    if "cookie" in tokens:
        headers["Cookie"] = f"{names['cookie']}={tokens['cookie']}"
    exchange = http.send(
        operation.method, request.path, query=query, headers=headers, body=request.body,
        json=request.json, token="",
    )  # fmt: skip
    if exchange.status in range(200, 300):
        undo(http, operation, request)
    return exchange


def is_accepted(exchange: Exchange) -> bool:
    """Say whether the token of a request counted: the answer may refuse the rest of the request, but not the token."""
    return exchange.status is not None and exchange.status not in (401, 403) and exchange.status < 500
