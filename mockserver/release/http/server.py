"""One connection of a release's server: HTTP/1 as Go's net/http speaks it, around an ASGI application.

uvicorn makes the instances and keeps them among its connections. The contract's own protocol is not used: a release
answers any method, writes its own framing errors, and closes where Go closes. As there, one coroutine reads a
request, answers it, and then reads the next; what comes early waits, and keeps its sender waiting.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from mockserver.http.exchange import Headers
from mockserver.http.linger import linger
from mockserver.http.protocol import ABORT, TAKE_OVER, Terms
from mockserver.release.http.exchange import GoExchange
from mockserver.release.http.head import BadHead, Head, has_token, read_head
from mockserver.release.http.input import Input

SECONDS_TO_READ = 10
"""ReadTimeout and idle timeout of every release."""
_BYTES_OF_A_REQUEST = 4
"""After an answer net/http waits for so many before it counts them as a request."""


class GoProtocol(asyncio.Protocol):
    """One connection. ``terms`` is set in a subclass, since uvicorn makes the instances."""

    terms: Terms

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._app = config.loaded_app
        self._state = server_state
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._input: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._can_write = asyncio.Event()
        self._can_write.set()
        self._is_idle = True
        self._is_over = False
        self._is_lost = False

    def connection_made(self, transport: Any) -> None:
        """Begin to serve."""
        self._transport = transport
        self._input = Input(transport)
        self._state.connections.add(self)
        task = self._loop.create_task(self._serve())
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._state.connections.discard(self)
        self._is_over = self._is_lost = True
        self._stop_timer()
        self._input.end()
        self._can_write.set()

    def shutdown(self) -> None:
        """Close because the server stops; uvicorn calls this."""
        self._is_over = True
        if self._is_idle:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        self._input.feed(data)

    def eof_received(self) -> bool:
        """Take it that the client sends no more: it may still wait for answers."""
        self._input.end()
        return True

    def pause_writing(self) -> None:
        """Wait: the client does not read."""
        self._can_write.clear()

    def resume_writing(self) -> None:
        """Go on."""
        self._can_write.set()

    async def _serve(self) -> None:
        """Answer one request after the other, to the end of the connection."""
        last_method = ""
        try:
            while not self._is_over:
                head = await self._next_head(last_method)
                if head is None:
                    break
                last_method = head.method
                if not await self._answer(head):
                    break
                await asyncio.sleep(0)  # who sends many requests at once takes turns with others
        except BadHead as fault:
            if not self._is_lost:  # uvloop raises RuntimeError for what is written to a closed connection
                self._transport.write(fault.answer())
        if not self._is_lost and self._transport.get_protocol() is self:
            self._is_over = True
            self._stop_timer()
            self._end()

    def _end(self) -> None:
        if self._input.has_ended:
            self._transport.close()
        else:
            linger(self._transport, self._loop, self._state.connections)

    async def _next_head(self, last_method: str) -> Head | None:
        self._restart_timer(SECONDS_TO_READ)
        if last_method and not await self._input.at_least(_BYTES_OF_A_REQUEST):
            return None
        if last_method:
            self._restart_timer(SECONDS_TO_READ)
        if last_method == "POST":  # net/http's tolerance for old clients
            begin = self._input.buffer[:_BYTES_OF_A_REQUEST]
            await self._input.some(len(begin) - len(begin.lstrip(b"\r\n")))
        head = await read_head(self._input)
        self._is_idle = head is None
        return head

    async def _answer(self, head: Head) -> bool:
        """Answer a request; say whether the connection goes on."""
        exchange = GoExchange(self, head, self._input)
        expected = head.first(b"expect")
        if head.length == 0:
            self._stop_timer()
        if expected and not has_token(expected, b"100-continue"):
            await exchange.refuse_expectation()
        elif head.target == b"*" and head.method == "OPTIONS":
            await exchange.answer_asterisk()
        else:
            await self._app(exchange.scope(), exchange.receive, exchange.send)
        self._state.total_requests += 1
        if not self._is_over:
            await exchange.finish()
        self._is_idle = True
        return exchange.keeps_alive

    def scope_extensions(self) -> dict[str, Any]:
        """Return what the application can do with the connection besides answering."""
        return {TAKE_OVER: self._take_over, ABORT: self.drop}

    def drop(self) -> None:
        """End the connection without an answer, as after a panic, or where a client takes too long."""
        self._is_over = True
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    async def write(self, data: Sequence[bytes], deadline: float) -> None:
        """Send bytes, and wait until the client has taken most of them; drop it where it does not in time."""
        if self._is_over and self._transport.is_closing():
            return
        self._transport.writelines(data)
        if not self._can_write.is_set():
            timer = self._loop.call_at(deadline, self.drop)
            await self._can_write.wait()
            timer.cancel()

    def body_is_read(self) -> None:
        """Stop the time that a request has to arrive."""
        self._stop_timer()

    def is_lost(self) -> bool:
        """Whether nobody is there any more."""
        return self._is_lost

    def _take_over(self, headers: Headers) -> None:
        """Answer 101 and make a WebSocket of this connection; gorilla accepts nothing that came before."""
        self._is_over = True
        self._stop_timer()
        if self._input.buffer or self._is_lost:
            self._transport.close()
            return
        self._state.connections.discard(self)
        self._input.resume()
        lines = [name + b": " + value for name, value in headers]
        self._transport.write(b"\r\n".join([b"HTTP/1.1 101 Switching Protocols", *lines, b"", b""]))
        terms = self.terms
        self._transport.set_protocol(
            terms.connection(self._transport, terms.websocket, terms.log_stream, self._state.connections)
        )

    def _restart_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        """Drop a client that has not sent what it should; where it has, and the server is late, it gets more time."""
        if self._input.is_awaited:
            self.drop()
        else:
            self._restart_timer(SECONDS_TO_READ)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def details(self) -> dict[str, Any]:
        """Return what ASGI says of both ends."""
        get = self._transport.get_extra_info
        return {"client": get("peername"), "server": get("sockname")}
