"""Deviations in how requests are read and answers are sent: each can be seen from outside."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.deviation_helpers import LOGIN, TOKEN, Case, Cases, Mock, ask, check, header, send, source
from tests.support.helpers import MOST_BODY_BYTES, cases, head, unique

LARGE = b" " * (MOST_BODY_BYTES + 1)
H2C = ("Connection: Upgrade", "Upgrade: h2c")


def hosts(server: Mock) -> list[int]:
    """Return the statuses of requests without Host, with two, and with one."""
    found = []
    for lines in ([], ["Host: a", "host: b"], ["Host: localhost"]):
        request = "\r\n".join(["GET /liveness HTTP/1.1", *lines, "Connection: close", "", ""])
        found.append(send(server, request.encode()).status)
    return found


def spellings(server: Mock) -> list[int]:
    """Return the statuses for the token's header in three spellings, and for a type that is not JSON in two."""
    found = [
        ask(server, "GET", "/preset", None, f"{name}: {TOKEN}", token=None).status
        for name in ("Token", "token", "TOKEN")
    ]
    body = json.dumps(LOGIN).encode()
    types = ("Content-Type: text/html", "content-type: text/html")
    return [*found, *(ask(server, "POST", "/login", body, line).status for line in types)]


def bodies() -> list[tuple[str, str, bytes]]:
    """Return a good request of each operation that takes a body: method, path and body."""
    requests = {"POST /login": LOGIN, "POST /source": source(unique()), "PUT /source": source("demo")}
    found = {label: json.dumps(value).encode() for label, value in requests.items()}
    return [(*label.split(), body) for label, body in {**found, "POST /test-connect": b"host=a"}.items()]


def whole_and_in_pieces(server: Mock) -> list[set[int]]:
    """Return the statuses of bodies in one piece, of bodies in three with their length, and of bodies in chunks."""
    token = f"Token: {TOKEN}"
    whole, pieces, chunks = set(), set(), set()
    for method, path, body in bodies():
        whole.add(send(server, head(method, path, token, "Connection: close", length=len(body)) + body).status)
    for method, path, body in bodies():
        begun = head(method, path, token, "Connection: close", length=len(body)) + body[:3]
        pieces.add(send(server, begun, body[3:5], body[5:]).status)
    for method, path, body in bodies():
        begun = head(method, path, token, "Connection: close", "Transfer-Encoding: chunked")
        cut = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:3], body[3:])]
        chunks.add(send(server, begun, *cut, b"0\r\n\r\n").status)
    return [whole, pieces, chunks]


def sent(path: str, *lines: str) -> Callable[[Mock], tuple[str | None, bool, str]]:
    """Return a probe for the encoding of a list, whether its length is right, and in what state the list comes."""

    def probe(server: Mock) -> tuple[str | None, bool, str]:
        answer = ask(server, "GET", path, None, *lines)
        encoding, length = (answer.headers.get(f"content-{name}") for name in ("encoding", "length"))
        return encoding, length == str(len(answer.body)), state_of(answer.body, encoding)

    return probe


def state_of(body: bytes, encoding: str | None) -> str:
    """Say whether a list is there as a whole."""
    try:
        json.loads(gzip.decompress(body) if encoding else body)
    except EOFError:
        return "cut"
    return "whole"


def only_when_asked(server: Mock) -> list[Any]:
    """Return the encodings of lists for which gzip was asked, was refused, and was not named."""
    asked = ("gzip;q=0.5, br", "GZIP", "gzip;q=0", "deflate", "identity")
    return [header("content-encoding", "GET", "/preset", None, f"Accept-Encoding: {each}")(server) for each in asked]


GZIP = "Accept-Encoding: gzip"
CACHED = "public, max-age=600"
CASES: Cases = {
    "host-may-be-missing": Case(hosts, [400, 400, 200], [200, 400, 200]),
    "two-hosts-are-taken": Case(hosts, [400, 400, 200], [400, 200, 200]),
    "header-names-are-case-sensitive": Case(spellings, [200, 200, 200, 415, 415], [200, 401, 401, 415, 200]),
    "chunked-body-is-refused": Case(whole_and_in_pieces, [{200}, {200}, {200}], [{200}, {200}, {411}]),
    "only-first-segment-is-read": Case(
        lambda server: [*whole_and_in_pieces(server), ask(server, "POST", "/login", LARGE).status],
        [{200}, {200}, {200}, 413],
        [{200}, {400}, {400}, 413],
    ),
    "answers-are-gzipped-unasked": Case(sent("/source"), (None, True, "whole"), ("gzip", True, "whole")),
    "gzip-is-cut-short": Case(
        lambda server: [sent("/metric", GZIP)(server), sent("/metric")(server), only_when_asked(server)],
        [(None, True, "whole"), (None, True, "whole"), [None] * 5],
        [("gzip", True, "cut"), (None, True, "whole"), ["gzip", "gzip", None, None, None]],
    ),
    "lists-are-for-caches": Case(header("cache-control", "GET", "/preset"), None, CACHED),
    "login-is-for-caches": Case(header("cache-control", "POST", "/login", LOGIN), None, CACHED),
}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation reads or answers as the deviation says, and one without does not."""
    check(name, case)


def test_a_misspelled_header_is_lost_in_an_upgrade_too() -> None:
    """Headers keep their spelling where a head is read again because the upgrade that it asks for is not offered."""
    with Mock("header-names-are-case-sensitive") as server:
        found = [
            ask(server, "GET", "/preset", None, f"{name}: {TOKEN}", *H2C, token=None).status
            for name in ("Token", "token")
        ]
    assert found == [200, 401]
