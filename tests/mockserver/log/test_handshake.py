"""The opening of the log stream: who is let in, and how everybody else is told why not."""

import json
import re
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.conftest import Server
from tests.support.helpers import Answer, Wire, cases, check_error_line, head, source
from tests.support.websocket_helpers import ACCEPT, KEY, RawClient, follow, handshake, make_entry

FAULTS: dict[str, dict[str, Any]] = {
    "no Connection": {"connection": None},
    "Connection: close": {"connection": "close"},
    "Connection: a word that holds upgrade": {"connection": "upgraded"},
    "no Upgrade": {"upgrade": None},
    "Upgrade: h2c": {"upgrade": "h2c"},
    "no version": {"sec_websocket_version": None},
    "version 12": {"sec_websocket_version": "12"},
    "version 013": {"sec_websocket_version": "013"},
    "no key": {"sec_websocket_key": None},
    "key is no base64": {"sec_websocket_key": "not base64!"},
    "key of 15 bytes": {"sec_websocket_key": "AAECAwQFBgcICQoLDA0O"},
    "key of 17 bytes": {"sec_websocket_key": "AAECAwQFBgcICQoLDA0ODxA="},
    "key without padding": {"sec_websocket_key": "AAECAwQFBgcICQoLDA0ODw"},
    "key in the URL-safe alphabet": {"sec_websocket_key": "__________________-_-w=="},
}
NAMED = {
    "Connection": "Connection header",
    "Upgrade": "Upgrade header",
    "version": "Sec-WebSocket-Version header",
    "key": "Sec-WebSocket-Key header",
}


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """A token of the module's server."""
    return server.login()


def ask(server: Server, request: bytes) -> Answer:
    """Send a request on a connection of its own and return the answer."""
    with Wire(server) as wire:
        return wire.send(request).answer(request.partition(b" ")[0].decode())


def refused(server: Server, request: bytes, status: int) -> str:
    """Assert that a request is refused with that status; return the line that says why."""
    answer = ask(server, request)
    assert answer.status == status, answer
    check_error_line(answer)
    assert answer.headers["content-length"] == str(len(answer.body))
    return answer.text


def test_the_answer_is_exactly_a_handshake(server: Server, token: str) -> None:
    """A 101 has the three headers of a handshake and nothing that was not asked for."""
    answer = ask(server, handshake(server, f"Token: {token}"))
    assert answer.status == 101
    assert answer.headers == {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-accept": ACCEPT}


def test_nothing_that_is_offered_is_agreed_to(server: Server, token: str) -> None:
    """Subprotocols and extensions that a client offers are ignored."""
    lines = ("Sec-WebSocket-Protocol: chat, superchat", "Sec-WebSocket-Extensions: permessage-deflate, x-other; a=1")
    answer = ask(server, handshake(server, f"Token: {token}", *lines))
    assert answer.status == 101
    assert not {"sec-websocket-protocol", "sec-websocket-extensions"} & set(answer.headers)
    with follow(server, token, subprotocols=["chat"], compression="deflate") as connection:
        assert connection.subprotocol is None
        assert connection.protocol.extensions == []


@pytest.mark.parametrize(
    "line", ["Sec-WebSocket-Protocol: ,,a b", "Sec-WebSocket-Extensions: ;;;", "Sec-WebSocket-Protocol: \xff"]
)
def test_what_is_offered_may_be_malformed(server: Server, token: str, line: str) -> None:
    """An offer that cannot be read is ignored as well: there is nothing that it could change."""
    assert ask(server, handshake(server, f"Token: {token}", line)).status == 101


@pytest.mark.parametrize(
    "changed",
    cases(
        {
            "upper case": {"connection": "UPGRADE", "upgrade": "WebSocket"},
            "among others": {"connection": "keep-alive, Upgrade"},
            "empty entries": {"connection": ", Upgrade,,"},
            "encoded path": {"target": "/%6Cog"},
            "spaces": {"sec_websocket_version": " 13 ", "sec_websocket_key": f" {KEY} "},
            "several protocols": {"upgrade": "websocket, h2c"},
            "two headers": {"connection": "keep-alive\r\nConnection: Upgrade"},
            "a long header": {"cookie": "a=" + "b" * 20_000},
            "a long query": {"target": "/log?" + "a" * 20_000},
            "many headers": {f"x-{number}": "1" for number in range(300)},
            "not ASCII": {"x-name": "\xe4\xff"},
        }
    ),
)
def test_handshakes_are_read_as_http_is(server: Server, token: str, changed: dict[str, Any]) -> None:
    """Case, order, further headers and their size, and further values of a list do not matter."""
    answer = ask(server, handshake(server, f"Token: {token}", **changed))
    assert (answer.status, answer.headers.get("sec-websocket-accept")) == (101, ACCEPT)


def test_the_token_may_be_in_any_of_three_places(server: Server, token: str) -> None:
    """Header, query and cookie let in alike, also through a common client."""
    for options in (
        {"uri": server.log_url, "additional_headers": {"Token": token}},
        {"uri": f"{server.log_url}?Token={token}"},
        {"uri": server.log_url, "additional_headers": {"Cookie": f"theme=dark; token={token}"}},
    ):
        with connect(**options, proxy=None) as connection, server.client(token) as client:
            make_entry(client, "places")
            assert "refused-places" in str(connection.recv(timeout=5))


def test_the_header_counts_before_the_query_and_the_query_before_the_cookie(server: Server, token: str) -> None:
    """The first place that holds a token decides; an empty one holds none."""
    for lines, query, status in (
        (["Token: wrong"], token, 401),
        (["Token:"], token, 101),
        ([f"Token: {token}"], "wrong", 101),
        ([f"Cookie: token={token}"], "wrong", 401),
        (["Cookie: token=wrong"], token, 101),
        (["Token:", f"Cookie: token={token}"], "", 101),
    ):
        answer = ask(server, handshake(server, *lines, target=f"/log?Token={query}"))
        assert answer.status == status, (lines, query)


@pytest.mark.parametrize("lines", [[], ["Token:"], ["Token: wrong"], ["Token: a.b.c"], ["Cookie: token=wrong"]])
def test_nobody_is_let_in_without_a_token(server: Server, lines: list[str]) -> None:
    """Without a token that counts the answer is 401 and says what to do."""
    assert "token" in refused(server, handshake(server, *lines), 401)


@pytest.mark.parametrize("changed", cases({"no fault": {}, **FAULTS}))
def test_a_token_is_asked_for_before_anything_else(server: Server, changed: dict[str, Any]) -> None:
    """Who has no token learns nothing about its handshake or its origin."""
    assert "token" in refused(server, handshake(server, "Origin: null", **changed), 401)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_handshake_is_refused(server: Server, token: str, fault: str) -> None:
    """Each fault is a 400 that names the header at fault."""
    line = refused(server, handshake(server, f"Token: {token}", **FAULTS[fault]), 400)
    header = next(text for name, text in NAMED.items() if name in fault)
    assert re.fullmatch(rf"not a WebSocket handshake: the {header} .+\n", line)


def test_faults_are_named_in_a_fixed_order(server: Server, token: str) -> None:
    """Of several faults the first of Connection, Upgrade, version and key is named."""
    changed: dict[str, Any] = dict.fromkeys(("connection", "upgrade", "sec_websocket_version", "sec_websocket_key"))
    for name, header in zip(list(changed), NAMED.values(), strict=True):
        assert header in refused(server, handshake(server, f"Token: {token}", **changed), 400)
        del changed[name]


def test_a_second_key_gets_a_documented_answer(server: Server, token: str) -> None:
    """Whether the first of two keys counts or they are refused: the answer is one that the contract has."""
    request = handshake(server, f"Token: {token}", sec_websocket_key=f"{KEY}\r\nSec-WebSocket-Key: {KEY[::-1]}")
    answer = ask(server, request)
    if answer.status != 101:
        assert answer.status == 400
        check_error_line(answer)


@pytest.mark.parametrize(
    ("line", "body"), [("Content-Length: 5", b"hello"), ("Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n\r\n")]
)
def test_a_handshake_with_a_body_is_answered(server: Server, token: str, line: str, body: bytes) -> None:
    """A body has no place in a handshake: it is ignored or refused, but never leaves the client without an answer."""
    answer = ask(server, handshake(server, f"Token: {token}", line) + body)
    assert answer.status in (101, 400)


@pytest.mark.parametrize("origin", ["http://{host}", "https://{host}", "HTTP://{HOST}", "http://{host}".upper()])
def test_pages_of_the_same_host_are_let_in(server: Server, token: str, origin: str) -> None:
    """An Origin with the host that is asked is let in, whatever its scheme and case."""
    host = f"Localhost:{server.address[1]}"
    line = f"Origin: {origin.format(host=host.lower(), HOST=host.upper())}"
    assert ask(server, handshake(server, f"Token: {token}", line, host=host)).status == 101


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://example.com",
        "http://{host}.example.com",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "http://localhost:{port}",
        "{host}",
        "//{host}",
        "http//{host}",
        "://",
        "http://[",
        "http://\xe4",
        "http://x y",
    ],
)
def test_pages_of_other_hosts_are_refused(server: Server, token: str, origin: str) -> None:
    """An Origin with another host or port, or that cannot be read, is a 403, and the line says what is asked for."""
    port = server.address[1]
    sent = origin.format(host=f"127.0.0.1:{port}", port=port)
    line = refused(server, handshake(server, f"Token: {token}", f"Origin: {sent}"), 403)
    assert line == f"origin {sent} is not allowed: it must be the host of this server\n"


def test_an_origin_needs_a_host_to_be_the_same_as(server: Server, token: str) -> None:
    """A request without Host is not let in with an Origin that names none either."""
    answer = ask(server, handshake(server, f"Token: {token}", "Origin: null", host=None))
    assert answer.status in (400, 403)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/source", 200),
        ("GET", "/liveness", 200),
        ("HEAD", "/liveness", 200),
        ("GET", "/nosuch", 404),
        ("GET", "/log/", 404),
        ("GET", "/Log", 404),
        ("POST", "/log", 405),
        ("HEAD", "/log", 405),
        ("PUT", "/log", 405),
        ("OPTIONS", "/log", 200),
    ],
)
def test_a_handshake_elsewhere_gets_the_normal_answer(
    server: Server, token: str, method: str, path: str, status: int
) -> None:
    """Other paths and methods do not know WebSockets, and ignore that one was asked for."""
    request = handshake(server, f"Token: {token}", target=path, method=method)
    answer = ask(server, request)
    assert answer.status == status
    with server.client(token) as client:
        plain = client.request(method, path)
    assert (plain.status_code, plain.content) == (answer.status, answer.body)


def test_other_upgrades_are_ignored(server: Server, token: str, client: httpx.Client) -> None:
    """A request that asks for HTTP/2 is answered over HTTP/1.1 with all of its body, and so is what comes after it."""
    entry = source()
    body = json.dumps(entry).encode()
    lines = (
        f"Token: {token}",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAA",
    )
    with Wire(server) as wire:
        wire.send(head("POST", "/source", *lines, length=len(body)), body, head("GET", "/liveness"))
        assert [wire.answer("POST").status, wire.answer().status] == [200, 200]
    assert entry["Name"] in [listed["Name"] for listed in client.get("/source").json()]


def test_many_upgrades_may_be_asked_for_at_once(server: Server) -> None:
    """However many requests with an upgrade come in one piece, each is answered."""
    count = 2000
    with Wire(server) as wire:
        wire.send(head("GET", "/liveness", "Connection: Upgrade", "Upgrade: h2c") * count)
        assert [wire.answer().status for _ in range(count)] == [200] * count


def test_a_handshake_may_follow_other_requests(server: Server, token: str, client: httpx.Client) -> None:
    """A connection that was used for HTTP becomes a WebSocket, even if all its requests came at once."""
    with RawClient(server, token, before=head("GET", "/liveness") * 3) as reader:
        assert reader.answers_before.count(b"HTTP/1.1 200 ") == 3
        make_entry(client, "follows")
        assert "refused-follows" in reader.entry()


def test_a_plain_request_is_told_what_is_missing(client: httpx.Client) -> None:
    """A GET of a browser or of curl is a 400, not a connection that hangs."""
    answer = client.get("/log")
    assert (answer.status_code, answer.text) == (
        400,
        "not a WebSocket handshake: the Connection header does not name upgrade\n",
    )


def test_a_client_sees_the_refusal(server: Server) -> None:
    """A WebSocket library hands the status and the line of a refusal to its user."""
    with pytest.raises(InvalidStatus) as raised, connect(server.log_url, proxy=None):
        raise AssertionError("it was let in")
    response = raised.value.response
    assert response.status_code == 401
    assert bytes(response.body or b"").startswith(b"token is missing")
