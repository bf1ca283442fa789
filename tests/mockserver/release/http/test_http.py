"""HTTP as a release speaks it: Go's net/http and gorilla's WebSocket, as v3.7.0 and v5.3.0 answered when run."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State

from mockserver.go.quote import quote
from mockserver.go.url import Url, UrlError, first_value, parse_url
from mockserver.release.http.body import Body, BodyFault
from mockserver.release.http.gorilla import Gorilla
from mockserver.release.http.head import BadHead, Head, has_token, read_head
from mockserver.release.http.input import Input
from tests.conftest import Server, start_server
from tests.support.helpers import cases
from tests.support.websocket_helpers import handshake

pytestmark = pytest.mark.once

HOST = b"Host: h\r\n"
FORBIDDEN = "400 Bad Request"


class NoTransport:
    """A connection whose client can be kept waiting."""

    def pause_reading(self) -> None:
        """Nothing is to be paused."""

    def resume_reading(self) -> None:
        """Nothing is to be resumed."""

    def is_closing(self) -> bool:
        """It stays open."""
        return False


def received(data: bytes) -> Input:
    """Return what a client has sent that sends no more."""
    source = Input(NoTransport())
    source.feed(data)
    source.end()
    return source


def head_of(data: bytes) -> Head:
    async def read() -> Head | None:
        return await read_head(received(data))

    head = asyncio.run(read())
    assert head is not None
    return head


def body_of(data: bytes, length: int | None = None) -> tuple[bytes, bytes]:
    """Return what can be read of a body, and the fault that ends it."""

    async def read() -> tuple[bytes, bytes]:
        body, taken = Body(received(data), length), b""
        try:
            while not body.is_complete:
                taken += await body.read()
        except BodyFault as fault:
            return taken, fault.text
        return taken, b""

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("lines", "told"),
    cases(
        {
            "no Host": (b"GET / HTTP/1.1\r\n", "400 Bad Request: missing required Host header"),
            "two Hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", FORBIDDEN),
            "Host with a user": (b"GET / HTTP/1.1\r\nHost: u@h\r\n", "400 Bad Request: malformed Host header"),
            "a blank before a colon": (
                b"GET / HTTP/1.1\r\n" + HOST + b"X : y\r\n",
                f"{FORBIDDEN}: invalid header name",
            ),
            "a tab before a colon": (b"GET / HTTP/1.1\r\n" + HOST + b"X\t: y\r\n", FORBIDDEN),
            "a blank first line": (b"GET / HTTP/1.1\r\n X: y\r\n" + HOST, FORBIDDEN),
            "no colon": (b"GET / HTTP/1.1\r\n" + HOST + b"X\r\n", FORBIDDEN),
            "5,000 digits": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 5000 + b"\r\n", FORBIDDEN),
            "beyond 63 bits": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 9223372036854775808\r\n", FORBIDDEN),
            "a signed length": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n", FORBIDDEN),
            "no length": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: \r\n", FORBIDDEN),
            "gzip": (b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n", "501 Not Implemented"),
            "a trailer that is framing": (
                b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTrailer: X,,content-LENGTH\r\n",
                FORBIDDEN,
            ),
            "HTTP/2.0": (b"GET / HTTP/2.0\r\n" + HOST, "505 HTTP Version Not Supported: unsupported protocol version"),
            "a scheme alone": (b"GET :/x HTTP/1.1\r\n" + HOST, FORBIDDEN),
            "a port that is none": (b"GET http://h:port/x HTTP/1.1\r\n" + HOST, FORBIDDEN),
            "cut in a header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: y", FORBIDDEN),
        }
    ),
)
def test_heads_that_are_refused(lines: bytes, told: str) -> None:
    """What net/http answers by itself, with its reason in the status line."""
    with pytest.raises(BadHead) as refused:
        head_of(lines if lines.endswith(b"y") else lines + b"\r\n")
    assert refused.value.line == told


def test_folded_headers_are_joined() -> None:
    """A header may go on over more lines than any client sends; each is joined by a blank."""
    lines = 300_000
    head = head_of(b"GET / HTTP/1.1\r\n" + HOST + b"X: a\n" + b" b\n" * lines + b"\n")
    assert head.first(b"x") == b"a" + b" b" * lines


def test_a_length_may_have_zeros_before_it() -> None:
    """5,000 zeros and a 5 are 5."""
    assert head_of(b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"0" * 5000 + b"5\r\n\r\n").length == 5


@pytest.mark.parametrize(
    ("target", "url"),
    cases(
        {
            "a host": (b"http://o:80/x?y", Url(b"o:80", b"/x", b"y")),
            "a user": (b"http://u:p@o/x", Url(b"o", b"/x", b"")),
            "an address": (b"http://[::1%25e]:1/x", Url(b"[::1%e]:1", b"/x", b"")),
            "opaque": (b"mailto:x?y", Url(b"", b"", b"y")),
            "no authority": (b"http:/x", Url(b"", b"/x", b"")),
            "an escaped letter in a host": (b"http://h%41/x", None),
            "an open bracket": (b"http://[::1/x", None),
            "a wrong escape": (b"/%4", None),
            "a control character": (b"/\x7f", None),
            "no slash": (b"x", None),
        }
    ),
)
def test_targets(target: bytes, url: Url | None) -> None:
    """A request target is read by the rules of net/url, or refused."""
    if url is not None:
        assert parse_url(target) == url
        return
    with pytest.raises(UrlError):
        parse_url(target)


@pytest.mark.parametrize(
    ("query", "value"),
    cases(
        {
            "the first": (b"a=1&Token=x&Token=y", "x"),
            "escaped": (b"%54oke%6E=a%2Bb+c", "a+b c"),
            "a semicolon": (b"Token=x;y&Token=z", "z"),
            "a wrong escape": (b"Token=%zz&Token=z", "z"),
            "another case": (b"token=x", ""),
            "no value": (b"Token&Token=x", ""),
            "a longer name": (b"XToken=x&Tokens=y", ""),
        }
    ),
)
def test_parameters(query: bytes, value: str) -> None:
    """A parameter is found as url.ParseQuery finds it."""
    assert first_value(query, b"Token") == value


def test_tokens_stand_between_commas_and_blanks() -> None:
    """net/http looks for an expectation within words: a parameter behind it hides it."""
    assert has_token(b"x, 100-Continue", b"100-continue")
    assert not has_token(b"100-continue;a=b", b"100-continue")


@pytest.mark.parametrize(
    ("chunks", "taken", "told"),
    cases(
        {
            "well": (b"2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n", b"abc", b""),
            "0x2": (b"0x2\r\nab\r\n0\r\n\r\n", b"", b"invalid byte in chunk length"),
            "2_a": (b"2_a\r\n" + b"a" * 42 + b"\r\n0\r\n\r\n", b"", b"invalid byte in chunk length"),
            "+2": (b"+2\r\nab\r\n0\r\n\r\n", b"", b"invalid byte in chunk length"),
            "nothing": (b"\r\nab\r\n0\r\n\r\n", b"", b"empty hex number for chunk length"),
            "17 digits": (b"f" * 17 + b"\r\n", b"", b"http chunk length too large"),
            "a line feed": (b"2\nab\r\n0\r\n\r\n", b"", b"chunked line ends with bare LF"),
            "a return": (b"2;\rx\r\nab\r\n0\r\n\r\n", b"", b"invalid CR in chunked line"),
            "longer than it says": (b"2\r\nabc\r\n0\r\n\r\n", b"ab", b"malformed chunked encoding"),
            "cut": (b"5\r\nab", b"ab", b"unexpected EOF"),
            "a long line": (b"2;" + b"x" * 5000 + b"\r\n", b"", b"header line too long"),
            "much beside the data": (
                (b"1;" + b"x" * 4000 + b"\r\na\r\n") * 6,
                b"aaaa",
                b"chunked encoding contains too much non-data",
            ),
            "trailers": (b"2\r\nab\r\n0\r\nX: y\r\n\r\n", b"ab", b""),
            "a trailer without colon": (b"0\r\nX\r\n\r\n", b"", b'malformed MIME header: missing colon: "X"'),
            "a trailer without name": (b"0\r\n: x\r\n\r\n", b"", b'malformed MIME header line: ": x"'),
            "long trailers": (
                b"0\r\nX: " + b"y" * 5000 + b"\r\n\r\n",
                b"",
                b"http: suspiciously long trailer after chunked body",
            ),
        }
    ),
)
def test_chunks(chunks: bytes, taken: bytes, told: bytes) -> None:
    """Chunks are read as net/http reads them; handlers pass on what it says."""
    assert body_of(chunks) == (taken, told)


def test_texts_in_quotes() -> None:
    """What is no UTF-8 or cannot be printed is escaped, as %q does."""
    assert quote(b'a"\\\n\x00\xff\xc3\xa4\xe2\x80\xa8') == '"a\\"\\\\\\n\\x00\\xffä\\u2028"'.encode()


def frame(first: int, payload: bytes = b"", mask: bool = True, length: int | None = None) -> bytes:
    """Return a frame whose first byte and length are what the test says; its mask is zero."""
    size = len(payload) if length is None else length
    if size < 126:
        head = bytes([first, size | mask << 7])
    elif size <= 0xFFFF:
        head = bytes([first, 126 | mask << 7]) + struct.pack("!H", size)
    else:
        head = bytes([first, 127 | mask << 7]) + struct.pack("!Q", size)
    return head + (bytes(4) if mask else b"") + payload


@pytest.mark.parametrize(
    ("sent", "closes"),
    cases(
        {
            "everything wrong": (
                frame(0x7D, b"x", mask=False),
                (1002, "RSV1 set, RSV2 set, RSV3 set, bad opcode 13, bad MASK"),
            ),
            "a long ping": (frame(0x89, b"x" * 126), (1002, "len > 125 for control")),
            "a ping in pieces": (frame(0x09, b"x"), (1002, "FIN not set on control")),
            "a message within one": (frame(0x01, b"a") + frame(0x81, b"b"), (1002, "data before FIN")),
            "a piece of nothing": (frame(0x80, b"a"), (1002, "continuation after FIN")),
            "a message too long": (frame(0x81, b"x" * 513), (1009, "")),
            "pieces too long": (frame(0x01, b"x" * 300) + frame(0x80, b"x" * 213), (1009, "")),
            "a close with a reason": (frame(0x88, b"\x03\xe8bye"), (1000, "")),
            "a code of one's own": (frame(0x88, b"\x0f\xa0"), (4000, "")),
            "1014": (frame(0x88, b"\x03\xf6"), (1002, "bad close code 1014")),
            "no UTF-8": (frame(0x88, b"\x03\xe8\xff"), (1002, "invalid utf8 payload in close frame")),
        }
    ),
)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_frames_that_end_a_connection(sent: bytes, closes: tuple[int, str], size: int) -> None:
    """A breach is a close frame in gorilla's words, in however many pieces it came; what follows counts no more."""
    connection = Gorilla(512)
    for begin in range(0, len(sent), size):
        connection.receive_data(sent[begin : begin + size])
    connection.receive_data(frame(0x89, b"late"))
    (close, end) = connection.data_to_send()
    assert (close[0], end) == (0x88, b"")
    assert Close.parse(close[2:]) == Close(*closes)


@pytest.mark.parametrize("payload", [b"", b"x"])
def test_a_close_without_code_is_answered_without_one(payload: bytes) -> None:
    """A payload of one byte is none."""
    connection = Gorilla(512)
    connection.receive_data(frame(0x88, payload))
    assert connection.data_to_send() == [b"\x88\x00", b""]


def test_a_length_beyond_63_bits_ends_the_connection_without_a_word() -> None:
    """The library sends no close frame there."""
    connection = Gorilla(512)
    connection.receive_data(frame(0x81, length=1 << 63))
    assert connection.data_to_send() == [b""]


def test_messages_are_thrown_away_and_pings_answered() -> None:
    """Messages within the limit leave no trace; a pong has the payload of its ping; pongs are seen."""
    connection = Gorilla(512)
    connection.receive_data(frame(0x81, b"x" * 512) + frame(0x02, b"a") + frame(0x89, b"p") + frame(0x80, b"b"))
    assert connection.data_to_send() == [b"\x8a\x01p"]
    connection.receive_data(frame(0x8A))
    assert connection.events_received() == [Frame(Opcode.PONG, b"")]
    assert connection.state is State.OPEN


@pytest.fixture(scope="module")
def five() -> Iterator[Server]:
    """A mock of pgwatch 5.3."""
    server = start_server("--release", "5.3", "--quiet")
    yield server
    assert server.stop() == (0, "")


def talk(server: Server, *pieces: bytes, ends: bool = True) -> bytes:
    """Send pieces, say that nothing more comes unless the test wants to wait, and return all that the server says."""
    with closing(socket.create_connection(server.address, timeout=20)) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        said = b""
        while data := connection.recv(1 << 16):
            said += data
        return said


def test_thousands_of_requests_in_one_piece(five: Server) -> None:
    """Pipelined requests are answered one by one, those that net/http answers itself too."""
    asked = b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"
    assert talk(five, asked * 3000).count(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: ") == 3000


@pytest.mark.parametrize(
    ("asked", "begins", "holds"),
    cases(
        {
            "an expectation": (b"POST /login HTTP/1.1\r\n" + HOST + b"Expect: x\r\n\r\n", b"HTTP/1.1 417 ", b""),
            "permission": (
                b"POST /login HTTP/1.1\r\n" + HOST + b"Expect: x, 100-continue\r\nContent-Length: 2\r\n\r\n{}",
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
                b"",
            ),
            "an opaque target": (b"GET mailto:x HTTP/1.1\r\n" + HOST + b"\r\n", b"HTTP/1.1 307 ", b"Location: /\r\n"),
            "a raw query": (
                b"GET //x?\xc3\xa4 HTTP/1.1\r\n" + HOST + b"\r\n",
                b"HTTP/1.1 307 ",
                b"Location: /x?%c3%a4\r\n",
            ),
            "the file": (b"GET /index.html HTTP/1.1\r\n" + HOST + b"\r\n", b"HTTP/1.1 200 OK", b""),
            "a tunnel": (b"CONNECT h:1 HTTP/1.1\r\n" + HOST + b"\r\n", b"HTTP/1.1 404 ", b""),
            "an asterisk": (b"GET * HTTP/1.0\r\n\r\n", b"HTTP/1.0 400 ", b""),
            "a chunk in the wrong words": (
                b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
                b"HTTP/1.1 500 ",
                b"\r\n\r\nEOF\n",
            ),
        }
    ),
)
def test_requests_that_few_send(five: Server, asked: bytes, begins: bytes, holds: bytes) -> None:
    """What a mistaken or hostile client sends is answered as the release does."""
    said = talk(five, asked)
    assert said.startswith(begins)
    assert holds in said


@pytest.mark.parametrize(
    ("changed", "status"),
    cases(
        {
            "empty parts first": ({"connection": ",,Upgrade,,"}, b"400"),
            "a list": ({"connection": "keep-alive, Upgrade"}, b"101"),
            "a part that is no token": ({"connection": "x y, Upgrade"}, b"400"),
            "an origin with a user": ({"origin": "http://u@test", "host": "test"}, b"101"),
            "an origin that cannot be read": ({"origin": "http://[test", "host": "[test"}, b"403"),
            "a length": ({"content_length": "5"}, b"101"),
        }
    ),
)
def test_handshakes(five: Server, changed: dict[str, Any], status: bytes) -> None:
    """Lists are read up to the first part that is no token; a body is not asked for."""
    said = talk(five, handshake(five, f"Token: {five.login()}", **changed))
    assert said.split(b" ")[1] == status


def test_a_handshake_with_something_behind_it_is_dropped(five: Server) -> None:
    """The library takes nothing that came before its answer."""
    assert talk(five, handshake(five, f"Token: {five.login()}") + b"x") == b""
