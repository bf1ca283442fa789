"""Plays requests to a server over connections of its own, byte for byte as they are written."""

import contextlib
import http.client
import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.exchange import Answer, Request
from pgwatch_contract.parity.frames import read_text_frame
from pgwatch_contract.parity.tokens import Tokens, fill_in

SECONDS_TO_WAIT = 8.0
_SECONDS_FOR_A_FRAME = 1.5


class Player:
    """Sends requests to one server, each on a new connection, and returns its answers.

    Takes its URL (http only; a path in it goes before every target), the login to get tokens with, and the secret that
    it signs tokens with, where that is known (None: placeholders for forged tokens are not possible). Raises
    NotPossible for a URL that cannot be used.
    """

    def __init__(self, url: str, user: str, password: str, secret: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise NotPossible(f"{url!r} is not a URL to play requests to: it has to be like http://127.0.0.1:8080")
        self.url = url.rstrip("/")
        self._address = (parts.hostname, parts.port or 80)
        self._base = parts.path.rstrip("/")
        self._values = {"HOST": parts.netloc.rpartition("@")[2]}
        self.tokens = Tokens(self._log_in, secret)
        self._login = (user, password)

    def play(self, request: Request, seconds: float = SECONDS_TO_WAIT) -> Answer:
        """Send a request and return what comes back within some seconds.

        Raises NotPossible where there is no server, or a placeholder cannot be filled in.
        """
        sent = self.as_bytes(request)
        connection = self._connect(seconds)
        with connection, contextlib.closing(http.client.HTTPResponse(connection, method=request.method)) as response:
            with contextlib.suppress(OSError):  # a server may answer and close before it has read all
                connection.sendall(sent)
            return self._read(response, lambda: self._provoke(request.then), request.then is not None, connection)

    def as_bytes(self, request: Request) -> bytes:
        """Return a request as it goes out, with its placeholders filled in."""
        body = None if request.body is None else fill_in(request.body, self._value)
        names = {name.lower() for name, _ in request.headers}
        headers = [] if request.host is None or "host" in names else [("Host", request.host)]
        headers += request.headers
        if body is not None and not names & {"content-length", "transfer-encoding"}:
            headers.append(("Content-Length", str(len(body))))
        lines = [f"{request.method} {self._base}{request.target} {request.protocol}"]
        lines += [f"{name}: {value}" for name, value in headers]
        head = fill_in("\r\n".join([*lines, "", ""]).encode(), self._value)
        return head + (body or b"")

    def _value(self, name: str) -> str:
        return self._values.get(name) or self.tokens[name]

    def _connect(self, seconds: float) -> socket.socket:
        try:
            return socket.create_connection(self._address, seconds)
        except OSError as error:
            raise NotPossible(f"{self.url} cannot be reached ({error}): start the server first") from None

    def _read(
        self, response: http.client.HTTPResponse, provoke: Callable[[], None], streams: bool, connection: socket.socket
    ) -> Answer:
        try:
            response.begin()
            if response.status == 101:
                frame = None
                if streams:
                    provoke()
                    connection.settimeout(_SECONDS_FOR_A_FRAME)
                    frame = read_text_frame(response.fp)
                return Answer(101, response.reason, tuple(response.getheaders()), frame=frame)
            body = response.read()
        except TimeoutError:
            return Answer(0, "silent")
        except (http.client.HTTPException, OSError):
            return Answer(0, "closed")
        return Answer(response.status, response.reason, tuple(response.getheaders()), body)

    def _provoke(self, line: str | None) -> None:
        method, _, target = (line or "").partition(" ")
        self.play(Request(method, target, (("Token", "${TOKEN}"),)))

    def _log_in(self) -> str:
        user, password = self._login
        body = json.dumps({"user": user, "password": password}).encode()
        answer = self.play(Request("POST", "/login", (("Content-Type", "application/json"),), body))
        if answer.status != 200:
            raise NotPossible(f"{self.url} lets nobody in as {user!r} (status {answer.status}): see --user, --password")
        token = answer.body.decode("latin-1")
        if token.count(".") != 2:
            raise NotPossible(f"{self.url} answers a login with {token[:40]!r}, which is no token: is it pgwatch?")
        return token
