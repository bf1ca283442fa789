"""One connection of a release's server: HTTP/1 as Go's net/http speaks it, around an ASGI application.

uvicorn makes the instances and keeps them among its connections. The contract's own protocol is not used: a release
answers any method, writes its own framing errors, and closes where Go closes.
"""

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from mockserver.exchange import Headers
from mockserver.http_protocol import ABORT, TAKE_OVER, Terms
from mockserver.release.go_url import unescape
from mockserver.release.http_head import MOST_HEAD_BYTES, BadHead, Head, parse_head

SECONDS_TO_READ = 10
"""ReadTimeout and idle timeout of every release."""
SECONDS_TO_WRITE = 10
MOST_SINGLE_WRITE = 2048
"""The buffer of net/http in bytes: a longer body is sent in chunks."""
SECONDS_TO_LINGER = 0.5
GUESSED_TYPE = b"content-type"
"""The name, in lower case, of a type that the handler has left to net/http: it is written after the length."""
MOST_UNREAD = 256 * 1024
"""Bytes of a body that net/http still reads when the handler has not."""


def http_protocol(terms: Terms) -> type["GoProtocol"]:
    """Return the class of a server's connections with these terms."""
    return type("Protocol", (GoProtocol,), {"terms": terms})


class GoProtocol(asyncio.Protocol):
    """One connection. Requests are answered one after the other; what comes early waits in the buffer."""

    terms: Terms

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._app = config.loaded_app
        self._state = server_state
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._buffer = bytearray()
        self._exchange: _Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_method = ""
        self._is_over = False

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        self._transport = transport
        self._state.connections.add(self)
        self._restart_timer(SECONDS_TO_READ)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._state.connections.discard(self)
        self._is_over = True
        self._stop_timer()
        if self._exchange is not None:
            self._exchange.disconnect()

    def shutdown(self) -> None:
        """Close because the server stops; uvicorn calls this."""
        self._is_over = True
        if self._exchange is None:
            self._transport.close()
        else:
            self._exchange.keep_alive = False

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        if self._is_over:
            return
        self._buffer += data
        self._advance()

    def _advance(self) -> None:
        """Go on as far as the buffer reaches: the body of the request under way, then the next head."""
        try:
            if self._exchange is not None:
                self._exchange.feed(self._buffer)
            if self._exchange is None and self._buffer:
                self._read_head()
        except BadHead as fault:
            self._refuse(fault)

    def _read_head(self) -> None:
        if self._last_method == "POST":  # net/http's tolerance for old clients
            del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))]
        end, after = _end_of_head(self._buffer)
        if end < 0:
            if len(self._buffer) > MOST_HEAD_BYTES:
                raise BadHead(431)
            if (first := self._buffer.find(b"\n")) >= 0:
                parse_head(bytes(self._buffer[:first]).rstrip(b"\r") + b"\nHost: x")
            return
        if after > MOST_HEAD_BYTES:
            raise BadHead(431)
        head = parse_head(bytes(self._buffer[:end]))
        del self._buffer[:after]
        self._last_method = head.method
        self._start(head)

    def _start(self, head: Head) -> None:
        if (expect := head.first(b"expect")) is not None and expect.lower() != b"100-continue":
            lines = [b"HTTP/1.1 417 Expectation Failed", b"Connection: close", _date(), b"Content-Length: 0", b"", b""]
            self._end_with(b"\r\n".join(lines))
            return
        if head.target == b"*" and head.method == "OPTIONS":
            self._transport.write(b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: 0", _date(), b"", b""]))
            self._advance()
            return
        self._restart_timer(SECONDS_TO_READ)
        self._exchange = _Exchange(self, head)
        task = self._loop.create_task(self._run(self._exchange))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)
        self._exchange.feed(self._buffer)

    async def _run(self, exchange: "_Exchange") -> None:
        await self._app(exchange.scope(), exchange.receive, exchange.send)

    def scope_extensions(self) -> dict[str, Any]:
        """Return what the application can do with the connection besides answering."""
        return {TAKE_OVER: self._take_over, ABORT: self.drop}

    def drop(self) -> None:
        """End the connection without an answer, as after a panic."""
        self._is_over = True
        self._transport.close()

    def answered(self, keep_alive: bool) -> None:
        """Go on after an answer: with the next request, or to the end."""
        self._exchange = None
        self._state.total_requests += 1
        if keep_alive and not self._is_over:
            self._restart_timer(SECONDS_TO_READ)
            self._advance()
        else:
            self._end_with(b"")

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def body_is_read(self) -> None:
        """Stop the time that a request has to arrive."""
        self._stop_timer()

    def _refuse(self, fault: BadHead) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.disconnect()
        self._end_with(fault.answer())

    def _end_with(self, data: bytes) -> None:
        """Send bytes, and close once the client has had time to read them: closing at once could reset."""
        self._is_over = True
        self._stop_timer()
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(SECONDS_TO_LINGER, self._transport.close)

    def _take_over(self, headers: Headers) -> None:
        """Answer 101 and make a WebSocket of this connection; gorilla accepts nothing that came before."""
        self._is_over = True
        self._stop_timer()
        self._state.connections.discard(self)
        exchange, self._exchange = self._exchange, None
        has_body = exchange is not None and exchange.has_body
        if exchange is not None:
            exchange.disconnect()
        if self._buffer or has_body:
            self._transport.close()
            return
        lines = [name + b": " + value for name, value in headers]
        self._transport.write(b"\r\n".join([b"HTTP/1.1 101 Switching Protocols", *lines, b"", b""]))
        terms = self.terms
        self._transport.set_protocol(
            terms.connection(self._transport, terms.websocket, terms.log_stream, self._state.connections)
        )

    def _restart_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, self.drop)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def details(self) -> dict[str, Any]:
        """Return what ASGI says of both ends."""
        get = self._transport.get_extra_info
        return {"client": get("peername"), "server": get("sockname")}


class _Exchange:
    """One request and its answer."""

    def __init__(self, connection: GoProtocol, head: Head) -> None:
        self._connection = connection
        self._head = head
        self._body = _Body(head.length)
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
        lines.append(_date())
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


class _Body:
    """A request's body as it comes in; ``length`` None means chunks."""

    def __init__(self, length: int | None) -> None:
        self.data = bytearray()
        self.is_complete = length == 0
        self.is_broken = False
        self._left = length
        self._chunk = -1
        self._in_trailer = False

    def feed(self, buffer: bytearray) -> None:
        """Take bytes out of a buffer. What is no chunk ends the body; the handler sees what came before."""
        if self._left is not None:
            part = buffer[: self._left]
            self.data += part
            del buffer[: len(part)]
            self._left -= len(part)
            self.is_complete = self._left == 0
            return
        while buffer and not self.is_complete and self._feed_chunk(buffer):
            pass

    def _feed_chunk(self, buffer: bytearray) -> bool:
        """Take the next piece; False where it is not there yet."""
        if self._chunk > 0:
            part = buffer[: self._chunk]
            self.data += part
            del buffer[: len(part)]
            self._chunk -= len(part)
            return True
        end = buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(buffer[:end]).strip(b"\r ")
        del buffer[: end + 1]
        if self._in_trailer:
            self.is_complete = line == b""
        elif self._chunk == 0:
            self._chunk = -1
        else:
            self._begin_chunk(line)
        return True

    def _begin_chunk(self, line: bytes) -> None:
        try:
            self._chunk = int(line.partition(b";")[0], 16)
        except ValueError:
            self.is_complete = self.is_broken = True
            return
        self._in_trailer = self._chunk == 0


def _date() -> bytes:
    return b"Date: " + formatdate(usegmt=True).encode()


def _end_of_head(buffer: bytearray) -> tuple[int, int]:
    """Return where the head's last line ends and what comes after begins; -1 where the head is not complete."""
    found = [(at, at + len(end)) for end in (b"\r\n\r\n", b"\n\n", b"\n\r\n") if (at := buffer.find(end)) >= 0]
    return min(found, default=(-1, -1))
