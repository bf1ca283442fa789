"""Requests as bytes on a connection, for what an HTTP client would not send or would not show."""

import contextlib
import re
import socket
import time
from collections.abc import Sequence

from urllib3 import HTTPHeaderDict

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.front import is_refusal_of_front
from contract_tests.errors import Unanswered
from contract_tests.judging.suite import Suite

_MOST_BYTES = 1 << 20


def exchange_bytes(  # noqa: PLR0913, PLR0917  # the parts of a request
    suite: Suite,
    method: str,
    path: str,
    headers: dict[str, str],
    seconds: float = 2,
    hosts: Sequence[str] | None = None,
) -> tuple[bytes, bytes]:
    """Send a request without a body and return head and body of what comes back within some seconds.

    ``hosts`` are the Host headers to send, by default the one that is right. The connection is to be closed by the
    server after its answer. Raises Refused where the guard does not let the request out, OSError where there is no
    connection, Unanswered where what is in front of the server answers in its place.
    """
    transport, address = suite.http.transport, suite.target.base + path
    given = transport.completed({"Connection": "close", **headers}.items())
    if hosts is not None:
        given = [*(("Host", host) for host in hosts), *(pair for pair in given if pair[0].lower() != "host")]
    lines = [f"{method} {address} HTTP/1.1", *(f"{name}: {value}" for name, value in given), "", ""]
    operation = suite.contract.operation_of(method, path)
    while True:
        with transport.dial(method, address) as connection:
            with contextlib.suppress(OSError):  # a server may answer and close before it has read all
                connection.sendall("\r\n".join(lines).encode())
            head, _, body = _read(connection, seconds).partition(b"\r\n\r\n")
        asked = Exchange("", method, suite.target.origin + address, {}, b"", *_parsed(head), body)
        if not transport.has_to_come_again(asked, operation):
            break
    if is_refusal_of_front(asked, suite.target):
        raise Unanswered(f"{suite.target.front} in front of the server refuses what this test sends")
    return head, body


def _parsed(head: bytes) -> tuple[int | None, HTTPHeaderDict]:
    """Return status and headers of an answer, as far as it can be read."""
    first, *lines = head.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.\d (\d{3})\b", first)
    pairs = (line.partition(":") for line in lines)
    return int(status[1]) if status else None, HTTPHeaderDict((name, value.strip()) for name, _, value in pairs)


def _read(connection: socket.socket, seconds: float) -> bytes:
    received = b""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(OSError):
        while len(received) < _MOST_BYTES and (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            part = connection.recv(65536)
            if not part:
                break
            received += part
    return received
