"""The client under the suite: sends what it is told, reads an answer to its end, and no further."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from contract_tests.connection.answer import MOST_BYTES
from contract_tests.connection.client import Client, NoAnswer, Request
from contract_tests.connection.coding import decompressed
from contract_tests.connection.route import direct_route
from tests.support.raw_server import Answer, RawServer

GET = Request("GET", "/source", [("Host", "x")])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[Callable[[bytes], Answer]], tuple[Client, RawServer]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that answers as a test wants, and a client of it."""
    started: list[tuple[Client, RawServer]] = []

    def start(answer: Callable[[bytes], Answer]) -> tuple[Client, RawServer]:
        server = RawServer(answer)
        started.append((Client(direct_route(server.url)), server))
        return started[-1]

    yield start
    for client, server in started:
        client.close()
        server.close()


def body_of(client: Client, request: Request = GET, seconds: float = 5) -> bytes:
    """The body of the answer to a request."""
    return client.ask(request, seconds).body


def test_an_answer_is_read_to_its_end(serve: Serve) -> None:
    """By its length, in chunks, or to the end of the connection; in however many pieces it comes."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nTrailer: x\r\n\r\n"
    for answer in (OK, chunked):
        client, _ = serve(lambda _, answer=answer: [answer[at : at + 1] for at in range(len(answer))])
        assert body_of(client) == b"ok"
    client, _ = serve(lambda _: [b"HTTP/1.1 200 OK\r\n\r\no", b"k", None])
    assert body_of(client) == b"ok"


def test_repeated_headers_stay_apart(serve: Serve) -> None:
    """Two cookies are two, and any case finds them."""
    client, _ = serve(
        lambda _: [b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1, x\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n"]
    )
    assert client.ask(GET, 5).headers.getlist("SET-COOKIE") == ["a=1, x", "b=2"]


def test_interim_answers_are_passed_over(serve: Serve) -> None:
    """100 Continue and early hints come before the answer."""
    client, _ = serve(lambda _: [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK])
    answer = client.ask(GET, 5)
    assert (answer.status, answer.body, "link" in answer.headers) == (200, b"ok", False)


def test_head_and_304_have_no_body(serve: Serve) -> None:
    """Their Content-Length is that of another answer."""
    client, _ = serve(lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
    assert client.ask(Request("HEAD", "/", [("Host", "x")]), 5).body == b""
    client, _ = serve(lambda _: [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"])
    assert client.ask(GET, 5).status == 304


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([None], "ended before an answer came"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", None], "ended before the answer was complete"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", None], "before the answer was complete"),
        ([b"SSH-2.0-OpenSSH\r\n", None], "is not HTTP"),
    ],
)
def test_what_is_no_whole_answer_is_none(serve: Serve, pieces: Answer, words: str) -> None:
    """The reason is told in a line; it is not that the server was silent."""
    client, _ = serve(lambda _: pieces)
    with pytest.raises(NoAnswer, match=words) as raised:
        client.ask(GET, 5)
    assert not raised.value.is_silent


def test_an_answer_without_end_is_given_up(serve: Serve) -> None:
    """The time is for the whole answer: a server that drips keeps nobody for longer."""
    stop = threading.Event()

    def drip(_: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        while not stop.wait(0.02):
            yield b"1\r\nx\r\n"

    client, _ = serve(drip)  # type: ignore[arg-type]  # pieces that come one by one
    with pytest.raises(NoAnswer, match="began and did not end") as raised:
        client.ask(GET, 0.3)
    stop.set()
    assert raised.value.is_silent


def test_a_body_over_the_limit_is_given_up(serve: Serve) -> None:
    """No answer fills the memory."""
    piece = b"x" * (1 << 20)
    client, _ = serve(lambda _: [b"HTTP/1.1 200 OK\r\n\r\n", *[piece] * (MOST_BYTES // len(piece) + 1), None])
    with pytest.raises(NoAnswer, match="goes on after 64 MiB"):
        client.ask(GET, 30)


def test_connections_are_kept(serve: Serve) -> None:
    """Requests that follow each other share a connection; after an answer that closes it, or for a write, not."""
    client, server = serve(lambda _: [OK])
    for _ in range(3):
        client.ask(GET, 5)
    assert server.connections == 1
    for _ in range(2):
        client.ask(Request("POST", "/", [("Host", "x")]), 5)
    assert server.connections == 3
    client.keeps_its_word = True
    client.ask(Request("POST", "/", [("Host", "x")]), 5)
    assert server.connections == 3
    client, server = serve(lambda _: [OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), None])
    for _ in range(2):
        client.ask(GET, 5)
    assert server.connections == 2


def test_connections_of_writes_are_ended(serve: Serve) -> None:
    """However many requests write, no more connections are open than one that is kept for reading."""
    client, server = serve(lambda _: [OK])
    for _ in range(20):
        client.ask(Request("POST", "/", [("Host", "x")]), 5)
        client.ask(GET, 5)
    deadline = time.monotonic() + 20
    while server.open > 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (server.open, server.connections) == (1, 21)


def test_a_kept_connection_that_has_ended_is_not_the_answer(serve: Serve) -> None:
    """The server has ended it after its answer without saying so: a request goes out on a new one."""
    client, server = serve(lambda _: [OK, None])
    for method in ("GET", "POST", "GET"):
        assert client.ask(Request(method, "/", [("Host", "x")]), 5).status == 200
    assert server.connections == 3


def test_a_body_is_sent_as_it_is_told(serve: Serve) -> None:
    """With its length, in segments or in chunks, and without one only where the method has none."""
    client, server = serve(lambda _: [OK])
    for request in (
        Request("POST", "/", [("Host", "x")], [b"one ", b"body"]),
        Request("POST", "/", [("Host", "x")], [b"one ", b"body"], chunked=True),
        Request("DELETE", "/", [("Host", "x")]),
        GET,
    ):
        client.ask(request, 5)
    parts, chunks, deletion, reading = server.received
    assert parts.endswith(b"Content-Length: 8\r\n\r\none body")
    assert chunks.endswith(b"Transfer-Encoding: chunked\r\n\r\n4\r\none \r\n4\r\nbody\r\n0\r\n\r\n")
    assert deletion.endswith(b"Content-Length: 0\r\n\r\n")
    assert reading == b"GET /source HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_refusal_before_the_body_is_read(serve: Serve) -> None:
    """A server that answers upon the head, and ends the connection, is heard."""
    client, server = serve(lambda _: [OK])
    server._whole = lambda connection, data: (data, b"")  # type: ignore[method-assign]
    body = [b"x" * (1 << 16)] * 200
    assert client.ask(Request("POST", "/", [("Host", "x")], body), 10).status == 200


def test_compressed_bodies() -> None:
    """A whole one is read; one that is cut, is none, or in what nobody asked for, is told."""
    whole = gzip.compress(b"text")
    assert decompressed(b"text", "") == (b"text", "")
    assert decompressed(whole, "GZIP") == (b"text", "")
    assert "ends before its end" in decompressed(whole[:-8], "gzip")[1]
    assert "more after its end" in decompressed(whole + b"x", "gzip")[1]
    assert "is not gzip" in decompressed(b"text", "gzip")[1]
    assert "nobody asked for" in decompressed(b"text", "br")[1]
