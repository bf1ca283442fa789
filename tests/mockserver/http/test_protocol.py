"""Connections as HTTP/1.1 has them: kept alive, pipelined, upgraded, and with heads that are too large."""

import threading
from collections.abc import Callable

import pytest

from tests.conftest import Server
from tests.support.helpers import MANNERS, TEXT, Wire, cases, check_answer, check_error_line, head, read_json, unique

MOST_HEAD_BYTES = MANNERS["headersTooLarge"]["limit"]
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
CREDENTIALS = b'{"user": "", "password": ""}'


def test_connection_is_kept_alive(server: Server) -> None:
    """Hundred requests of all kinds, refused ones too, go over one connection."""
    token = f"Token: {server.login()}"
    with Wire(server) as wire:
        for _ in range(20):
            assert wire.send(head("GET", "/source", token)).answer().status == 200
            assert wire.send(head("GET", "/source")).answer().status == 401
            assert wire.send(head("GET", "/nosuch")).answer().status == 404
            assert wire.send(head("POST", "/source", token, length=5), b"{.../").answer().status == 400
            assert wire.send(head("HEAD", "/source", token)).answer("HEAD").status == 405


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    """Requests that are sent at once are carried out one after the other, and answered in that order."""
    token, name = f"Token: {server.login()}", unique()
    body = b'{"Name": "%s", "ConnStr": ""}' % name.encode()
    with Wire(server) as wire:
        wire.send(
            head("POST", "/source", token, length=len(body)) + body,
            head("GET", "/source", token),
            head("POST", "/source", token, length=len(body)) + body,
            head("DELETE", f"/source?name={name}", token),
            head("GET", "/source", token),
            head("DELETE", f"/source?name={name}", token),
        )
        added, with_it, again, deleted, without_it, gone = [wire.answer() for _ in range(6)]
    assert [answer.status for answer in (added, again, deleted, gone)] == [200, 409, 200, 404]
    assert read_json(with_it.body)[-1]["Name"] == name
    assert name not in without_it.text


def test_a_slow_request_does_not_overtake(server: Server) -> None:
    """The answer to the second request waits for the first, slower one."""
    token, slow = f"Token: {server.login()}", b"host=silent connect_timeout=1"
    with Wire(server) as wire:
        wire.send(head("POST", "/test-connect", token, length=len(slow)), slow, head("GET", "/liveness"))
        assert [wire.answer().status, wire.answer().status] == [400, 200]


@pytest.mark.parametrize(
    ("request_head", "closes"),
    cases(
        {
            "close": (head("GET", "/liveness", "Connection: close"), True),
            "HTTP/1.0": (head("GET", "/liveness").replace(b"/1.1", b"/1.0"), True),
            "keep-alive": (head("GET", "/liveness", "Connection: keep-alive"), False),
        }
    ),
)
def test_who_closes_the_connection(server: Server, request_head: bytes, closes: bool) -> None:
    """The server closes a connection when it is asked to, and says so; else it does not."""
    with Wire(server) as wire:
        answer = wire.send(request_head).answer()
        assert answer.status == 200
        assert (answer.headers.get("connection") == "close") is closes
        if closes:
            assert wire.closed()
        else:
            assert wire.send(request_head).answer().status == 200


def test_head_in_pieces(server: Server) -> None:
    """A request may arrive byte by byte."""
    with Wire(server) as wire:
        for byte in head("GET", "/liveness", "Accept: */*"):
            wire.send(bytes([byte]))
        assert wire.answer().status == 200


def test_expect_continue(server: Server) -> None:
    """A client that waits for permission gets it, sends its body and is answered."""
    with Wire(server) as wire:
        wire.send(head("POST", "/login", "Expect: 100-continue", length=len(CREDENTIALS)))
        assert wire.answer().status == 100
        assert wire.send(CREDENTIALS).answer().status == 200


@pytest.mark.parametrize(
    ("target", "lines", "length", "status"),
    cases(
        {
            "no token": ("/source", (), 100, 401),
            "too large": ("/login", (), 10**9, 413),
            "other type": ("/login", ("Content-Type: text/xml",), 100, 415),
            "wrong method": ("/liveness", (), 100, 405),
        }
    ),
)
def test_expect_continue_is_refused(
    server: Server, target: str, lines: tuple[str, ...], length: int, status: int
) -> None:
    """A request that is refused by its head is refused before its body is asked for."""
    with Wire(server) as wire:
        wire.send(head("POST", target, "Expect: 100-continue", *lines, length=length))
        assert wire.answer().status == status


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    cases(
        {
            "GET": ("GET", "/liveness", b"", 200),
            "GET without token": ("GET", "/source", b"", 401),
            "GET of the log": ("GET", "/log", b"", 400),
            "unknown path": ("GET", "/nosuch", b"", 404),
            "POST": ("POST", "/login", CREDENTIALS, 200),
            "POST of a connection string": ("POST", "/test-connect", b"host=db.example.com", 200),
        }
    ),
)
@pytest.mark.parametrize(
    "upgrade", cases({"h2c": (H2C,), "websocket": (("Connection: Upgrade", "Upgrade: websocket"),)})
)
def test_an_upgrade_that_is_not_offered_is_ignored(  # noqa: PLR0913, PLR0917  # a table of requests
    server: Server, upgrade: tuple[str, ...], method: str, target: str, body: bytes, status: int
) -> None:
    """A request that asks for HTTP/2, or for a WebSocket where there is none, is answered like any other."""
    lines = [*upgrade, f"Content-Length: {len(body)}"] if body else [*upgrade]
    if status not in (401, 404):
        lines.append(f"Token: {server.login()}")
    with Wire(server) as wire:
        answer = wire.send(head(method, target, *lines), body).answer()
    check_answer(method, target, answer)
    assert answer.status == status


def test_a_body_in_pieces_with_an_upgrade_that_is_not_offered(server: Server) -> None:
    """The body of such a request counts too when it comes later than the head."""
    with Wire(server) as wire:
        wire.send(head("POST", "/login", *H2C, length=len(CREDENTIALS)))
        wire.send(CREDENTIALS[:10])
        assert wire.send(CREDENTIALS[10:]).answer().status == 200


@pytest.mark.parametrize(
    "upgrade", cases({"h2c": (H2C,), "websocket": (("Connection: Upgrade", "Upgrade: websocket"),)})
)
@pytest.mark.parametrize("target", ["/liveness", "/source", "/log", "/nosuch"])
def test_no_request_after_an_upgrade_goes_unanswered(server: Server, target: str, upgrade: tuple[str, ...]) -> None:
    """After a request whose upgrade came to nothing the connection serves on, or is closed and says so."""
    with Wire(server) as wire:
        if wire.send(head("GET", target, *upgrade)).answer().headers.get("connection") == "close":
            assert wire.closed()
        else:
            assert wire.send(head("GET", "/readiness")).answer().status == 200


@pytest.mark.parametrize(
    "lines",
    cases(
        {
            "one": ([f"X-Large: {'x' * (MOST_HEAD_BYTES // 2)}"],),
            "many": ([f"X-{number}: {'x' * 1000}" for number in range(500)],),
        }
    ),
)
def test_large_headers_within_the_limit(server: Server, lines: list[str]) -> None:
    """Headers of half the limit are read."""
    with Wire(server) as wire:
        assert wire.send(head("GET", "/liveness", *lines)).answer().status == 200
        assert wire.send(head("GET", "/liveness", *lines)).answer().status == 200


@pytest.mark.parametrize(
    "lines",
    cases(
        {
            "one": ([f"X-Large: {'x' * (MOST_HEAD_BYTES + 1)}"],),
            "one token": ([f"Token: {'x' * (MOST_HEAD_BYTES + 1)}"],),
            "many": ([f"X-{number:04}: {'x' * 1000}" for number in range(MOST_HEAD_BYTES // 1000 + 1)],),
            "twice the limit": ([f"X-Large: {'x' * 2 * MOST_HEAD_BYTES}"],),
        }
    ),
)
@pytest.mark.parametrize("target", ["/liveness", "/source", "/nosuch"])
def test_headers_over_the_limit(server: Server, target: str, lines: list[str]) -> None:
    """Headers over the limit are 431 on every path, as one line of text, and the connection ends."""
    with Wire(server) as wire:
        sender = threading.Thread(target=wire.send_what_is_taken, args=(head("GET", target, *lines),))
        sender.start()
        answer = wire.answer()
        sender.join()
    assert answer.status == MANNERS["headersTooLarge"].get("status", 431) == 431
    assert answer.headers["content-type"] == TEXT
    check_error_line(answer)


def test_headers_that_never_end(server: Server) -> None:
    """A head that is sent on and on is refused before it ends."""
    with Wire(server) as wire:
        wire.send(b"GET /liveness HTTP/1.1\r\nHost: localhost\r\nX-Endless: ")
        sender = threading.Thread(target=wire.send_what_is_taken, args=(b"x" * 3 * MOST_HEAD_BYTES,))
        sender.start()
        assert wire.status() == 431
        sender.join()


def test_large_headers_do_not_add_up_over_requests(server: Server) -> None:
    """The limit is for each request, not for the connection."""
    with Wire(server) as wire:
        for _ in range(4):
            assert wire.send(head("GET", "/liveness", f"X: {'x' * 400_000}")).answer().status == 200


def test_a_large_body_is_no_large_head(server: Server) -> None:
    """What follows the head does not count towards it."""
    large = b"host=db.example.com".ljust(MANNERS["requestTooLarge"]["limit"])
    with Wire(server) as wire:
        wire.send(head("POST", "/test-connect", f"Token: {server.login()}", f"X: {'x' * 500_000}", length=len(large)))
        assert wire.send(large).answer().status == 200


@pytest.mark.parametrize(
    "raw",
    cases(
        {
            "garbage": b"garbage\r\n\r\n",
            "header without colon": b"GET /liveness HTTP/1.1\r\nnonsense\r\n\r\n",
            "length is no number": b"POST /login HTTP/1.1\r\nHost: [::1]\r\nContent-Length: ten\r\n\r\n",
            "two lengths": b"POST /login HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
            "length and chunks": (
                b"POST /login HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"0\r\n\r\n"
            ),
            "raw bytes in the target": b"GET /s\xc3\xa4 HTTP/1.1\r\nHost: [::1]\r\n\r\n",
        }
    ),
)
def test_what_is_no_http_is_refused(server: Server, raw: bytes) -> None:
    """Bytes that are no request are 400 as one line of text, and the connection ends."""
    with Wire(server) as wire:
        answer = wire.send(raw).answer()
        assert answer.status == 400
        assert answer.headers["content-type"] == TEXT
        assert len(answer.text.splitlines()) == 1
        assert wire.closed()


@pytest.mark.parametrize("target", ["example.com:443", "/source", "/nosuch"])
def test_connect_is_refused(start: Callable[..., Server], target: str) -> None:
    """A request for a tunnel is refused like any other that the server does not know, and it serves on."""
    server = start()
    with Wire(server) as wire, Wire(server) as other:
        assert wire.send(head("CONNECT", target)).pending(2), "no answer"
        assert wire.answer().status in (400, 401, 404, 405)
        assert other.send(head("GET", "/liveness")).answer().status == 200


def test_stalled_clients_do_not_hold_up_others(start: Callable[..., Server]) -> None:
    """While many connections are in the middle of a request the next one is answered."""
    server = start()
    stalled = [
        Wire(server).send(b"POST /login HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 10\r\n\r\n{") for _ in range(50)
    ]
    with Wire(server) as wire:
        assert wire.send(head("GET", "/liveness")).answer().status == 200
    for wire in stalled:
        wire.__exit__()


def test_what_comes_before_an_unreadable_request_is_answered_first(server: Server) -> None:
    """Pipelined requests are answered in order, and the refusal of what is no HTTP comes last."""
    with Wire(server) as wire:
        wire.send(
            head("GET", "/liveness"), head("GET", "/nosuch"), head("GET", "/readiness"), b"no HTTP at all\r\n\r\n"
        )
        assert [wire.answer().status for _ in range(4)] == [200, 404, 200, 400]
