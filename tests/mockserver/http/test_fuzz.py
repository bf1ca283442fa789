"""10,000 requests that nobody thought of against one server: it answers each, and is as it was before.

``FUZZ_WELL_FORMED`` in the environment makes them more, or fewer.
"""

import os
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import h11
import pytest

from tests.conftest import Server
from tests.support.fuzz_requests import FuzzRequest, malformed, well_formed
from tests.support.helpers import CONTRACT, TEXT

WELL_FORMED = int(os.environ.get("FUZZ_WELL_FORMED", "8000"))
MALFORMED = WELL_FORMED // 4
FOR_A_RELEASE = WELL_FORMED // 16
"""How many of either kind each release gets: enough to meet every kind of oddity."""
AT_ONCE = 8
BATCH = 16
"""How many requests are sent on a connection before the first answer is read."""
SECONDS_TO_ANSWER = 20
ERROR_LINE = re.compile(CONTRACT["components"]["schemas"]["ErrorLine"]["pattern"])


Check = Callable[[FuzzRequest, "Answer | None"], None]


class Fault(Exception):
    """What a server did wrong."""


@dataclass(frozen=True)
class Answer:
    """An answer, with its headers by lower-case name, and whether the connection ends with it."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    is_last: bool


@dataclass(frozen=True)
class Result:
    """What became of some requests: how many came with each status (0: closed without one), and what was wrong."""

    statuses: Counter[int]
    faults: list[str]


class Connection:
    """A connection to a server that reads one answer after the other, strictly. Used in a ``with`` statement."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(server.address, timeout=SECONDS_TO_ANSWER)
        self._received = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def send(self, data: bytes, more: bool = True) -> None:
        """Send bytes, and say that no more will come unless there is more. The server may have closed already."""
        with suppress(ConnectionError):
            self._socket.sendall(data)
        if not more:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    def answer(self, to_head: bool) -> Answer | None:
        """Read an answer; None where the connection ends without one. Raises Fault."""
        while len(self._received) < 13 and (data := self._receive()):
            self._received += data
        if self._received.startswith(b"HTTP/1.1 101 "):
            return Answer(101, {}, b"", is_last=True)
        parser = h11.Connection(h11.CLIENT)
        parser.send(h11.Request(method="HEAD" if to_head else "GET", target="/", headers=[("Host", "x")]))
        parser.send(h11.EndOfMessage())
        if self._received:
            parser.receive_data(self._received)
        try:
            return self._parse(parser)
        except h11.RemoteProtocolError as error:
            raise Fault(f"the answer is not HTTP: {error}: {parser.trailing_data[0][:500]!r}") from None

    def _parse(self, parser: h11.Connection) -> Answer | None:
        response: h11.Response | None = None
        body = b""
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                data = self._receive()
                if not data and response is None:
                    if parser.trailing_data[0]:
                        raise Fault("the connection ended within the head of the answer")
                    return None
                parser.receive_data(data)
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
        assert response is not None
        self._received = parser.trailing_data[0]
        headers = dict(response.headers)
        is_last = b"close" in headers.get(b"connection", b"") or response.http_version == b"1.0"
        return Answer(response.status_code, headers, body, is_last)

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(1 << 18)
        except TimeoutError:
            raise Fault(f"no answer within {SECONDS_TO_ANSWER} s") from None
        except ConnectionError:
            return b""


def check(request: FuzzRequest, answer: Answer | None) -> None:
    """Raise Fault unless an answer is one that a request may have; only one that is not complete may have none."""
    if answer is None:
        if request.is_complete:
            raise Fault("the connection was closed without an answer")
        return
    if not 200 <= answer.status < 500 and answer.status != 101:
        raise Fault(f"status {answer.status}: {answer.body!r}")
    if request.wrong and answer.status < 400:
        raise Fault(f"a wrong request was answered with {answer.status}")
    if answer.status < 400:
        return
    if answer.headers.get(b"content-type") != TEXT.encode():
        raise Fault(f"a refusal of the type {answer.headers.get(b'content-type')!r}")
    length = int(answer.headers[b"content-length"])
    if request.is_head:
        return
    if length != len(answer.body) or not ERROR_LINE.fullmatch(answer.body.decode()):
        raise Fault(f"a refusal that is not one line of its length: {answer.body!r}")


def check_of_release(request: FuzzRequest, answer: Answer | None) -> None:
    """Raise Fault for what no release answers; which 500 it gives is a matter of its recordings.

    A handshake with something behind it is dropped (v3.7.0, v5.3.0, run).
    """
    if answer is None:
        if request.is_complete and request.kind != "handshake":
            raise Fault("the connection was closed without an answer")
    elif answer.status not in (101, *range(200, 500), 500, 501, 505) or b"mock server failed" in answer.body:
        raise Fault(f"status {answer.status}: {answer.body!r}")


def send_in_a_row(server: Server, requests: Sequence[FuzzRequest], check: Check = check) -> Result:
    """Send well-formed requests pipelined, and read all answers; begin a new connection where one ends."""
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    left = list(requests)
    while left:
        with Connection(server) as connection:
            connection.send(b"".join(request.data for request in left))
            is_last = False
            while left and not is_last:
                request = left.pop(0)
                try:
                    answer = connection.answer(request.is_head)
                    check(request, answer)
                    if answer is None:
                        raise Fault("the connection was closed within a request that should be complete")
                    statuses[answer.status] += 1
                    is_last = answer.is_last
                except Fault as fault:
                    faults.append(f"{fault}\n{request}")
                    break
    return Result(statuses, faults)


def send_alone(server: Server, requests: Sequence[FuzzRequest], check: Check = check) -> Result:
    """Send bytes on a connection for each; only those that are not complete may remain without an answer."""
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    for request in requests:
        with Connection(server) as connection:
            connection.send(request.data, more=False)
            try:
                answer = connection.answer(request.is_head)
                statuses[answer.status if answer else 0] += 1
                check(request, answer)
            except Fault as fault:
                faults.append(f"{fault}\n{request}")
    return Result(statuses, faults)


def send_all(
    send: Callable[[Server, Sequence[FuzzRequest], Check], Result],
    server: Server,
    requests: Iterable[FuzzRequest],
    check: Check = check,
) -> Counter[int]:
    """Send all requests, some at a time; assert that none was answered wrongly; return how many had each status."""
    everything = list(requests)
    batches = [everything[first : first + BATCH] for first in range(0, len(everything), BATCH)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda batch: send(server, batch, check), batches))
    faults = [fault for result in results for fault in result.faults]
    assert not faults, f"{len(faults)} of {len(everything)} requests:\n\n" + "\n\n".join(faults[:5])
    statuses = sum((result.statuses for result in results), Counter[int]())
    print(f"{len(everything)} requests:", dict(sorted(statuses.items())))  # noqa: T201  # shown by pytest -rP and -s
    return statuses


def assert_healthy(server: Server, sources_before: list[object]) -> None:
    """Assert that a server answers properly, and that nobody touched the sources it began with."""
    with server.client() as client:
        assert client.get("/liveness").json() == {"status": "ok"}
        assert client.get("/source").json()[: len(sources_before)] == sources_before


@pytest.fixture(scope="module")
def sources_before(server: Server) -> list[object]:
    """The sources that the server began with. The requests below change only others, whose names begin with fuzz."""
    with server.client() as client:
        sources: list[object] = client.get("/source").json()
    assert sources
    return sources


def test_well_formed_requests_are_answered(server: Server, sources_before: list[object]) -> None:
    """8,000 requests that are HTTP, but odd in method, path, headers or body: none fails, none is left unanswered."""
    token = server.login()
    statuses = send_all(send_in_a_row, server, (well_formed(number, token) for number in range(WELL_FORMED)))
    assert sum(statuses.values()) == WELL_FORMED
    assert {200, 400, 401, 404, 405, 409, 413, 415} <= set(statuses)
    assert_healthy(server, sources_before)


def test_malformed_requests_are_answered(server: Server, sources_before: list[object]) -> None:
    """2,000 byte sequences that are not HTTP: each is refused, unless its sender hung up in the midst of it."""
    token = server.login()
    statuses = send_all(send_alone, server, (malformed(number, token) for number in range(MALFORMED)))
    assert sum(statuses.values()) == MALFORMED
    assert statuses[400] > MALFORMED / 4
    assert_healthy(server, sources_before)


def test_a_large_request_for_a_tunnel_holds_up_nobody(server: Server) -> None:
    """A CONNECT with a megabyte of headers is refused within a client's patience (a quadratic parser takes minutes)."""
    large = b"CONNECT /source HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n"
    with Connection(server) as connection:
        connection.send(large)
        answer = connection.answer(to_head=False)
    assert answer is not None
    assert 400 <= answer.status < 500


def test_the_server_has_nothing_to_complain_about(server: Server) -> None:
    """After all this the server ends properly and has printed no error."""
    assert server.stop() == (0, "")


@pytest.mark.once
@pytest.mark.parametrize("release", ["3.0", "3.5", "5.3"])
def test_a_release_answers_too(start: Callable[..., Server], release: str) -> None:
    """The same requests to mocks of releases: each is answered, by what the release is, not by a crash of the mock."""
    server = start("--quiet", "--release", release)
    token = server.login()
    well = send_all(send_in_a_row, server, (well_formed(n, token) for n in range(FOR_A_RELEASE)), check_of_release)
    assert sum(well.values()) == FOR_A_RELEASE
    bad = send_all(send_alone, server, (malformed(n, token) for n in range(FOR_A_RELEASE)), check_of_release)
    assert bad[400] > FOR_A_RELEASE / 4
    with server.client() as client:
        assert client.get("/source").status_code == 200
    assert server.stop() == (0, "")
