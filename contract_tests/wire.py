"""Requests as bytes on a connection, for what an HTTP client would not send or would not show."""

import contextlib
import socket
import ssl
import time
from urllib.parse import urlsplit

from contract_tests.errors import Refused
from contract_tests.suite import Suite
from contract_tests.target import Target

_MOST_BYTES = 1 << 20


def exchange_bytes(
    suite: Suite, method: str, path: str, headers: dict[str, str], seconds: float = 2
) -> tuple[bytes, bytes]:
    """Send a request without a body and return head and body of what comes back within some seconds.

    The connection is to be closed by the server after its answer. Raises Refused where the guard does not let the
    request out, OSError where there is no connection.
    """
    if reason := suite.guard.refusal(method, suite.target.url + path, b""):
        raise Refused(reason)
    suite.pace.wait()
    given = {"Host": urlsplit(suite.target.url).netloc, "Connection": "close", **headers}
    lines = [f"{method} {suite.target.base}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    with connect(suite.target) as connection:
        with contextlib.suppress(OSError):  # a server may answer and close before it has read all
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head, _, body = _read(connection, seconds).partition(b"\r\n\r\n")
    return head, body


def connect(target: Target) -> socket.socket:
    """Return a connection to a target, encrypted where its URL says so; raises OSError where there is none."""
    parts = urlsplit(target.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = socket.create_connection((parts.hostname or "", port), target.seconds_to_wait)
    if parts.scheme != "https":
        return connection
    context = ssl.create_default_context(cafile=target.verify if isinstance(target.verify, str) else None)
    if target.verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=parts.hostname)


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
