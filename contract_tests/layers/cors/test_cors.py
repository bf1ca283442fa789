"""The layer ``cors``: what lets pages of the allowed origin use the API, and no others."""

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.ordinary import ordinary, undo
from contract_tests.asking.transport import Http
from contract_tests.contract.document import NOBODY, Contract, Operation
from contract_tests.judging.checks import names_origin
from contract_tests.judging.judge import Judge
from contract_tests.layers.places import ask
from contract_tests.target.target import Target

_ALLOW = "Access-Control-Allow-"
_ANY = "*"
_PAGE = "http://page.example"
"""The origin of a page, where any is allowed."""


@pytest.mark.judges("cors.every-answer-names-the-origin")
def test_every_answer(http: Http, judge: Judge, operation: Operation, target: Target) -> None:
    """The answer names the allowed origin: to a request that is in order, to one that is refused, to a lost one."""
    request = ordinary(operation, target)
    exchanges = [
        ask(http, operation, {}),
        ask(http, operation, {"header": target.token}),
        http.send(
            operation.method,
            request.path,
            query=request.query,
            headers={**request.headers, **_from(target)},
            body=request.body,
            json=request.json,
        ),
        http.send("GET", f"{operation.at(NOBODY)}/nowhere", headers=_from(target)),
        http.send("HEAD", operation.at(NOBODY), headers=_from(target)),
    ]
    undo(http, operation, request)
    for exchange in exchanges:
        if exchange.status is not None:
            _names_origin(judge, target, exchange)


@pytest.mark.judges(
    "cors.preflight-is-allowed",
    "cors.preflight-lists-the-methods",
    "cors.preflight-lists-the-headers",
    "cors.allows-credentials",
)
def test_preflight(http: Http, judge: Judge, contract: Contract, target: Target) -> None:
    """A browser's preflight for any operation is answered, without a token, as the page needs it."""
    manners = contract.manners["cors"]
    for operation in contract.operations.values():
        exchange = _preflight(http, operation, _from(target)["Origin"])
        named = exchange.headers.get(f"{_ALLOW}Origin")
        status = contract.manners["options"]["status"]
        holds = exchange.status == status and names_origin(exchange, target.cors_origin)
        judge.that(
            holds,
            "cors.preflight-is-allowed",
            exchange,
            f"{status} with {_ALLOW}Origin: {target.cors_origin}",
            f"{exchange.status} with {_ALLOW}Origin: {named}",
        )
        _lists(judge, "cors.preflight-lists-the-methods", exchange, "Methods", manners["allowMethods"])
        _lists(judge, "cors.preflight-lists-the-headers", exchange, "Headers", manners["allowHeaders"])
        _allows_credentials(judge, contract, exchange)


@pytest.mark.judges("cors.allows-credentials")
def test_answers_allow_credentials(http: Http, judge: Judge, contract: Contract, target: Target) -> None:
    """Answers to requests for operations that only read, refused or not, may be read by pages that sent the cookie."""
    for operation in contract.operations.values():
        if not operation.writes:
            request = ordinary(operation, target)
            for token in (None, ""):
                exchange = http.send(
                    operation.method,
                    request.path,
                    query=request.query,
                    headers=_from(target),
                    json=request.json,
                    token=token,
                )
                _allows_credentials(judge, contract, exchange)


@pytest.mark.judges("cors.other-origins-are-not-named")
def test_other_origins(http: Http, judge: Judge, contract: Contract, target: Target) -> None:
    """No answer lets in a page of another origin, however near that is to the allowed one."""
    allowed = target.cors_origin
    if allowed == _ANY:
        # There is no other origin; what is left of the clause is that a page of any is let in.
        exchange = http.send(contract.probe.method, contract.probe.path, headers=_from(target))
        judge.that(
            names_origin(exchange, allowed),
            "cors.other-origins-are-not-named",
            exchange,
            f"{_ALLOW}Origin: {allowed}, or the page's own",
        )
        return
    others = [
        "http://foreign.invalid",
        "null",
        f"{allowed}.foreign.invalid",
        f"{allowed}0",
        f"http://foreign.invalid/{allowed}",
        _other_scheme(allowed),
        _subdomain(allowed),
    ]
    for origin in others:
        for path in (contract.probe.path, "/source", "/nowhere"):
            _is_not_let_in(judge, origin, http.send("GET", path, headers={"Origin": origin}))
        _is_not_let_in(judge, origin, http.send("GET", "/source", headers={"Origin": origin}, token=""))
        for operation in contract.operations.values():
            _is_not_let_in(judge, origin, _preflight(http, operation, origin))


def _from(target: Target) -> dict[str, str]:
    return {"Origin": _PAGE if target.cors_origin == _ANY else target.cors_origin}


def _preflight(http: Http, operation: Operation, origin: str) -> Exchange:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": operation.method,
        "Access-Control-Request-Headers": "content-type,token",
    }
    return http.send("OPTIONS", operation.at(NOBODY), headers=headers, token="")


def _names_origin(judge: Judge, target: Target, exchange: Exchange) -> None:
    named = exchange.headers.get(f"{_ALLOW}Origin")
    judge.that(
        names_origin(exchange, target.cors_origin),
        "cors.every-answer-names-the-origin",
        exchange,
        f"{_ALLOW}Origin: {target.cors_origin}",
        f"{exchange.status} with {_ALLOW}Origin: {named}",
    )


def _lists(judge: Judge, clause: str, exchange: Exchange, what: str, wanted: list[str]) -> None:
    """Judge that a list in a header holds all that is wanted; the names of headers are the same in any case."""
    given = exchange.headers.get(f"{_ALLOW}{what}", "")
    listed = {each.strip().lower() if what == "Headers" else each.strip() for each in given.split(",")}
    lacking = [each for each in wanted if (each.lower() if what == "Headers" else each) not in listed]
    judge.that(
        not lacking,
        clause,
        exchange,
        f"{_ALLOW}{what} with {', '.join(wanted)}",
        f"{', '.join(lacking)} is not in {given!r}",
        found=[f"{exchange.status} without {', '.join(lacking)}"],
    )


def _allows_credentials(judge: Judge, contract: Contract, exchange: Exchange) -> None:
    wanted = str(contract.manners["cors"]["allowCredentials"]).lower()
    given = exchange.headers.get(f"{_ALLOW}Credentials")
    judge.that(
        given == wanted,
        "cors.allows-credentials",
        exchange,
        f"{_ALLOW}Credentials: {wanted}",
        f"{exchange.status} with {_ALLOW}Credentials: {given}",
    )


def _is_not_let_in(judge: Judge, origin: str, exchange: Exchange) -> None:
    named = exchange.headers.get(f"{_ALLOW}Origin", "")
    let_in = {each.strip() for each in named.split(",")} & {origin, "*"}
    judge.that(
        not let_in,
        "cors.other-origins-are-not-named",
        exchange,
        f"no answer that lets in {origin}",
        f"{exchange.status} with {_ALLOW}Origin: {named}",
    )


def _other_scheme(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    return f"{'http' if scheme == 'https' else 'https'}://{rest}"


def _subdomain(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    return f"{scheme}://foreign.{rest}"
