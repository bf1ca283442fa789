"""Readers of the log that take nothing or answer nothing, and how the server gets rid of them, also when it stops."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode

from tests.conftest import Server, start_server
from tests.support.websocket_helpers import WEBSOCKET, RawClient, contract_with, follow, make_entry, open_files

PING = 1
PONG = 2
"""The times of the ``quick`` server in seconds."""


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a silent log that pings after 1 s, and drops after 2 s who does not answer."""
    spec = contract_with(tmp_path_factory.mktemp("quick"), pingSeconds=PING, pongSeconds=PONG)
    server = start_server("--quiet", "--spec", spec)
    yield server
    server.stop()


@contextlib.contextmanager
def standing_still(server: Server, count: int) -> Iterator[list[RawClient]]:
    """Open readers that take nothing, and give the log time to fill all buffers between them and the server."""
    token = server.login()
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(RawClient(server, token, small_buffers=True)) for _ in range(count)]


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_contract_has_the_times_of_pgwatch() -> None:
    """The bundled contract pings and drops when pgwatch does; the tests below only shorten these times."""
    assert WEBSOCKET["keepAlive"]["pingSeconds"] == 54
    assert WEBSOCKET["keepAlive"]["pongSeconds"] == 60
    assert WEBSOCKET["slowReader"]["dropSeconds"] == 10


def test_pings_are_empty(quick: Server) -> None:
    """The contract says so; pgwatch's have no payload either."""
    with RawClient(quick, quick.login()) as reader:
        assert reader.frame() == Frame(Opcode.PING, b"")


def test_who_answers_pings_stays(quick: Server) -> None:
    """Pings come at the interval, and a client that answers each of them outlives the time for pongs twice over."""
    before = time.monotonic()
    with RawClient(quick, quick.login()) as reader, quick.client() as client:
        for number in range(1, 2 * PONG // PING + 2):
            frame = reader.frame(seconds=PING * 10)
            assert frame is not None, "the server closed the connection"
            assert frame.opcode is Opcode.PING
            assert time.monotonic() - before > 0.95 * number * PING
            reader.send(Opcode.PONG, bytes(frame.data))
        make_entry(client, "still-there")
        assert "still-there" in reader.entry()


def test_a_common_client_stays(quick: Server) -> None:
    """A WebSocket library answers the pings by itself, and its user never notices them."""
    with follow(quick) as connection, quick.client() as client:
        with pytest.raises(TimeoutError):
            connection.recv(timeout=PONG * 1.5)
        make_entry(client, "still-there")
        assert "still-there" in str(connection.recv(timeout=10))


@pytest.mark.parametrize("talks", [False, True], ids=["silent", "talking"])
def test_who_answers_no_ping_is_dropped(quick: Server, talks: bool) -> None:
    """The connection ends in time and without a close frame; only pongs count as answers, not other messages."""
    started = time.monotonic()
    with RawClient(quick, quick.login()) as reader:
        if talks:
            for _ in range(3):
                time.sleep(PONG / 5)
                reader.send(Opcode.TEXT, b"I am here")
                reader.send(Opcode.PONG, b"an answer to nothing")
        frames = reader.frames_to_the_end(seconds=PONG * 10)
        assert time.monotonic() - started > PONG * 0.95
        assert {frame.opcode for frame in frames} == {Opcode.PING}


def test_who_no_longer_answers_pings_is_dropped(quick: Server) -> None:
    """One pong does not keep a connection for good: without another the server drops it as it drops any."""
    with RawClient(quick, quick.login()) as reader:
        assert reader.frame() == Frame(Opcode.PING, b"")
        started = time.monotonic()
        reader.send(Opcode.PONG)
        frames = reader.frames_to_the_end(seconds=PONG * 10)
        assert time.monotonic() - started > PONG * 0.95
        assert {frame.opcode for frame in frames} == {Opcode.PING}


def test_who_answers_no_ping_is_dropped_with_full_buffers(start: Callable[..., Server], tmp_path: Path) -> None:
    """A reader that stands still cannot take the ping, and is dropped all the same."""
    spec = contract_with(tmp_path, pingSeconds=PING, pongSeconds=PONG)
    server = start("--quiet", "--spec", spec, "--log-rate", "5000")
    before = open_files(server)
    with standing_still(server, 3) as readers:
        _wait_until(lambda: open_files(server) == before)
        for reader in readers:
            assert reader.close_code() is None


def test_a_reader_that_stands_still_is_dropped(start: Callable[..., Server], tmp_path: Path) -> None:
    """Who takes nothing is dropped in time without a close frame; who reads beside it stays."""
    server = start("--quiet", "--spec", contract_with(tmp_path, dropSeconds=1), "--log-rate", "2000")
    before = open_files(server)
    with standing_still(server, 3) as stuck, RawClient(server, server.login()) as reader:
        _wait_until(lambda: bool(reader.entry()) and open_files(server) == before + 1)
        for one in stuck:
            assert one.close_code() is None
        reader.entry()


def test_who_pings_and_takes_no_pongs_is_dropped(start: Callable[..., Server]) -> None:
    """A client cannot make the server keep an answer for each of its pings without end."""
    server = start("--quiet")
    pings = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 1000
    with RawClient(server, server.login(), small_buffers=True) as reader:
        with pytest.raises(ConnectionError):
            reader.send_bytes(pings * 1000)
        assert server.login()


def test_a_reader_that_stands_still_is_not_dropped_early(start: Callable[..., Server]) -> None:
    """Within the time that the contract leaves, a reader may pause and goes on then."""
    server = start("--quiet", "--log-rate", "2000")
    with standing_still(server, 3) as readers:
        time.sleep(3)
        for reader in readers:
            for _ in range(2000):
                reader.entry()


def test_a_reader_that_stands_still_delays_nobody(start: Callable[..., Server], tmp_path: Path) -> None:
    """Beside ten readers that take nothing, and are not dropped yet, the API answers and another reader goes on."""
    server = start("--quiet", "--spec", contract_with(tmp_path, dropSeconds=300), "--log-rate", "2000")
    before = open_files(server)
    with standing_still(server, 10), RawClient(server, server.login()) as reader, server.client() as client:
        for _ in range(50):
            assert client.get("/source").status_code == 200
            for _ in range(100):
                reader.entry()
        assert open_files(server) == before + 12


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_readers_are_told_that_the_server_stops(start: Callable[..., Server], stop: signal.Signals) -> None:
    """Every reader gets the close code 1001, and the server ends properly."""
    server = start("--quiet", "--log-rate", "100")
    token = server.login()
    with RawClient(server, token) as one, RawClient(server, token) as other, follow(server, token) as third:
        one.entry()
        assert server.stop(stop) == (0, "")
        assert (one.close_code(), other.close_code()) == (1001, 1001)
        with contextlib.suppress(Exception):
            while True:
                third.recv(timeout=5)
        assert third.protocol.close_rcvd is not None
        assert third.protocol.close_rcvd.code == 1001


def test_the_server_stops_though_readers_stand_still(start: Callable[..., Server]) -> None:
    """50 readers that never read, with full buffers on both sides, do not keep the server from ending in time."""
    server = start("--quiet", "--log-rate", "20000")
    with standing_still(server, 50) as stuck, RawClient(server, server.login()) as reader:
        codes: list[int | None] = []
        reading = threading.Thread(target=lambda: codes.append(reader.close_code(seconds=30)))
        reading.start()
        time.sleep(2)
        assert server.stop() == (0, "")
        reading.join()
        assert codes == [1001]
        for one in stuck:
            one.frames_to_the_end(seconds=5)
