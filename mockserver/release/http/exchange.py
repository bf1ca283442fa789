"""One request to a release's server and its answer, written as Go's net/http writes it."""

import asyncio
from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Protocol

from mockserver.go.url import unescape
from mockserver.http.exchange import Headers
from mockserver.release.http.body import Body, BodyFault
from mockserver.release.http.head import Head, has_token
from mockserver.release.http.input import Input

SECONDS_TO_WRITE = 10
"""WriteTimeout of every release: it runs from the end of the request's head."""
MOST_SINGLE_WRITE = 2048
"""The buffer of net/http in bytes: a longer body is sent in chunks."""
GUESSED_TYPE = b"content-type"
"""The name, in lower case, of a type that the handler has left to net/http: it is written after the length."""
MOST_UNREAD = 256 * 1024
"""Bytes of a body that net/http still reads when the handler has not."""
MOST_UNREAD_OF_ASTERISK = 4096
"""The same for ``OPTIONS *``, which no handler of the release answers."""


class Connection(Protocol):
    """What an exchange asks of the connection that it is on."""

    def scope_extensions(self) -> dict[str, Any]:
        """Return what the application can do with the connection besides answering."""

    def details(self) -> dict[str, Any]:
        """Return what ASGI says of both ends."""

    def body_is_read(self) -> None:
        """Stop the time that a request has to arrive."""

    async def write(self, data: Sequence[bytes], deadline: float) -> None:
        """Send bytes, and wait until the client has taken most of them; drop it where it does not in time."""

    def drop(self) -> None:
        """End the connection without an answer."""

    def is_lost(self) -> bool:
        """Whether nobody is there any more."""


class GoExchange:
    """One request and its answer."""

    def __init__(self, connection: Connection, head: Head, source: Input) -> None:
        self._connection = connection
        self._head = head
        self._body = Body(source, head.length)
        self._start: Any = None
        self._content = bytearray()
        self._deadline = asyncio.get_running_loop().time() + SECONDS_TO_WRITE
        self._expects = has_token(head.first(b"expect"), b"100-continue") and head.minor > 0 and head.length != 0
        self._is_permitted = False
        self.keeps_alive = False
        """Whether the connection goes on after the answer."""

    def scope(self) -> dict[str, Any]:
        """Return the request as ASGI has it; header names in lower case, the path without its escapes."""
        head = self._head
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": f"1.{head.minor}",
            "scheme": "http",
            "root_path": "",
            "method": head.method,
            "path": unescape(head.url.path).decode("utf-8", "surrogateescape"),
            "raw_path": head.url.path,
            "query_string": head.url.query,
            "headers": [(b"host", head.url.host), *head.headers] if head.url.host else head.headers,
            "extensions": self._connection.scope_extensions(),
            **self._connection.details(),
        }

    async def receive(self) -> dict[str, Any]:
        """Return what comes of the body (ASGI); raises BodyFault for what cannot be read."""
        await self._permit()
        data = await self._body.read()
        if self._connection.is_lost():
            return {"type": "http.disconnect"}
        if self._body.is_complete:
            self._connection.body_is_read()
        return {"type": "http.request", "body": data, "more_body": not self._body.is_complete}

    async def _permit(self) -> None:
        """Tell a client that waits for permission to send its body, once."""
        if self._expects and not self._is_permitted:
            self._is_permitted = True
            await self._connection.write([b"HTTP/1.1 100 Continue\r\n\r\n"], self._deadline)

    async def send(self, message: Any) -> None:
        """Collect the answer, and send it once it is complete (ASGI)."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._content += message.get("body", b"")
        if not message.get("more_body", False):
            await self.reply(self._start["status"], self._start["headers"], bytes(self._content))

    async def refuse_expectation(self) -> None:
        """Answer an expectation that net/http knows nothing of."""
        await self.reply(417, [(b"Connection", b"close")], b"")

    async def answer_asterisk(self) -> None:
        """Answer ``OPTIONS *``, which net/http does by itself."""
        await self._permit()
        is_read = await self._is_read(MOST_UNREAD_OF_ASTERISK + 1)
        await self.reply(200, [(b"Content-Length", b"0"), *([] if is_read else [(b"Connection", b"close")])], b"")

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Write an answer as net/http does: headers in alphabetical order, then its own."""
        if asyncio.get_running_loop().time() > self._deadline:
            self._connection.drop()
            return
        head, named = self._head, {name.lower(): (name, value) for name, value in headers}
        is_head = head.method == "HEAD"
        is_guessed = named.get(b"content-type", (b"", b""))[0] == GUESSED_TYPE
        guessed = named.pop(GUESSED_TYPE)[1] if is_guessed else None
        is_counted = b"content-length" in named or len(body) <= MOST_SINGLE_WRITE
        is_chunked = not is_counted and not is_head and head.minor > 0
        connection = await self._connection_header(named.get(b"connection", (b"", b""))[1], is_counted or is_head)
        lines = [name.title() + b": " + value for _, (name, value) in sorted(named.items())]
        lines.append(date_line())
        if is_counted and b"content-length" not in named and (body or not is_head) and status not in (204, 304):
            lines.append(b"Content-Length: %d" % len(body))
        if guessed is not None:
            lines.append(b"Content-Type: " + guessed)
        if connection:
            lines.append(b"Connection: " + connection)
        pieces = [] if is_head else [body]
        if is_chunked:
            lines.append(b"Transfer-Encoding: chunked")
            pieces = [b"%x\r\n" % len(body), body, b"\r\n0\r\n\r\n"]
        first = b"HTTP/1.%d %d %s" % (min(head.minor, 1), status, HTTPStatus(status).phrase.encode())
        head_in_bytes = b"\r\n".join([first, *lines, b"", b""])
        # A list of megabytes is not copied for each client who reads it.
        whole = [head_in_bytes, *pieces] if is_chunked else [b"".join([head_in_bytes, *pieces])]
        await self._connection.write(whole, self._deadline)

    async def finish(self) -> None:
        """Read what is left of a body, as far as net/http does before it closes a connection."""
        if not self._body.is_complete and (self._head.length is None or not self._head.wants_close):
            await self._is_read(MOST_UNREAD)

    async def _connection_header(self, given: bytes, has_length: bool) -> bytes:
        """Settle whether the connection goes on, and return the header that net/http adds to say so."""
        head = self._head
        asks_for_more = head.wants_keep_alive and has_length
        self.keeps_alive = (
            (asks_for_more or (head.minor > 0 and not head.wants_close))
            and given.lower() != b"close"
            and not (self._expects and not self._body.is_complete)
        )
        added = b"keep-alive" if asks_for_more and not given else b""
        if self.keeps_alive and not self._body.is_complete:
            self.keeps_alive = await self._is_read(MOST_UNREAD)
        if self.keeps_alive:
            return added
        return b"close" if head.minor > 0 and given.lower() != b"close" else b""

    async def _is_read(self, most: int) -> bool:
        """Read what is left of the body as far as net/http does before it answers; say whether that was all."""
        if (self._body.unread or 0) >= most:
            return False
        left = most + 1
        try:
            while left > 0 and not self._body.is_complete:
                left -= len(await self._body.read(left))
        except BodyFault:
            return False
        return self._body.is_complete


def date_line() -> bytes:
    """Return the header line that every answer ends with."""
    return b"Date: " + formatdate(usegmt=True).encode()
