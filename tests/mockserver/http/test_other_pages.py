"""What pages of other sites in a developer's browser may ask the mock for."""

import json
import shlex
from collections.abc import Callable

import httpx
import pytest

from mockserver.command.options import read_options
from mockserver.http.cors import Cors
from mockserver.http.exchange import Request
from mockserver.http.other_pages import fault_of_host, fault_of_page, host_filter
from tests.conftest import JSON, Server, start_server
from tests.support.helpers import DEFAULT_ORIGIN, MANNERS, Wire, cases, check_error_line, head

pytestmark = pytest.mark.once

Start = Callable[..., Server]
OWN = [
    "localhost",
    "LOCALHOST:8080",
    "localhost.",
    "ui.localhost:1",
    "127.0.0.1",
    "127.9.9.9:80",
    "[::1]",
    "[::1]:80",
    "",
    "mock.example",
    "MOCK.example:80",
]
FOREIGN = [
    "evil.example",
    "localhost.evil.example",
    "evillocalhost",
    "10.0.0.1",
    "[::2]:80",
    "127.0.0.1.evil.example",
    "a.mock.example",
    "localhost:80:80",
    "user@localhost",
    "localhost/x",
    "[localhost",
    "\xff",
]
LOGIN = {"content": '{"user":"","password":""}'}
PAGES: dict[str, tuple[str, dict[str, str], int]] = {
    "no page": ("POST", {}, 200),
    "an allowed page": ("POST", {"Origin": DEFAULT_ORIGIN, "Sec-Fetch-Site": "same-site"}, 200),
    "its own page": ("POST", {"Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"}, 200),
    "its own page in an old browser": ("POST", {"Origin": "http://{host}"}, 200),
    "a page behind a proxy that names another host": (
        "POST",
        {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-origin"},
        200,
    ),
    "a page of another port": ("POST", {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"}, 403),
    "a page of another site": ("POST", {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    "a page of another site in an old browser": ("POST", {"Origin": "http://evil.example"}, 403),
    "a page that looks like its own": ("POST", {"Origin": "http://{host}", "Sec-Fetch-Site": "cross-site"}, 403),
    "a page without a site": ("POST", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
    "a page of another site that reads": ("OPTIONS", {"Origin": "http://evil.example"}, 200),
}


def test_names_of_this_machine_and_no_others() -> None:
    """At a loopback address names count that lead nowhere else, and those that are allowed, in any case and port."""
    answers_to = host_filter("127.0.0.1", ["mock.example"])
    assert [host for host in OWN if not answers_to(host.encode("latin-1"))] == []
    assert [host for host in FOREIGN if answers_to(host.encode("latin-1"))] == []


def test_at_an_address_of_the_network_every_name_counts() -> None:
    """Who serves the network has names that the server cannot know."""
    assert all(host_filter("192.0.2.1", [])(host.encode("latin-1")) for host in [*OWN, *FOREIGN])


@pytest.mark.parametrize("target", ["/liveness", "/source", "/log", "/docs", "/openapi.json", "/nosuch"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_name_that_leads_here_reads_nothing(server: Server, method: str, target: str) -> None:
    """A foreign Host is a 403 on every path, whatever is asked; the refusal names the option, and nothing else."""
    with Wire(server) as wire:
        answer = wire.send(f"{method} {target} HTTP/1.1\r\nHost: evil.example:80\r\n\r\n".encode()).answer()
        check_error_line(answer)
        assert (answer.status, answer.text.rpartition(" ")[2]) == (403, "evil.example\n")
        assert "--allowed-host" in answer.text
        assert wire.send(head("GET", "/liveness")).answer().status == 200


@pytest.mark.parametrize("host", ["evil.example:80", "10.0.0.1", "[::2]:80", "under_score.example"])
def test_the_next_step_is_possible_for_a_host(host: str) -> None:
    """The option that a refusal names lets that host in."""
    *_, option, value = fault_of_host(host.encode()).split()
    assert host_filter("127.0.0.1", read_options([option, value]).settings.allowed_hosts)(host.encode())


@pytest.mark.parametrize("host", ["user@localhost", "localhost/x", "a b", "\xff", "x" * 1_000_000])
def test_what_is_no_host_is_told_shortly(host: str) -> None:
    """No option is named that would be refused, and little of a long name is told."""
    told = fault_of_host(host.encode("latin-1"))
    assert ("--allowed-host" not in told, len(told) < 200) == (True, True)


@pytest.mark.parametrize("origin", ["http://evil.example:81", "https://[::2]", "null"])
def test_the_next_step_is_possible_for_a_page(origin: str) -> None:
    """The option that a refusal names lets that page in."""
    headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
    request = Request("POST", headers, b"")
    fault = fault_of_page(request, Cors(MANNERS["cors"], []))
    option, value = shlex.split(fault)[-2:]
    allowed = read_options([option, value]).settings.cors_origins
    assert fault_of_page(request, Cors(MANNERS["cors"], allowed)) == ""


def test_a_name_that_is_allowed(start: Start) -> None:
    """``--allowed-host`` lets a name in."""
    mock = start("--allowed-host", "Mock.example")
    statuses = [
        httpx.get(f"{mock.url}/liveness", headers={"Host": host}).status_code for host in ("mock.example:1", "b")
    ]
    assert statuses == [200, 403]


@pytest.mark.parametrize(("method", "headers", "status"), cases(PAGES))
def test_pages_that_may_change_something(server: Server, method: str, headers: dict[str, str], status: int) -> None:
    """A form of a foreign page signs nobody in, with or without a type; who may, and who only reads, is answered."""
    host = ":".join(map(str, server.address))
    given = {name: value.format(host=host) for name, value in headers.items()}
    for with_type in (given, {**given, **JSON}):
        answer = httpx.request(method, f"{server.url}/login", headers=with_type, **LOGIN)
        assert answer.status_code == status
        if status == 403:
            assert "start the server with --cors-origin " in answer.text


def test_with_any_origin_all_may_and_the_banner_says_so(start: Start) -> None:
    """With ``--cors-origin '*'`` a foreign page can sign in; the banner says what that means."""
    mock = start("--cors-origin", "*")
    answer = httpx.post(f"{mock.url}/login", headers={"Origin": "http://evil.example", **JSON}, **LOGIN)
    assert answer.status_code == 200
    assert "any page" in mock.banner["cors"]


def test_a_release_answers_to_any_name_and_says_so_once() -> None:
    """A release's mock stays true to it: foreign names and pages are answered; the console tells it, once."""
    mock = start_server("--release", "5.3")
    foreign = {"Host": "evil.example", "Origin": "http://evil.example"}
    for _ in range(2):
        assert httpx.post(f"{mock.url}/login", headers={**foreign, **JSON}, **LOGIN).status_code == 200
    _, out = mock.stop()
    notes = [line["note"] for line in map(json.loads, out.splitlines()) if "note" in line]
    assert [("'evil.example'" in note, "without --release" in note) for note in notes] == [(True, True)]
