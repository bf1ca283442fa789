"""``verify`` of servers that are not alone: behind proxies and balancers, starting, slow, or gone in between."""

import itertools
import json
import posixpath
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.support.front import Front, answer
from tests.support.verify_helpers import WITH_LOGIN, begin, names, verify

pytestmark = pytest.mark.timeout(180)
PAGE = ("Server: nginx", "Content-Type: text/html")
QUICK = ("--quick", "--layer", "http,cors")


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    """A server that asks for a login."""
    return start(*WITH_LOGIN)


def test_too_many_requests_are_sent_again(server: Server, tmp_path: Path) -> None:
    """What is told to come later comes later, and the verdict is as without it; how often is told."""
    turn = itertools.count(1)

    def limit(_request: bytes) -> list[bytes] | None:
        if next(turn) % 20:
            return None
        return answer("429 Too Many Requests", b"slow down", "Retry-After: 0", *PAGE)

    front = Front([server.address], instead=limit)
    result = verify(front.url, *QUICK, "--report", str(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    waits = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["waits"]
    assert waits["429"] > 5
    assert re.search(rf"note: .*{waits['429']} times", " ".join(result.stdout.split()))


def test_a_gateway_without_its_server_is_not_the_server(server: Server) -> None:
    """A 502 of nginx for one path is no failure of the server's on it: what cannot be asked is not judged."""

    def no_presets(request: bytes) -> list[bytes] | None:
        return answer("502 Bad Gateway", b"<html>", *PAGE) if b" /preset" in request.split(b"\r\n")[0] else None

    front = Front([server.address], instead=no_presets)
    result = verify(front.url, "--quick", "--layer", "operations")
    assert "in front of the server" in " ".join(result.stdout.split())
    assert "answer.no-server-error" not in result.stdout
    assert "answer.status-is-documented" not in result.stdout


def test_a_server_error_of_the_servers_own_counts(server: Server) -> None:
    """A 502 with the server's own headers is the server's."""
    own = ("Content-Type: text/plain; charset=utf-8", "Access-Control-Allow-Origin: http://localhost:4000")

    def broken(request: bytes) -> list[bytes] | None:
        return answer("502 Bad Gateway", b"it broke\n", *own) if request.startswith(b"GET /preset") else None

    front = Front([server.address], instead=broken)
    result = verify(front.url, *QUICK)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "answer.no-server-error" in result.stdout


def test_what_a_proxy_adds_is_not_the_servers(server: Server) -> None:
    """A cookie of a balancer's own, and headers that it adds, break nothing, the login's cookie included."""

    def add(_request: bytes, given: bytes) -> bytes:
        head, _, body = given.partition(b"\r\n\r\n")
        return head + b"\r\nSet-Cookie: route=abc; Path=/\r\nVia: 1.1 front\r\nX-Cache: MISS\r\n\r\n" + body

    front = Front([server.address], alter=add)
    result = verify(front.url, "--quick", "--layer", "http,authentication,log")
    assert result.returncode == 0, result.stdout + result.stderr
    kept = [request for request in front.received if b"route=abc" in request]
    assert kept, "a client of a balancer keeps its cookie"


def _named(_request: bytes, given: bytes) -> bytes:
    """Name what is in front, which keeps no Connection of the server's."""
    return given.replace(b"\r\n", b"\r\nServer: nginx/1.0\r\n", 1)


def test_a_cookie_of_the_proxy_alone_is_not_the_logins(start: Callable[..., Server]) -> None:
    """Of a release whose login sets no cookie, a balancer's is no wrong one, and does not hide that there is none."""
    release = ("--release", "5.3")
    server = start(*release, *WITH_LOGIN)

    def add(request: bytes, given: bytes) -> bytes:
        return _named(request, given).replace(b"\r\n", b"\r\nSet-Cookie: route=abc; Path=/\r\n", 1)

    result = verify(Front([server.address], alter=add).url, *release, "--quick", "--layer", "authentication")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "login-sets-no-cookie" in result.stdout


def test_a_page_of_the_proxy_is_not_the_servers_refusal(server: Server) -> None:
    """A proxy that names itself and refuses a large head with a page of its own leaves that clause not judged."""

    def refuse(request: bytes) -> list[bytes] | None:
        return answer("400 Bad Request", b"<html>", *PAGE) if b"X-Filler-1" in request else None

    result = verify(Front([server.address], instead=refuse, alter=_named).url, "--quick", "--layer", "http")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "http.large-head-is-431" in result.stdout.partition("not judged:")[2]


@pytest.mark.parametrize(("options", "code"), [(("--allow-writes",), 2), ((), 0)])
def test_a_proxy_that_changes_paths_is_named(start: Callable[..., Server], options: tuple[str, ...], code: int) -> None:
    """Where a slash in a name would not come through, nothing is written; what is only read is judged."""
    release = ("--release", "5.3")
    server = start(*release, *WITH_LOGIN)

    class Decoding(Front):
        """Decodes paths and puts slashes together, as nginx does where proxy_pass has a path."""

        @staticmethod
        def _whole(connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
            request, left = Front._whole(connection, data)
            method, target, rest = request.split(b" ", 2)
            path, mark, query = target.partition(b"?")
            clean = posixpath.normpath(path.replace(b"%2F", b"/")).replace(b"//", b"/")
            clean += b"/" if path.endswith(b"/") and clean != b"/" else b""
            return b" ".join([method, clean + mark + query, rest]), left

    before = names(server)
    result = verify(Decoding([server.address], alter=_named).url, *release, "--quick", "--layer", "http", *options)
    assert result.returncode == code, result.stdout + result.stderr
    assert ("nginx in front of the server changes paths" in result.stderr) is bool(options)
    assert names(server) == before


def test_tokens_that_count_in_turns_are_one_sentence(server: Server, start: Callable[..., Server]) -> None:
    """Behind a balancer two servers with keys of their own: the run says so, and judges nothing."""
    front = Front([server.address, start(*WITH_LOGIN).address])
    result = verify(front.url, "--quick")
    assert (result.returncode, result.stdout) == (2, "")
    assert "several servers answer in turns, each with a key of its own" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_lists_that_differ_in_turns_are_one_sentence(start: Callable[..., Server]) -> None:
    """Two servers with one key and sources of their own are told too."""
    one, other = (start(*WITH_LOGIN, "--jwt-secret", "one key", *more) for more in ((), ("--sources", "/dev/null")))
    result = verify(Front([one.address, other.address]).url, "--quick")
    assert (result.returncode, result.stdout) == (2, "")
    assert "GET /source gives other sources in turns" in result.stderr


def test_a_server_that_is_gone_ends_the_run(server: Server) -> None:
    """Within seconds the run says when it went and at what; that is no failure, and nothing else is told of it."""
    turn = itertools.count()
    front = Front([server.address], instead=lambda _: [b""] * (next(turn) > 300 and server.stop() is None) or None)
    begun = time.monotonic()
    result = verify(front.url, "--quick")
    assert result.returncode == 2, result.stdout + result.stderr
    assert re.search(r"the server is gone after [\d.]+ s, at [A-Z]+ /", result.stdout + result.stderr)
    assert "answer.complete" not in result.stdout
    assert time.monotonic() - begun < 60, "it does not wait for each request's end"


def _endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\n[\r\n"
        time.sleep(0.2)


def test_the_time_is_limited(server: Server) -> None:
    """A list without an end, or whatever else takes long, ends with --time-limit, and says what took the time."""
    front = Front([server.address], instead=lambda request: _endless() if request.startswith(b"GET /metric") else None)
    result = verify(front.url, "--quick", "--time-limit", "6", "--wait", "3")
    assert result.returncode in (1, 2), result.stdout + result.stderr
    assert "of --time-limit are over" in " ".join(result.stdout.split())
    assert "GET /metric" in result.stdout
    assert "stopped" in result.stdout or "not judged" in result.stdout


def test_a_server_that_starts_is_waited_for(server: Server) -> None:
    """With --wait-for a server that is not ready yet is asked until it is; without it, it could not be judged."""
    ready = threading.Event()

    def starting(_request: bytes) -> list[bytes] | None:
        return None if ready.is_set() else answer("503 Service Unavailable", b"", *PAGE)

    front = Front([server.address], instead=starting)
    process = begin(front.url, "--quick", "--layer", "cors", "--wait-for", "60")
    while not front.received:
        time.sleep(0.05)
    time.sleep(1)
    assert process.poll() is None
    ready.set()
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    ready.clear()
    assert verify(front.url, "--quick", "--layer", "cors", "--wait-for", "1").returncode == 2


def test_headers_for_what_is_in_front(server: Server, tmp_path: Path) -> None:
    """--header goes with every request, the log's handshake too; its value is in no output."""
    secret = "Basic Zm9yOm5naW54LXMzY3JldA=="
    front = Front([server.address])
    options = ("--header", f"Authorization: {secret}", "--header", "X-Tenant: blue-tenant")
    result = verify(
        front.url, "--quick", "--layer", "http,log", "--report", str(tmp_path), *options, "--cors-origin", "http://a"
    )
    assert result.returncode == 1, "with another origin there are failures, with curl lines"
    without = [each for each in front.received if b"x-tenant: blue-tenant" not in each.lower()]
    assert without == []
    assert all(secret.encode() in each for each in front.received)
    told = [result.stdout, result.stderr, *(file.read_text(encoding="utf-8") for file in tmp_path.iterdir())]
    for text in told:
        for value in (secret, secret.split()[1], "nginx-s3cret", "blue-tenant"):
            assert value not in text
    assert "${AUTHORIZATION}" in result.stdout
