"""Clients that mean harm, or do harm: each gets its answer or its end, and the server serves on."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from websockets.frames import Frame, Opcode

from tests.conftest import Server, start_server
from tests.support.helpers import Wire, cases, head
from tests.support.websocket_helpers import handshake

pytestmark = pytest.mark.once

MUCH = 1 << 26
"""More bytes than the buffers of a connection hold on both sides."""
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module", params=["plain", "3.5", "5.3"])
def hostile(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that keeps the contract, and two that stand for releases; each ends well and has printed nothing."""
    server = start_server("--quiet", *([] if request.param == "plain" else ["--release", request.param]))
    yield server
    assert server.stop() == (0, "")


def ask(server: Server) -> None:
    """Assert that a server answers."""
    with Wire(server) as wire:
        assert wire.send(head("GET", "/nosuch")).answer().status == 404


@pytest.mark.parametrize(
    ("length", "statuses"), cases({"digits": ("9" * 5000, {400, 413}), "zeros": ("0" * 5000 + "2", {200, 400})})
)
def test_lengths_of_thousands_of_digits(hostile: Server, length: str, statuses: set[int]) -> None:
    """They are numbers like others: too large, or small."""
    with Wire(hostile) as wire:
        wire.send(head("POST", "/login", "Content-Type: application/json", f"Content-Length: {length}"), b"{}")
        assert wire.status() in statuses


def test_who_takes_no_answers_is_not_read(hostile: Server) -> None:
    """Answers do not pile up for a client that asks and asks and reads nothing: at last it can send no more."""
    with Wire(hostile) as wire:
        wire._socket.settimeout(2)
        with pytest.raises(OSError, match=r"timed out|reset|Broken pipe"):
            wire.send(head("GET", "/nosuch") * (MUCH // 40))
        ask(hostile)


def test_requests_wait_for_the_one_before_them(hostile: Server) -> None:
    """While one request takes its time, those behind it stay with their sender."""
    with Wire(hostile) as wire:
        slow = b"host=silent connect_timeout=8"
        wire.send(head("POST", "/test-connect", f"Token: {hostile.login()}", length=len(slow)), slow)
        wire._socket.settimeout(2)
        with pytest.raises(TimeoutError):
            wire.send(head("GET", "/nosuch") * (MUCH // 40))


@pytest.mark.parametrize(
    "endless",
    cases(
        {
            "trailers": b"0\r\n" + b"X: y\r\n" * 400_000,
            "a trailer": b"0\r\nX: " + b"y" * 3_000_000,
            "an extension": b"2;" + b"x" * 3_000_000,
        }
    ),
)
def test_chunks_without_end(hostile: Server, endless: bytes) -> None:
    """What belongs to no body has its limit too; the refusal arrives although the client sends on."""
    with Wire(hostile) as wire:
        wire.send(head("POST", "/login", CHUNKED))
        sender = threading.Thread(target=wire.send_what_is_taken, args=(endless,))
        sender.start()
        assert 400 <= wire.status() <= 500
        sender.join()
    ask(hostile)


def test_trailers_are_no_headers(hostile: Server) -> None:
    """A token that comes behind the body is none."""
    token = hostile.login().encode()
    with Wire(hostile) as wire:
        wire.send(head("POST", "/source", CHUNKED), b"2\r\n{}\r\n0\r\nToken: " + token + b"\r\n\r\n")
        assert wire.status() == 401


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_a_refusal_reaches_who_sends_first_and_reads_then(hostile: Server, size: int) -> None:
    """A body that nobody reads does not cost the answer to it."""
    for _ in range(20):
        with Wire(hostile) as wire:
            sender = threading.Thread(
                target=wire.send_what_is_taken, args=(head("POST", "/source", length=size) + b"x" * size,)
            )
            sender.start()
            assert wire.status() == 401
            sender.join()


def test_who_sends_no_more_still_gets_answers(hostile: Server) -> None:
    """A client may close its side and read all answers then, slow ones too."""
    text = b"host=silent connect_timeout=1"
    with Wire(hostile) as wire:
        wire.send(
            head("GET", "/nosuch"), head("POST", "/test-connect", f"Token: {hostile.login()}", length=len(text)), text
        )
        wire._socket.shutdown(socket.SHUT_WR)
        assert [wire.answer().status, wire.answer().status] == [404, 400]
        assert wire.closed()


@pytest.mark.parametrize(
    "flood",
    cases(
        {
            "pings": Frame(Opcode.PING, b"").serialize(mask=True),
            "pieces": Frame(Opcode.CONT, b"", fin=False).serialize(mask=True),
            "messages": Frame(Opcode.TEXT, b"").serialize(mask=True),
        }
    ),
)
def test_floods_of_frames(hostile: Server, flood: bytes) -> None:
    """Ten thousands of frames at once are read, and others are answered meanwhile."""
    with Wire(hostile) as wire:
        wire.send(handshake(hostile, f"Token: {hostile.login()}"))
        assert wire.status() == 101
        wire.send(Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True) if flood[0] == 0 else b"", flood * 30_000)
        ask(hostile)
        wire.send(Frame(Opcode.CLOSE, b"").serialize(mask=True))
        wire._file.read()


@pytest.mark.parametrize("options", [(), ("--release", "5.3")], ids=["plain", "5.3"])
@pytest.mark.parametrize(
    "half", cases({"no head": b"GET /liveness HT", "no body": head("POST", "/login", length=9) + b"{", "nothing": b""})
)
def test_half_requests_are_given_up(options: tuple[str, ...], half: bytes) -> None:
    """Who does not finish a request is not waited for without end; the contract's server says so."""
    server = start_server("--quiet", *options, module=("tests.support.impatient_mock",))
    try:
        with Wire(server) as wire:
            wire.send(half)
            if half and not options:
                assert wire.answer().status == 408
            if half or options:
                assert wire.closed()
    finally:
        server.stop()


def test_no_more_files_is_no_crash(start: Callable[..., Server]) -> None:
    """Where the system opens no more files, what needs one is a 503 in one line, and all else goes on."""
    import resource  # noqa: PLC0415  # there is none on Windows

    server = start("--quiet")
    ask(server)
    with Wire(server) as wire:
        assert wire.send(head("GET", "/liveness")).answer().status == 200
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
        assert wire.send(head("GET", "/docs/swagger-ui.css")).answer().status == 503
        assert wire.send(head("GET", "/liveness")).answer().status == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, limits)
    _, printed = server.stop()
    assert "Traceback" not in printed
