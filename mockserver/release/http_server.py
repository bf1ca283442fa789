"""One connection of a release's server: HTTP/1 as Go's net/http speaks it, around an ASGI application.

uvicorn makes the instances and keeps them among its connections. The contract's own protocol is not used: a release
answers any method, writes its own framing errors, and closes where Go closes.
"""

import asyncio
from typing import Any

from mockserver.exchange import Headers
from mockserver.http_protocol import ABORT, TAKE_OVER, Terms
from mockserver.release.http_exchange import GoExchange, date_line
from mockserver.release.http_head import MOST_HEAD_BYTES, BadHead, Head, parse_head

SECONDS_TO_READ = 10
"""ReadTimeout and idle timeout of every release."""
SECONDS_TO_LINGER = 0.5


class GoProtocol(asyncio.Protocol):
    """One connection. Requests are answered one after the other; what comes early waits in the buffer.

    ``terms`` is set in a subclass, since uvicorn makes the instances.
    """

    terms: Terms

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._app = config.loaded_app
        self._state = server_state
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._buffer = bytearray()
        self._exchange: GoExchange | None = None
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
            lines = [
                b"HTTP/1.1 417 Expectation Failed",
                b"Connection: close",
                date_line(),
                b"Content-Length: 0",
                b"",
                b"",
            ]
            self._end_with(b"\r\n".join(lines))
            return
        if head.target == b"*" and head.method == "OPTIONS":
            self._transport.write(b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: 0", date_line(), b"", b""]))
            self._advance()
            return
        self._restart_timer(SECONDS_TO_READ)
        self._exchange = GoExchange(self, head)
        task = self._loop.create_task(self._run(self._exchange))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)
        self._exchange.feed(self._buffer)

    async def _run(self, exchange: GoExchange) -> None:
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


def _end_of_head(buffer: bytearray) -> tuple[int, int]:
    """Return where the head's last line ends and what comes after begins; -1 where the head is not complete."""
    found = [(at, at + len(end)) for end in (b"\r\n\r\n", b"\n\n", b"\n\r\n") if (at := buffer.find(end)) >= 0]
    return min(found, default=(-1, -1))
