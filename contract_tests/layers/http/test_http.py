"""The layer ``http``: paths, methods, HEAD, OPTIONS, limits and health probes."""

import json
from urllib.parse import urlsplit

import pytest

from contract_tests.asking.ordinary import ordinary, undo
from contract_tests.asking.transport import Http
from contract_tests.contract.clauses import SERVER
from contract_tests.contract.document import JSON, Contract, Operation
from contract_tests.judging.checks import for_caches, one_line
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.http.wire import exchange_bytes
from contract_tests.layers.places import ask
from contract_tests.target.target import Target
from contract_tests.words import counted

_PROBES = 40
_METHODS = ("PUT", "POST", "DELETE", "GET", "PATCH")


def begin(suite: Suite) -> None:
    """Launch a second mock, which several layers need, while the first tests run."""
    if suite.target.is_mock:
        suite.newborn()


@pytest.mark.judges("http.unknown-path-is-404")
def test_unknown_paths(http: Http, judge: Judge, contract: Contract, suite: Suite) -> None:
    """A path that the document does not list is a 404: of other case, with a slash too many, or of nobody."""
    status = contract.manners["unknownPath"]["status"]
    others = [each for path in contract.paths for each in (f"{path}/", f"/{path}", path.upper(), f"/nowhere{path}")]
    asked = [
        ("GET", path)
        for path in ("/openapi.yml", "/.env", *others)
        if not (path.startswith("//") and suite.target.changes_paths)
    ]
    asked += [(method, "/nowhere") for method in _METHODS]
    for method, path in asked:
        if suite.guard.refusal(method, suite.target.url + path, b""):
            judge.withhold("http.unknown-path-is-404", SERVER)
            continue
        exchange = http.send(method, path)
        judge.status(status, "http.unknown-path-is-404", exchange, what=f"{method} {path}")
        judge.finding(for_caches(exchange), "http.unknown-path-is-404", exchange)


@pytest.mark.judges("http.wrong-method-is-405", "http.allow-lists-the-methods")
def test_wrong_methods(http: Http, judge: Judge, contract: Contract, suite: Suite) -> None:
    """A method that a path does not have is a 405 that lists those it has."""
    manners = contract.manners["wrongMethod"]
    for path in contract.paths:
        allowed = contract.methods_of(path)
        for method in ("HEAD", *_METHODS):
            if method in allowed:
                continue
            if suite.guard.refusal(method, suite.target.url + path, b""):
                judge.withhold("http.wrong-method-is-405", SERVER)
                continue
            exchange = http.send(method, path)
            asked = f"{method} {path}"
            judge.status(manners["status"], "http.wrong-method-is-405", exchange, what=asked)
            judge.finding(for_caches(exchange), "http.wrong-method-is-405", exchange)
            listed = {each.strip() for each in exchange.headers.get(manners["header"], "").split(",")}
            expected = f"{manners['header']}: {', '.join(allowed)}"
            judge.that(
                listed - {""} == set(allowed),
                "http.allow-lists-the-methods",
                exchange,
                expected,
                f"{exchange.status} with {manners['header']}: {', '.join(sorted(listed))}",
                what=asked,
            )


@pytest.mark.judges("http.options-is-200")
def test_options(http: Http, judge: Judge, contract: Contract) -> None:
    """OPTIONS is 200 and empty on every path, also on one that is not there, without a token."""
    status = contract.manners["options"]["status"]
    preflight = {"Origin": "http://foreign.invalid", "Access-Control-Request-Method": "PUT"}
    for path in [*contract.paths, "/nowhere"]:
        for headers, of in (({}, ""), (preflight, " of a foreign page")):
            exchange = http.send("OPTIONS", path, token="", headers=headers)
            holds = exchange.status == status and not exchange.body
            expected, what = f"status {status} and an empty body", f"OPTIONS {path}{of}"
            judge.that(holds, "http.options-is-200", exchange, expected, what=what)


@pytest.mark.judges("http.head-has-no-body")
def test_head_without_body(judge: Judge, contract: Contract, suite: Suite) -> None:
    """Nothing follows the head of an answer to HEAD."""
    for path in contract.paths:
        _, body = exchange_bytes(suite, "HEAD", path, {"Token": suite.target.token})
        actual = f"HEAD {path} has the body {body[:60]!r}"
        judge.that(not body, "http.head-has-no-body", f"HEAD {path}", "no body", actual, found=[f"HEAD {path}: a body"])


@pytest.mark.judges("health.head-is-get-without-body")
def test_head_of_health(http: Http, judge: Judge, operation: Operation) -> None:
    """HEAD on a health path has the status and the type of GET."""
    got, headed = http.send("GET", operation.path, token=""), http.send("HEAD", operation.path, token="")
    kinds = [exchange.headers.get("Content-Type") for exchange in (got, headed)]
    judge.that(
        (headed.status, kinds[1]) == (got.status, kinds[0]),
        "health.head-is-get-without-body",
        operation.id,
        f"like GET: {got.status} {kinds[0]}",
        found=[f"{headed.status} {kinds[1]}"],
    )


@pytest.mark.judges("health.running-is-ok")
def test_running_server_is_ok(http: Http, judge: Judge, operation: Operation) -> None:
    """A server that answers everything else says that it is alive and ready, each time."""
    for _ in range(_PROBES):
        exchange = http.send("GET", operation.path, token="")
        try:
            status = json.loads(exchange.body)
        except ValueError:
            status = None
        is_ok = (exchange.status, status) == (200, {"status": "ok"})
        if not judge.that(is_ok, "health.running-is-ok", exchange, '200 {"status": "ok"}'):
            return


@pytest.mark.judges("http.large-head-is-431")
def test_large_head(judge: Judge, contract: Contract, suite: Suite) -> None:
    """Headers over the limit are refused with 431; the connection is not just cut."""
    manners = contract.manners["headersTooLarge"]
    filler = {f"X-Filler-{number}": "x" * 60_000 for number in range(manners["limit"] // 60_000 + 4)}
    head, _ = exchange_bytes(suite, contract.probe.method, contract.probe.path, filler, seconds=5)
    first = head.partition(b"\r\n")[0].decode("latin-1")
    expected = f"status {manners['status']} to headers of more than {manners['limit']} bytes"
    holds = f" {manners['status']} " in f"{first} "
    judge.that(holds, "http.large-head-is-431", contract.probe.id, expected, found=[first or "no answer"])


@pytest.mark.judges("http.host-is-needed")
def test_hosts(judge: Judge, contract: Contract, suite: Suite) -> None:
    """A request that names no host, or two, is refused: of several servers behind one address none is meant."""
    status, host = contract.manners["requests"]["status"], urlsplit(suite.target.url).netloc
    for hosts in ([], [host, host], [host, "other.invalid"]):
        head, _ = exchange_bytes(suite, "GET", contract.probe.path, {"Token": suite.target.token}, 5, hosts)
        first = head.partition(b"\r\n")[0].decode("latin-1")
        what = f"a request with {counted(len(hosts), 'Host header')}"
        judge.that(
            f" {status} " in f"{first} ",
            "http.host-is-needed",
            contract.probe.id,
            f"status {status} to {what}",
            found=[first or "no answer"],
            what=what,
        )


@pytest.mark.judges("answer.compression-is-asked-for", "answer.is-not-for-caches")
def test_compression(http: Http, operation: Operation, target: Target) -> None:
    """An answer to a client that takes gzip is readable: the checks of every answer look at it."""
    request = ordinary(operation, target)
    token = None if operation.protected else ""
    http.send(
        operation.method,
        request.path,
        query=request.query,
        body=request.body,
        json=request.json,
        token=token,
        headers={**request.headers, "Accept-Encoding": "gzip"},
    )
    undo(http, operation, request)


@pytest.mark.judges("body.too-large-is-413")
def test_large_body(http: Http, judge: Judge, contract: Contract, operation: Operation, suite: Suite) -> None:
    """A body over the limit is refused with 413."""
    manners = contract.manners["requestTooLarge"]
    request = ordinary(operation, suite.target)
    if operation.takes_json:
        body = json.dumps({**request.json, "Filler": "x" * manners["limit"]})
        headers = {"Content-Type": "application/json"}
    else:
        body, headers = f"{request.body} application_name={'x' * manners['limit']}", request.headers
    exchange = http.send(operation.method, request.path, query=request.query, headers=headers, body=body)
    judge.status(manners["status"], "body.too-large-is-413", exchange)


@pytest.mark.judges("answer.error-is-one-line")
def test_refusals(http: Http, judge: Judge, operation: Operation) -> None:
    """A refusal is one line of text: of a request without a token, of a login that cannot be read."""
    if operation.protected:
        exchanges = [ask(http, operation, {}), ask(http, operation, {"header": "x"})]
    else:
        exchanges = [
            http.send(operation.method, operation.path, body=body, headers={"Content-Type": JSON}, token="")
            for body in ("", "{", "[]")
        ]
    for exchange in exchanges:
        if exchange.status is not None and exchange.status >= 500:
            # A failure of the server stands in for the refusal that should have come: it is to be as readable.
            judge.finding(one_line(exchange), "answer.error-is-one-line", exchange)


@pytest.mark.judges("health.starting-is-busy")
def test_starting_server_is_busy(judge: Judge, suite: Suite) -> None:
    """A server that was started and is not ready yet says so."""
    http = suite.http_of(suite.newborn())
    exchange = http.send("GET", "/readiness", token="")
    judge.that(
        (exchange.status, exchange.text.replace(" ", "")) == (503, '{"status":"busy"}'),
        "health.starting-is-busy",
        exchange,
        '503 {"status":"busy"} while the server starts',
    )
