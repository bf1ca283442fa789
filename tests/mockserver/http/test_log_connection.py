"""What a client of the log stream may send, and what ends its connection."""

import struct
from collections.abc import Iterator

import httpx
import pytest
from websockets.frames import Close, Frame, Opcode

from tests.conftest import Server
from tests.support.helpers import cases, unique
from tests.support.websocket_helpers import WEBSOCKET, RawClient, follow, make_entry

MOST = WEBSOCKET["clientMessages"]["maxBytes"]
MASK = b"\x80"


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """A token of the module's server."""
    return server.login()


@pytest.fixture
def reader(server: Server, token: str) -> Iterator[RawClient]:
    """A client that follows the log."""
    with RawClient(server, token) as client:
        yield client


def goes_on(reader: RawClient, client: httpx.Client) -> None:
    """Assert that the next thing a reader gets is a new entry of the log."""
    mark = unique("mark") + "."
    make_entry(client, mark)
    assert mark in reader.entry()


@pytest.mark.parametrize(
    ("opcode", "payload"),
    cases(
        {
            "text": (Opcode.TEXT, b"hello"),
            "empty text": (Opcode.TEXT, b""),
            "text that is not UTF-8": (Opcode.TEXT, b"\xff\xfe\x00"),
            "half a character": (Opcode.TEXT, "🐘".encode()[:2]),
            "binary": (Opcode.BINARY, bytes(range(256))),
            "empty binary": (Opcode.BINARY, b""),
            "the longest text": (Opcode.TEXT, b"x" * MOST),
            "the longest binary": (Opcode.BINARY, b"\0" * MOST),
            "a pong nobody asked for": (Opcode.PONG, b"pong"),
        }
    ),
)
def test_messages_of_the_client_are_ignored(
    reader: RawClient, client: httpx.Client, opcode: Opcode, payload: bytes
) -> None:
    """Whatever a client says within the limit, and however often, it is not answered, and the stream goes on."""
    for _ in range(50):
        reader.send(opcode, payload)
    goes_on(reader, client)


def test_fragmented_messages_are_ignored(reader: RawClient, client: httpx.Client) -> None:
    """A message in many parts, with a ping between them, counts as one."""
    for _ in range(3):
        reader.send(Opcode.TEXT, b"a" * 12, fin=False)
        for _ in range(4):
            reader.send(Opcode.CONT, b"\xff" * 100, fin=False)
        reader.send(Opcode.PING, b"between")
        reader.send(Opcode.CONT, b"b" * 100)
        assert reader.frame() == Frame(Opcode.PONG, b"between")
    goes_on(reader, client)


@pytest.mark.parametrize(
    "sizes", cases({"whole": [MOST + 1], "two parts": [MOST, 1], "many parts": [100] * 6, "very long": [200_000]})
)
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_message_over_the_limit_ends_the_connection(reader: RawClient, opcode: Opcode, sizes: list[int]) -> None:
    """More than 512 bytes, in one frame or in several, are answered with the close code 1009."""
    for number, size in enumerate(sizes):
        reader.send(Opcode.CONT if number else opcode, b"x" * size, fin=number == len(sizes) - 1)
    assert reader.close_code() == 1009


def test_a_length_over_the_limit_is_not_waited_for(reader: RawClient) -> None:
    """The announcement of a huge message is enough to end the connection."""
    reader.send_bytes(b"\x82\xff" + struct.pack("!Q", 1 << 62) + b"mask")
    assert reader.close_code() == 1009


@pytest.mark.parametrize("payload", [b"", b"hello", bytes(range(125))])
def test_pings_are_answered(reader: RawClient, client: httpx.Client, payload: bytes) -> None:
    """The pong has the payload of the ping."""
    reader.send(Opcode.PING, payload)
    assert reader.frame() == Frame(Opcode.PONG, payload)
    goes_on(reader, client)


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_a_close_frame_is_answered_with_the_same_code(reader: RawClient, code: int) -> None:
    """The server echoes the code and closes the connection."""
    reader.send(Opcode.CLOSE, Close(code, "enough").serialize())
    assert reader.close_code(seconds=2) == code


def test_a_close_frame_without_a_code_is_answered_with_none(reader: RawClient) -> None:
    """An empty close frame gets an empty close frame."""
    reader.send(Opcode.CLOSE)
    assert reader.frames_to_the_end(seconds=2) == [Frame(Opcode.CLOSE, b"")]


def test_nothing_is_sent_after_the_close_frame(server: Server, token: str, client: httpx.Client) -> None:
    """Entries that are written while a connection closes do not come after the close frame."""
    for _ in range(20):
        with RawClient(server, token) as reader:
            reader.send(Opcode.CLOSE, Close(1000, "").serialize())
            make_entry(client, "late")
            assert reader.close_code(seconds=2) == 1000


def test_a_common_client_can_leave(server: Server, token: str) -> None:
    """The closing handshake of a WebSocket library is completed, with its code."""
    with follow(server, token) as connection:
        connection.close(1000)
    assert connection.protocol.close_rcvd is not None
    assert connection.protocol.close_rcvd.code == 1000


@pytest.mark.parametrize(
    "sent",
    cases(
        {
            "an unmasked frame": b"\x81\x05hello",
            "an unmasked ping": b"\x89\x00",
            "a reserved bit": b"\xc1" + MASK + b"mask",
            "an unknown opcode": b"\x83" + MASK + b"mask",
            "an unknown control opcode": b"\x8b" + MASK + b"mask",
            "a continuation of nothing": b"\x80" + MASK + b"mask",
            "a message within a message": b"\x01" + MASK + b"mask" + b"\x81" + MASK + b"mask",
            "a fragmented ping": b"\x09" + MASK + b"mask",
            "a ping that is too long": b"\x89\xfe\x00\x7e" + b"mask" + b"x" * 126,
            "half a close code": b"\x88\x81" + b"\0\0\0\0" + b"\x03",
            "a close code that no peer may send": b"\x88\x82" + b"\0\0\0\0" + struct.pack("!H", 1005),
        }
    ),
)
def test_a_breach_of_the_protocol_ends_the_connection(reader: RawClient, sent: bytes) -> None:
    """The server says 1002 and closes the connection."""
    reader.send_bytes(sent)
    assert reader.close_code(seconds=5) == 1002


def test_a_reader_that_vanishes_does_no_harm(server: Server, token: str, client: httpx.Client) -> None:
    """Connections that are reset, or end within a frame, leave the others alone."""
    with RawClient(server, token) as staying:
        for number in range(30):
            with RawClient(server, token) as leaving:
                leaving.send_bytes(b"\x81\xfe\x01")
                if number % 2:
                    leaving.reset()
        make_entry(client, "after-all")
        assert "after-all" in staying.entry()


def test_a_connection_that_is_half_closed_ends(reader: RawClient) -> None:
    """A client that says it will send nothing more is no longer served."""
    reader.half_close()
    assert reader.frames_to_the_end(seconds=5) == []


def test_frames_may_come_in_small_pieces(server: Server, token: str, client: httpx.Client) -> None:
    """Frames that come byte by byte are read as well as whole ones."""
    with RawClient(server, token) as reader:
        for byte in Frame(Opcode.PING, b"in pieces").serialize(mask=True):
            reader.send_bytes(bytes([byte]))
        assert reader.frame() == Frame(Opcode.PONG, b"in pieces")
        goes_on(reader, client)
