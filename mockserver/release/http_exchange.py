"""One request to a release's server and its answer, written as Go's net/http writes it."""

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Protocol

from mockserver.release.go_url import unescape
from mockserver.release.http_body import Body
from mockserver.release.http_head import Head

SECONDS_TO_WRITE = 10
MOST_SINGLE_WRITE = 2048
"""The buffer of net/http in bytes: a longer body is sent in chunks."""
GUESSED_TYPE = b"content-type"
"""The name, in lower case, of a type that the handler has left to net/http: it is written after the length."""
MOST_UNREAD = 256 * 1024
"""Bytes of a body that net/http still reads when the handler has not."""


class Connection(Protocol):
    """What an exchange asks of the connection that it is on."""

    def scope_extensions(self) -> dict[str, Any]:
        """Return what the application can do with the connection besides answering."""

    def details(self) -> dict[str, Any]:
        """Return what ASGI says of both ends."""

    def body_is_read(self) -> None:
        """Stop the time that a request has to arrive."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def drop(self) -> None:
        """End the connection without an answer."""

    def answered(self, keep_alive: bool) -> None:
        """Go on after an answer."""


class GoExchange:
    """One request and its answer."""

    def __init__(self, connection: Connection, head: Head) -> None:
        self._connection = connection
        self._head = head
        self._body = Body(head.length)
        self._taken = 0
        self._event = asyncio.Event()
        self._disconnected = False
        self._answer: bytes | None = None
        self._start: Any = None
        self._content = bytearray()
        self._deadline = asyncio.get_running_loop().time() + SECONDS_TO_WRITE
        self._continue = (head.first(b"expect") or b"").lower() == b"100-continue" and head.minor > 0
        self.keep_alive = head.keeps_alive

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
            "path": unescape(head.path).decode("utf-8", "surrogateescape"),
            "raw_path": head.path,
            "query_string": head.query,
            "headers": head.headers,
            "extensions": self._connection.scope_extensions(),
            **self._connection.details(),
        }

    @property
    def has_body(self) -> bool:
        """Whether a body was sent, or is to come."""
        return self._head.length != 0

    def feed(self, buffer: bytearray) -> None:
        """Take the bytes of the body out of a buffer."""
        was_complete = self._body.is_complete
        self._body.feed(buffer)
        self._event.set()
        if self._body.is_complete and not was_complete:
            self._connection.body_is_read()
        if self._answer is not None:
            self._finish()

    def disconnect(self) -> None:
        """Tell the application that nobody is there any more."""
        self._disconnected = True
        self._event.set()

    async def receive(self) -> dict[str, Any]:
        """Return what came of the body since the last time (ASGI)."""
        if self._continue and not self._body.is_complete:
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._continue = False
        while not self._disconnected and self._taken == len(self._body.data) and not self._body.is_complete:
            self._event.clear()
            await self._event.wait()
        if self._disconnected:
            return {"type": "http.disconnect"}
        body = bytes(self._body.data[self._taken :])
        self._taken += len(body)
        return {"type": "http.request", "body": body, "more_body": not self._body.is_complete}

    async def send(self, message: Any) -> None:
        """Collect the answer, and send it once it is complete (ASGI)."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._content += message.get("body", b"")
        if message.get("more_body", False) or self._disconnected:
            return
        if asyncio.get_running_loop().time() > self._deadline:
            self._connection.drop()
            return
        if self._body.is_broken or (not self._body.is_complete and self._continue):
            self.keep_alive = False
        self._answer = self._written()
        self._connection.write(self._answer)
        self._finish()

    def _finish(self) -> None:
        """Go on once the body was read to its end, or is too long to be read only to be thrown away."""
        if self._body.is_complete or not self.keep_alive:
            self._connection.answered(self.keep_alive)
        elif len(self._body.data) - self._taken > MOST_UNREAD:
            self._connection.answered(False)

    def _written(self) -> bytes:
        """Return the answer as net/http writes it: headers in alphabetical order, then its own."""
        status: int = self._start["status"]
        headers = {name.lower(): (name, value) for name, value in self._start["headers"]}
        body = bytes(self._content)
        is_head = self._head.method == "HEAD"
        is_counted = b"content-length" in headers
        says_close = (headers.get(b"connection") or (b"", b""))[1].lower() == b"close"
        if says_close or (self._head.length or 0) - self._taken > MOST_UNREAD:
            self.keep_alive = False
        guessed = headers.pop(GUESSED_TYPE) if headers.get(b"content-type", (b"", b""))[0] == GUESSED_TYPE else None
        lines = [name.title() + b": " + value for name, value in (headers[key] for key in sorted(headers))]
        lines.append(date_line())
        is_chunked = False
        if not is_counted and len(body) > MOST_SINGLE_WRITE and not is_head:
            is_chunked = self._head.minor > 0
            self.keep_alive = self.keep_alive and is_chunked
        elif not is_counted and (body or not is_head) and status not in (204, 304):
            lines.append(b"Content-Length: %d" % len(body))
        if guessed is not None:
            lines.append(b"Content-Type: " + guessed[1])
        if not self.keep_alive and self._head.minor > 0 and not says_close:
            lines.append(b"Connection: close")
        elif self.keep_alive and self._head.minor == 0:
            lines.append(b"Connection: keep-alive")
        if is_chunked:
            lines.append(b"Transfer-Encoding: chunked")
            body = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        line = b"HTTP/1.%d %d %s" % (min(self._head.minor, 1), status, HTTPStatus(status).phrase.encode())
        return b"\r\n".join([line, *lines, b"", b"" if is_head else body])


def date_line() -> bytes:
    """Return the header line that every answer ends with."""
    return b"Date: " + formatdate(usegmt=True).encode()
