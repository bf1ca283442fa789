"""What the tests of deviations share: servers in threads of this process, and how a probe asks them."""

import asyncio
import functools
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import jwt
import pytest

import mockserver.serving.backend
from mockserver.console import Console
from mockserver.deviations.registry import plan_of
from mockserver.serving.app import create_app
from mockserver.serving.backend import create_backend
from mockserver.serving.parts import PLAIN
from mockserver.serving.server import create_server, open_socket
from mockserver.settings import Settings
from tests.support.helpers import Answer, head
from tests.support.websocket_helpers import handshake

SECRET = "a secret that is long enough for each of the algorithms that sign tokens"
LOGIN = {"user": "admin", "password": "Secret"}
CLAIMS = {"authorized": True, "exp": int(time.time()) + 3600, "username": "admin"}
TOKEN = jwt.encode(CLAIMS, SECRET, "HS256")
JSON = ("Content-Type: application/json",)
MOST_TOGETHER = 24
_BETWEEN_PIECES = 0.05
"""Seconds; a piece is read before the next one comes."""
# The contract takes 30 ms to load, which is half of a start.
load_contract = functools.cache(mockserver.serving.backend.load_contract)


class Mock:
    """A mock server in a thread, with deviations. Used in a ``with`` statement."""

    def __init__(self, *deviations: str, **settings: Any) -> None:
        self.deviations = deviations
        plan = plan_of(deviations)
        known = {"jwt_secret": SECRET, "log_rate": 0, "user": LOGIN["user"], "password": LOGIN["password"]}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mockserver.serving.backend, "load_contract", load_contract)
            self.backend = create_backend(Settings(**{**known, **settings}), Console(verbosity=-1), plan.parts(PLAIN))
        self._started = threading.Event()
        listener = open_socket("127.0.0.1", 0)
        self.address: tuple[str, int] = listener.getsockname()
        app = plan.wrap(create_app(self.backend), self.backend)
        self._server = create_server(app, self.backend, self._start)
        threading.Thread(target=self._server.run, args=([listener],), daemon=True).start()
        assert self._started.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()

    def call(self, function: Callable[[], None]) -> None:
        """Call a function on the server's own thread."""
        self._loop.call_soon_threadsafe(function)

    def stop(self) -> None:
        """Tell the server to stop; it does so while the test goes on."""
        self._server.should_exit = True


class Case(NamedTuple):
    """How a deviation is seen: what a probe returns of a clean server and of one that deviates, and their settings."""

    see: Callable[[Mock], Any]
    clean: Any
    shown: Any
    settings: Mapping[str, Any] = MappingProxyType({})


Cases = dict[str, Case]
NO_ANSWER = Answer(0, {}, b"")


def ask(server: Mock, method: str, target: str, body: Any = None, *lines: str, token: str | None = TOKEN) -> Answer:
    """Ask a server: a body that is no bytes is sent as JSON. A connection that is dropped is the status 0."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    more = list(lines) if isinstance(body, bytes) or lines else [*JSON]
    more += [f"Token: {token}"] if token is not None else []
    request = head(method, target, *more, "Connection: close", length=None if body is None else len(sent))
    return send(server, request + (b"" if body is None else sent))


def send(server: Mock, *pieces: bytes) -> Answer:
    """Send bytes as they are, each piece once the one before has arrived; the connection's first answer comes back."""
    with socket.create_connection(server.address, timeout=10) as connection:
        received = b""
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number, piece in enumerate(pieces):
                time.sleep(_BETWEEN_PIECES if number else 0)
                connection.sendall(piece)
            while data := connection.recv(1 << 20):
                received += data
                if received.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in received:
                    break
        except ConnectionError:
            pass
    if not received:
        return NO_ANSWER
    top, _, content = received.partition(b"\r\n\r\n")
    status_line, *rest = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Answer(int(status_line.split()[1]), headers, content)


def status(method: str, target: str, body: Any = None, *lines: str, token: str | None = TOKEN) -> Callable[[Mock], int]:
    """Return a probe for the status of an answer, 0 where there is none."""
    return lambda server: ask(server, method, target, body, *lines, token=token).status


def header(
    name: str, method: str, target: str, body: Any = None, *lines: str, token: str | None = TOKEN
) -> Callable[[Mock], str | None]:
    """Return a probe for a header (named in lower case) of an answer, None where it is absent."""
    return lambda server: ask(server, method, target, body, *lines, token=token).headers.get(name)


def text(method: str, target: str, body: Any = None, *lines: str, token: str | None = TOKEN) -> Callable[[Mock], str]:
    """Return a probe for the text of an answer."""
    return lambda server: ask(server, method, target, body, *lines, token=token).text


def source(name: str, **fields: Any) -> dict[str, Any]:
    """Return a source."""
    return {"Name": name, "ConnStr": "host=db.example.com", **fields}


def add(server: Mock, name: str, **fields: Any) -> int:
    """Add a source; return the status."""
    return ask(server, "POST", "/source", source(name, **fields)).status


def update(server: Mock, name: str, **fields: Any) -> int:
    """Update a source; return the status."""
    return ask(server, "PUT", "/source", source(name, **fields)).status


def delete(server: Mock, name: str) -> int:
    """Delete a source; return the status."""
    return ask(server, "DELETE", f"/source?name={quote(name, safe='')}").status


def listed(server: Mock) -> Any:
    """Return the list of sources."""
    return json.loads(ask(server, "GET", "/source").body)


def names(server: Mock, prefix: str = "") -> list[str]:
    """Return the names of the sources that begin with a prefix, in order."""
    return [entry["Name"] for entry in listed(server) if entry["Name"].startswith(prefix)]


def stored(server: Mock, name: str) -> dict[str, Any]:
    """Return a source as it is listed; empty where it is not."""
    found: dict[str, Any] = next((entry for entry in listed(server) if entry["Name"] == name), {})
    return found


def together(server: Mock, act: Callable[[Mock, int], Any]) -> list[Any]:
    """Do something many times at once; return what each returned."""
    with ThreadPoolExecutor(MOST_TOGETHER) as pool:
        return list(pool.map(lambda number: act(server, number), range(MOST_TOGETHER)))


def upgrade(*lines: str, token: str | None = TOKEN, **changed: str | None) -> Callable[[Mock], int]:
    """Return a probe for the status of a handshake."""
    return lambda server: shake_hands(server, *lines, token=token, **changed).status


def shake_hands(server: Mock, *lines: str, token: str | None = TOKEN, **changed: str | None) -> Answer:
    """Ask for the log stream; keywords replace headers or leave them out."""
    request = handshake(server, *lines, **changed).decode("latin-1").split("\r\n")
    return ask(server, "GET", "/log", None, *(line for line in request[2:] if line), token=token)


def make_entry(server: Mock, mark: str) -> None:
    """Let a server write one entry, which holds the mark."""
    assert ask(server, "POST", "/test-connect", f"host=refused-{mark}".encode()).status == 400


@functools.cache
def _clean_server(settings: tuple[tuple[str, Any], ...]) -> Mock:
    return Mock(**dict(settings))


def check(name: str, case: Case) -> None:
    """Assert that a probe sees a deviation at a server that has it, and not at a clean one."""
    seen = case.see(_clean_server(tuple(case.settings.items())))
    assert seen == case.clean, f"a clean server shows {seen!r}, not {case.clean!r}"
    with Mock(name, **case.settings) as server:
        seen = case.see(server)
        assert seen == case.shown, f"{name} shows {seen!r}, not {case.shown!r}"
