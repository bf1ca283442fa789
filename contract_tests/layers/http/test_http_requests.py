"""The layer ``http``: how requests are read, their headers and their bodies."""

import json
from collections.abc import Callable, Mapping

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.ordinary import ordinary, undo
from contract_tests.asking.transport import Http
from contract_tests.contract.document import JSON, Operation
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import follow
from contract_tests.target.target import Target

_PIECES: tuple[tuple[str, bool, Callable[[bytes], list[bytes]]], ...] = (
    ("in two segments", False, lambda body: [body[: len(body) // 2], body[len(body) // 2 :]]),
    ("in one chunk", True, lambda body: [body]),
    ("in three segments", False, lambda body: [body[:1], body[1:-1], body[-1:]]),
    ("in chunks of 7 bytes", True, lambda body: [body[start : start + 7] for start in range(0, len(body), 7)]),
)
"""Ways to send a body: what it is called, whether it is chunked, and how the pieces are made."""
_PARAMETER = "parameters that mean nothing"
_PARAMETERS = {"contract": "1", "limit": "1", "offset": "1", "page": "2", "sort": "-Name", "fields": "Name", "q": "x"}
_PAGE = "http://page.example"
"""Where any origin is allowed, or it is not known which."""


def _unknown_headers(target: Target) -> dict[str, dict[str, str]]:
    """Return headers that clients and proxies send and that mean nothing to an operation, by what they are."""
    many = {f"X-Contract-{number}": "contract" for number in range(50)}
    return {
        "Accept of a browser": {"Accept": "text/html,application/xhtml+xml;q=0.9", "Accept-Language": "de;q=0.5"},
        "no User-Agent": {"User-Agent": ""},
        "headers of a proxy": {
            "X-Forwarded-For": "192.0.2.1",
            "X-Forwarded-Proto": "https",
            "Forwarded": "for=192.0.2.1",
            "Via": "1.1 contract",
        },
        "fifty headers": many,
        "a header of 5,000 characters": {"X-Contract": "x" * 5000},
        "another cookie": {"Cookie": "contract=1; other=2"},
        "the Origin of an allowed page": {"Origin": _PAGE if target.cors_origin in ("", "*") else target.cors_origin},
        "a Range": {"Range": "bytes=0-0"},
        "conditions": {"If-None-Match": "*", "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        "Expect": {"Expect": "100-continue"},
        "an offer of HTTP/2": {"Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__", "Connection": "Upgrade"},
    }


@pytest.mark.judges("http.headers-in-any-case")
def test_headers_that_mean_nothing(http: Http, judge: Judge, operation: Operation, suite: Suite) -> None:
    """A request is answered as it is without the headers and parameters that the document does not know."""
    plain = _with(http, operation, {}, {})
    if "x-websocket" in operation.document:
        _judge_handshake(judge, suite)
    for what, headers in {**_unknown_headers(http.target), _PARAMETER: {}}.items():
        exchange = _with(http, operation, headers, _PARAMETERS if what == _PARAMETER else {})
        is_list = plain.status == 200 and operation.method == "GET"
        is_same = exchange.status == plain.status and (exchange.body == plain.body or not is_list)
        judge.that(
            is_same,
            "http.headers-in-any-case",
            exchange,
            f"the answer ({plain.status}) as it is without {what}",
            steps=[plain],
            what=what,
        )


def _judge_handshake(judge: Judge, suite: Suite) -> None:
    """Judge that a handshake is answered as without the headers of a proxy and a parameter; they come with one."""
    given = _unknown_headers(suite.target)
    headers = {**given["headers of a proxy"], **given["another cookie"], **given["fifty headers"]}
    with follow(suite) as plain, follow(suite, headers=headers, query={"contract": "1"}) as reader:
        judge.that(
            reader.exchange.status == plain.exchange.status,
            "http.headers-in-any-case",
            reader.exchange,
            f"status {plain.exchange.status}, as without headers and parameters that mean nothing",
            steps=[plain.exchange],
            what="a handshake with what means nothing",
        )


def _with(http: Http, operation: Operation, headers: Mapping[str, str], query: Mapping[str, str]) -> Exchange:
    """Send an ordinary request with headers and parameters besides, and delete what was added."""
    request = ordinary(operation, http.target)
    exchange = http.send(
        operation.method,
        request.path,
        query={**request.query, **query},
        headers={**request.headers, **headers},
        body=request.body,
        json=request.json,
        token=None if operation.protected else "",
    )
    undo(http, operation, request)
    return exchange


@pytest.mark.judges("http.headers-in-any-case")
def test_headers_in_other_case(http: Http, judge: Judge, operation: Operation, suite: Suite) -> None:
    """Headers are found however their names are written: an answer is the same as to the usual spelling."""
    for spell in (str.lower, str.upper):
        exchanges = [_spelled(http, operation, str), _spelled(http, operation, spell)]
        if operation.protected:
            exchanges += [_spelled(http, operation, str, "Cookie"), _spelled(http, operation, spell, "Cookie")]
        if "x-websocket" in operation.document:
            with follow(suite) as usual, follow(suite, spell=spell) as other:
                exchanges += [usual.exchange, other.exchange]
        for plain, exchange in zip(exchanges[::2], exchanges[1::2], strict=True):
            judge.that(
                exchange.status == plain.status,
                "http.headers-in-any-case",
                exchange,
                f"status {plain.status}, as to headers in the usual spelling",
                steps=[plain],
                what=f"names in {spell.__name__} case",
            )


def _spelled(http: Http, operation: Operation, spell: Callable[[str], str], place: str = "Token") -> Exchange:
    """Send an ordinary request with its headers written in some way, and delete what was added."""
    request = ordinary(operation, http.target)
    headers = dict(request.headers)
    if operation.protected:
        headers[place] = http.target.token if place == "Token" else f"token={http.target.token}"
    if request.json is not None:
        headers["Content-Type"] = JSON
    exchange = http.send(
        operation.method,
        request.path,
        query=request.query,
        body=request.body,
        json=request.json,
        headers={spell(name): value for name, value in headers.items()},
        token="",
    )
    undo(http, operation, request)
    return exchange


@pytest.mark.judges("http.body-is-read-whole")
def test_bodies_in_pieces(http: Http, judge: Judge, operation: Operation) -> None:
    """A body that comes in several pieces, with its length or chunked, is answered as one that comes in one."""
    plain = _in_pieces(http, operation, lambda body: [body])
    for what, chunked, cut in _PIECES:
        exchange = _in_pieces(http, operation, cut, chunked)
        # Of two refusals the words tell whether the same was read; names of the run's own are others each time.
        is_same = exchange.status == plain.status and (operation.takes_json or exchange.body == plain.body)
        judge.that(
            is_same,
            "http.body-is-read-whole",
            exchange,
            f"the answer to the body in one piece ({plain.status}), to one {what}",
            steps=[plain],
            what=f"a body {what}",
        )


def _in_pieces(
    http: Http, operation: Operation, cut: Callable[[bytes], list[bytes]], chunked: bool = False
) -> Exchange:
    """Send an ordinary request with its body in pieces, and delete what was added."""
    request = ordinary(operation, http.target)
    body = json.dumps(request.json).encode() if request.json is not None else (request.body or "").encode()
    headers = {"Content-Type": JSON} if request.json is not None else request.headers
    exchange = http.send(
        operation.method,
        request.path,
        query=request.query,
        headers=headers,
        body=cut(body),
        token=None if operation.protected else "",
        chunked=chunked,
    )
    undo(http, operation, request)
    return exchange
