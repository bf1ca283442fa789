"""The layer ``operations``: connections, the lists of metrics and presets, and answers that are empty.

Sources and JSON bodies are in modules of their own: ``test_operations_*.py``.
"""

import json
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Operation
from contract_tests.judging.judge import Judge
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources
from contract_tests.target.own_mock import DATABASE
from contract_tests.target.target import Target

_TEXT = "text/plain"
_OTHER_TYPES = (
    None,
    f"{_TEXT}; charset=utf-8",
    "application/x-www-form-urlencoded",
    "application/json",
    "application/octet-stream",
    "image/png",
)


@pytest.mark.judges("answer.empty-where-documented")
def test_answers_that_are_empty(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """A change that was made is answered without a body."""
    name = own.name()
    steps = [] if operation.id == "addSource" else [own.add(name)]
    granted = own.delete(name) if operation.id == "deleteSource" else own.send(operation.id, own.named(name))
    judge.that(
        succeeded(granted) and not granted.body,
        "answer.empty-where-documented",
        granted,
        "a status of success and an empty body",
        steps=steps,
    )


def _failing(target: Target) -> str:
    """Return a string that leads nowhere: the domain has no hosts."""
    return f"host=refused.invalid user={target.prefix}nobody dbname=contract connect_timeout=5"


def _succeeding(target: Target) -> str:
    """Return the string that is known to work, with a name of the run's own in it for the guard and the database."""
    text = target.database or ""
    if "://" not in text:
        return f"{text} application_name={target.prefix}verify"
    return f"{text}{'&' if '?' in text else '?'}application_name={target.prefix}verify"


def _connect(http: Http, operation: Operation, text: str | bytes, kind: str | None = _TEXT) -> Exchange:
    return http.send(operation.method, operation.path, headers={"Content-Type": kind} if kind else None, body=text)


@pytest.mark.judges("connect.success-is-200")
def test_connection_that_succeeds(http: Http, judge: Judge, operation: Operation) -> None:
    """A string that the server can connect by is an empty 200, each time."""
    texts = {"the string that works": _succeeding(http.target), "the same again": _succeeding(http.target)}
    if http.target.is_mock and http.target.database == DATABASE:
        texts["its host in a second line"] = "user=contract\nhost=reachable.example.com"
    for what, text in texts.items():
        exchange = _connect(http, operation, text)
        judge.that(
            exchange.status == operation.success and not exchange.body,
            "connect.success-is-200",
            exchange,
            f"status {operation.success} and an empty body",
            what=what,
        )


@pytest.mark.judges("connect.failure-is-400")
def test_connections_that_fail(http: Http, judge: Judge, operation: Operation) -> None:
    """A string that leads nowhere is a 400: as pairs, as a URI, with several hosts."""
    own = f"{http.target.prefix}nobody"
    place = f"{own}@refused.invalid:5432/contract?connect_timeout=5"
    several = f"host=refused.invalid,unknown.invalid user={own} dbname=contract connect_timeout=5"
    texts = {
        "pairs": _failing(http.target),
        "a URI": f"postgresql://{place}",
        "a short URI": f"postgres://{place}",
        "several hosts": several,
    }
    for what, text in texts.items():
        judge.status(400, "connect.failure-is-400", _connect(http, operation, text), what=what)


@pytest.mark.judges("connect.unreadable-is-400")
def test_unreadable_connection_strings(http: Http, judge: Judge, operation: Operation) -> None:
    """What is no connection string is a 400: words, JSON, another scheme, a quote or bracket that is not closed."""
    own = http.target.prefix
    texts: dict[str, str | bytes] = {
        "words": f"contract unknown.invalid {own}",
        "a host alone": f"unknown.invalid:5432/{own}",
        "a URL of HTTP": f"http://unknown.invalid/{own}",
        "a pair without its name": f"= unknown.invalid {own}",
        "a quote that is not closed": f"host='unknown.invalid user={own}",
        "a bracket that is not closed": f"postgresql://[unknown.invalid/{own}",
        "a percent sign that is none": f"postgresql://a%zz@unknown.invalid/{own}",
        "a port that is a word": f"postgresql://unknown.invalid:port/{own}",
        "JSON": json.dumps({"ConnStr": f"postgresql://unknown.invalid/{own}"}),
        "a byte that is not UTF-8": f"host=unknown.invalid user={own}".encode() + b"\xff",
    }
    if http.target.database:
        texts["a NUL and more behind one that works"] = f"{_succeeding(http.target)}\0 contract"
    for what, text in texts.items():
        judge.status(400, "connect.unreadable-is-400", _connect(http, operation, text), what=what)


@pytest.mark.judges("connect.empty-is-400")
def test_empty_connection_string(http: Http, judge: Judge, operation: Operation) -> None:
    """A request without a connection string is a 400, whatever the server could connect to by default."""
    judge.status(400, "connect.empty-is-400", _connect(http, operation, b""))


@pytest.mark.judges("connect.any-content-type")
def test_any_content_type(http: Http, judge: Judge, operation: Operation) -> None:
    """A connection string under any Content-Type, that of a form included, is answered as under text/plain."""
    target = http.target
    for text in [_failing(target), *([_succeeding(target)] if target.database else [])]:
        plain = _connect(http, operation, text)
        for kind in _OTHER_TYPES:
            exchange = _connect(http, operation, text, kind)
            judge.that(
                exchange.status == plain.status is not None,
                "connect.any-content-type",
                exchange,
                f"status {plain.status}, as under text/plain",
                steps=[plain],
                what=kind or "no type",
            )


def _is_stable(http: Http, judge: Judge, operation: Operation, clause: str) -> None:
    """Judge that a list is the same at each of several requests."""
    first = http.send(operation.method, operation.path)
    entries = _entries(first)
    judge.that(entries is not None, clause, first, "a JSON object, entry by name", _status(first))
    for _ in range(3):
        again = http.send(operation.method, operation.path)
        found = _entries(again)
        if entries is None or found is None:
            judge.that(found is not None, clause, again, "a JSON object, entry by name", _status(again))
            continue
        other = [name for name in entries.keys() | found.keys() if entries.get(name) != found.get(name)]
        actual = f"{len(other)} entries are there in one answer only, or differ: {', '.join(sorted(other)[:3])}"
        judge.that(not other, clause, again, "the same entries as in the answer before", actual, [first])


def _entries(exchange: Exchange) -> dict[str, Any] | None:
    try:
        value = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and exchange.status in range(200, 300) else None


def _status(exchange: Exchange) -> str:
    return f"something else (status {exchange.status}, {len(exchange.body)} bytes)"


@pytest.mark.judges("metric.list-is-stable")
def test_metrics_are_stable(http: Http, judge: Judge, operation: Operation) -> None:
    """The list of metrics is the same at each request."""
    _is_stable(http, judge, operation, "metric.list-is-stable")


@pytest.mark.judges("preset.list-is-stable")
def test_presets_are_stable(http: Http, judge: Judge, operation: Operation) -> None:
    """The list of presets is the same at each request."""
    _is_stable(http, judge, operation, "preset.list-is-stable")
