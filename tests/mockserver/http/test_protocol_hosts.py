"""The Host of a request: HTTP/1.1 asks for exactly one."""

import json

import pytest

from tests.conftest import Server
from tests.support.helpers import MANNERS, Wire, cases, check_error_line, head, names_of, source, unique

REFUSED = {
    "none": ([], "1.1"),
    "none of many": ([f"X-{number}: 1" for number in range(20)], "1.1"),
    "none but a name that holds it": (["X-Host: a", "Hosts: a"], "1.1"),
    "two": (["Host: a", "Host: b"], "1.1"),
    "the same twice": (["Host: a", "Accept: */*", "HOST: a"], "1.1"),
    "an empty one and another": (["Host:", "host: a"], "1.1"),
    "three": (["Host: a"] * 3, "1.1"),
    "two in HTTP/1.0": (["Host: a", "Host: b"], "1.0"),
}
TAKEN = {
    "one": (["Host: localhost"], "1.1"),
    "in another case": (["hOST: localhost"], "1.1"),
    "an empty one": (["Host:"], "1.1"),
    "none in HTTP/1.0": ([], "1.0"),
    "one in HTTP/1.0": (["Host: localhost"], "1.0"),
}
UPGRADES = {
    "no upgrade": [],
    "h2c": ["Connection: Upgrade", "Upgrade: h2c"],
    "websocket": ["Connection: Upgrade", "Upgrade: websocket"],
}
GOOD = head("GET", "/liveness")


def request(lines: list[str], version: str = "1.1", target: str = "/liveness") -> bytes:
    """Return a GET with these headers alone."""
    return "\r\n".join([f"GET {target} HTTP/{version}", *lines, "", ""]).encode()


@pytest.mark.parametrize("upgrade", cases(UPGRADES))
@pytest.mark.parametrize("target", ["/liveness", "/source", "/log", "/nosuch"])
@pytest.mark.parametrize(("lines", "version"), cases(REFUSED))
def test_a_request_without_its_one_host_is_refused(
    server: Server, lines: list[str], version: str, target: str, upgrade: list[str]
) -> None:
    """Without Host, or with several, a request is 400 on every path, in one line of text, and the connection ends."""
    with Wire(server) as wire:
        answer = wire.send(request([*lines, *upgrade], version, target)).answer()
        assert answer.status == MANNERS["requests"]["status"]
        check_error_line(answer)
        assert "Host header" in answer.text
        assert answer.headers["connection"] == "close"
        assert wire.closed()


@pytest.mark.parametrize(("lines", "version"), cases(TAKEN))
def test_a_request_with_its_host_is_answered(server: Server, lines: list[str], version: str) -> None:
    """One Host is right, and HTTP/1.0 needs none."""
    with Wire(server) as wire:
        assert wire.send(request(lines, version)).answer().status == 200


def test_each_request_has_its_own_host(server: Server) -> None:
    """Hosts do not add up over the requests of a connection, and one among the trailers of a body is none."""
    login = head("POST", "/login", "Transfer-Encoding: chunked")
    trailer = b"1c\r\n" + json.dumps({"user": "", "password": ""}).encode() + b"\r\n0\r\nHost: b\r\n\r\n"
    upgrade = head("GET", "/liveness", *UPGRADES["h2c"])
    with Wire(server) as wire:
        for sent in (GOOD * 2, login + trailer + GOOD, upgrade + GOOD, upgrade + upgrade):
            wire.send(sent)
            assert [wire.answer().status, wire.answer().status] == [200, 200]
        wire.send(login, trailer, request([]))
        assert [wire.answer().status, wire.answer().status] == [200, 400]


def test_what_comes_before_and_after_the_refusal(server: Server) -> None:
    """The requests before one without Host are answered first; it changes nothing, nor does what comes after it."""
    name, token = unique(), f"Token: {server.login()}"
    body = json.dumps(source(name)).encode()
    good = head("POST", "/source", token, length=len(body)) + body
    with Wire(server) as wire:
        wire.send(GOOD, good.replace(b"Host: localhost\r\n", b""), good)
        assert [wire.answer().status, wire.answer().status] == [200, 400]
        assert wire.closed()
    with server.client() as client:
        assert name not in names_of(client)
