"""The player sends bytes as they are written, and reads answers of all kinds."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.exchange import Answer, Request
from pgwatch_contract.parity.player import Player

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[tuple[Serve, list[bytes]]]:
    """A server that gives each connection one prepared answer, and a list of what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(2)
    received: list[bytes] = []

    def run(answers: list[bytes]) -> None:
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except TimeoutError:  # the test has failed before
                return
            with connection:
                connection.settimeout(0.2)
                text = b""
                try:
                    while part := connection.recv(65536):
                        text += part
                except TimeoutError:
                    pass
                received.append(text)
                connection.sendall(answer)

    threads: list[threading.Thread] = []

    def start(*answers: bytes) -> str:
        threads.append(threading.Thread(target=run, args=(list(answers),)))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start, received
    for thread in threads:
        thread.join()
    listener.close()


def test_a_request_goes_out_as_it_is_written(serve: tuple[Serve, list[bytes]]) -> None:
    """Target, order and case of headers and the body are not touched; Host and Content-Length are put to them."""
    start, received = serve
    url = start(OK)
    request = Request("FOO", "//a/../b c?%zz#ü", (("x-B", " 1 "), ("X-b", ""), ("Token", "x")), b"\x00\xff")
    assert Player(url, "u", "p").play(request) == Answer(200, "OK", (("Content-Length", "2"),), b"hi")
    host = url.removeprefix("http://").encode()
    assert received[0] == (
        b"FOO //a/../b c?%zz#\xc3\xbc HTTP/1.1\r\nHost: " + host + b"\r\nx-B:  1 \r\nX-b: \r\nToken: x\r\n"
        b"Content-Length: 2\r\n\r\n\x00\xff"
    )


def test_a_request_can_do_without_host_and_length(serve: tuple[Serve, list[bytes]]) -> None:
    """A request says whether it has a Host, another protocol, or a length of its own."""
    start, received = serve
    url = start(OK, OK)
    player = Player(url + "/base/", "u", "p")
    player.play(Request("GET", "/a", host=None, protocol="HTTP/1.0"))
    player.play(Request("POST", "/a", (("Host", "h"), ("content-length", "9")), b"x"))
    assert received == [
        b"GET /base/a HTTP/1.0\r\n\r\n",
        b"POST /base/a HTTP/1.1\r\nHost: h\r\ncontent-length: 9\r\n\r\nx",
    ]


def test_tokens_are_got_by_one_login_and_put_into_their_places(serve: tuple[Serve, list[bytes]]) -> None:
    """${TOKEN} is what the server gave out, once for all requests; ${SIGNATURE_CUT} and others are made of it."""
    start, received = serve
    login = b"HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\na.b." + b"c" * 41
    player = Player(start(login, OK, OK), "u", "p")
    player.play(Request("GET", "/a?Token=${TOKEN}", body=b"${TOKEN} $TOKEN ${token}"))
    player.play(Request("GET", "/b", (("Token", "${SIGNATURE_CUT}"),)))
    assert received[0].endswith(b'{"user": "u", "password": "p"}')
    token = b"a.b." + b"c" * 41
    assert b"GET /a?Token=" + token + b" HTTP/1.1" in received[1]
    assert received[1].endswith(b"\r\n\r\n" + token + b" $TOKEN ${token}")
    assert b"Token: a.b." + b"c" * 20 + b"\r\n" in received[2]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", Answer(0, "closed")),
        (b"rubbish\r\n\r\n", Answer(0, "closed")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", Answer(0, "closed")),
        (b"HTTP/1.1 400 Bad Request: why\r\n\r\nx", Answer(400, "Bad Request: why", (), b"x")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, Answer(200, "OK", (("Content-Length", "2"),), b"hi")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            Answer(200, "OK", (("Transfer-Encoding", "chunked"),), b"hi"),
        ),
    ],
)
def test_answers_are_read_as_they_came(serve: tuple[Serve, list[bytes]], sent: bytes, answer: Answer) -> None:
    """Bodies are read by their length, in chunks and to the end; a broken answer is a closed connection."""
    assert Player(serve[0](sent), "u", "p").play(Request("GET", "/")) == answer


def test_silence_is_an_answer_too(serve: tuple[Serve, list[bytes]]) -> None:
    """A server that says nothing in time is not waited for."""
    assert Player(serve[0](OK), "u", "p").play(Request("GET", "/"), seconds=0.05) == Answer(0, "silent")


def test_the_first_frame_of_a_stream_is_read(serve: tuple[Serve, list[bytes]]) -> None:
    """With ``then``, another request is sent once the stream is open, and the first text frame kept."""
    start, received = serve
    handshake = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x03hi\n"
    login = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na.b.c"
    player = Player(start(login, handshake, OK), "u", "p")
    answer = player.play(Request("GET", "/log", (("Token", "${TOKEN}"),), then="GET /nothing"))
    assert answer == Answer(101, "Switching Protocols", (("Upgrade", "websocket"),), frame="hi\n")
    assert received[2].startswith(b"GET /nothing HTTP/1.1\r\n")


def test_what_cannot_be_played_is_said() -> None:
    """No server, no URL, an unknown placeholder, and a secret nobody knows are each told in a line."""
    with pytest.raises(NotPossible, match="it has to be like http://127"):
        Player("ftp://x", "u", "p")
    player = Player("http://127.0.0.1:1", "u", "p")
    with pytest.raises(NotPossible, match="cannot be reached"):
        player.play(Request("GET", "/"))
    with pytest.raises(NotPossible, match="there are HOST, TOKEN"):
        player.as_bytes(Request("GET", "/${NO_SUCH}"))
    with pytest.raises(NotPossible, match="takes the secret"):
        player.as_bytes(Request("GET", "/${EXPIRED}"))
