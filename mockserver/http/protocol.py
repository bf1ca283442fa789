"""uvicorn's HTTP protocol with the manners of the contract: limits, refusals in one line, and the way to a WebSocket.

Every request is answered by the application, a WebSocket handshake too: refusals of handshakes are those of all
operations. Where the application answers 101 it takes the connection over by the function in the scope.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.http.exchange import Headers, refuse
from mockserver.http.linger import linger
from mockserver.http.log_connection import LogConnection, Manners
from mockserver.http.slices import Slices
from mockserver.log.handshake import asks_for_websocket
from mockserver.log.stream import LogStream

TAKE_OVER = "pgwatch_contract.take_over"
"""The name of the function in a scope's extensions: it takes the headers of the 101 answer."""
ABORT = "pgwatch_contract.abort"
"""The name of the function there that drops the connection; only servers that drop some put it in."""
SECONDS_TO_ARRIVE = 30
"""How long a request may take to arrive, from its first byte to its last."""
MOST_BYTES_AT_ONCE = 16 * 1024
"""Small requests of so many bytes take 20 ms; all other clients wait for them."""
# Called by name instead of super(), and without asking twice about upgrades, these save 6% of a request's CPU.
_on_headers_complete = HttpToolsProtocol.on_headers_complete
_on_body = HttpToolsProtocol.on_body
_on_response_complete = HttpToolsProtocol.on_response_complete


@dataclass(frozen=True, slots=True)
class Terms:
    """What the protocol needs to know: the largest head in bytes, CORS headers, and all about WebSockets.

    ``connection`` is the class of a connection that has become a WebSocket.
    """

    most_head_bytes: int
    cors: Headers
    websocket: Manners
    log_stream: LogStream
    connection: type[LogConnection]


class _BadHead(Exception):
    """A head that can be parsed and is no request all the same; the text says why, in one line."""


class _Flow(FlowControl):
    """Whether a connection is read. Not while requests wait for the one before them: they would fill the memory."""

    def __init__(self, protocol: "ContractProtocol") -> None:
        super().__init__(protocol.slices)  # type: ignore[arg-type]  # it pauses and resumes, nothing else
        self._protocol = protocol

    def resume_reading(self) -> None:
        """Go on, unless there is more than the next request to answer."""
        if len(self._protocol.pipeline) <= 1:
            super().resume_reading()


class _Transport:
    """A connection's transport as uvicorn sees it: to close it is to let the client finish first."""

    def __init__(self, transport: Any, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self.close = close
        self._transport = transport
        self.is_ending = False

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self.is_ending or bool(self._transport.is_closing())


class ContractProtocol(HttpToolsProtocol):
    """One connection. ``terms`` is set in a subclass, since uvicorn makes the instances."""

    terms: Terms
    head_bytes = 0
    hosts = 0
    in_head = True
    is_refused = False
    wants_upgrade = False
    is_held = False
    refusal = b""
    unanswered = 0
    has_all = False
    timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin; who then says nothing is not waited for longer than one who has asked before."""
        super().connection_made(transport)
        self.real_transport = transport
        self.transport: Any = _Transport(transport, self._end)
        self.slices = Slices(transport, self.loop, self._take, MOST_BYTES_AT_ONCE)
        self.flow = _Flow(self)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.slices.stop()
        self._stop_timer()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio lets it say whether the connection stays
        """Close, unless the client, who sends no more, still waits for answers to what it has sent."""
        self._drop_begun_request()
        self.has_all = True
        return self.unanswered > 0

    def shutdown(self) -> None:
        """Close because the server stops; nobody is waited for who is not waiting for an answer."""
        if self.unanswered == 0:
            self.real_transport.close()
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        self.slices.receive(data)

    def _take(self, data: bytes) -> None:
        """Read a slice."""
        if self.is_refused or self.wants_upgrade:
            return
        self.head_bytes += len(data)
        if self.head_bytes > self.terms.most_head_bytes:
            self._refuse(431, f"request headers are larger than {self.terms.most_head_bytes} bytes")
            return
        self._unset_keepalive_if_required()
        try:
            while data:
                data = self._feed(data)
        except httptools.HttpParserError as error:
            fault = error.__context__  # what a callback has raised
            self._refuse(400, str(fault) if isinstance(fault, _BadHead) else "not a valid HTTP request")
        if self.head_bytes == 0:
            self._stop_timer()
        elif self.timer is None and not self.is_refused:
            self.timer = self.loop.call_later(SECONDS_TO_ARRIVE, self._give_up)

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _give_up(self) -> None:
        self.timer = None
        self._refuse(408, f"the request has not arrived within {SECONDS_TO_ARRIVE} seconds")

    def _feed(self, data: bytes) -> bytes:
        """Let the parser read; return what it must be fed next, where it stopped at a head that asks for an upgrade.

        A handshake waits for the application. Any other upgrade is ignored: a new parser reads the head without it.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self.parser.get_method() == b"CONNECT":
                self._refuse(400, "this server is no proxy: CONNECT is not possible")
                return b""
            if not self._is_handshake():
                head = self._head_without_upgrade()
                self.parser = httptools.HttpRequestParser(self)
                return head + data[upgrade.args[0] :]
            self.wants_upgrade = True
            extensions: Any = {TAKE_OVER: self._take_over}
            self.scope["extensions"] = extensions
            self.cycle.keep_alive = False
        return b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header as uvicorn's own method does, and count hosts; to call that one would take 1% more CPU.

        Trailers come here too; they are not asked for, and are no headers.
        """
        if not self.in_head:
            return
        name = name.lower()
        if name == b"host":
            self.hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the request, unless its head must be read again without the wish for an upgrade."""
        if self.hosts != 1 and (fault := self._fault_of_hosts()):
            raise _BadHead(fault)
        self.in_head = False
        self.is_held = self.parser.should_upgrade() and not self._is_handshake()
        if not self.is_held:
            _on_headers_complete(self)
            self.unanswered += 1

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body. What comes without one, such as trailers, counts as a head does."""
        self.head_bytes = 1
        _on_body(self, body)

    def on_message_complete(self) -> None:
        """Finish the request, unless it is not yet started. What is done is what uvicorn's own method does."""
        self.in_head = True
        self.head_bytes = 0
        self.hosts = 0
        if not self.is_held and not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def _fault_of_hosts(self) -> str:
        """Return what is wrong with the number of hosts of a request that has not exactly one; empty if nothing is."""
        if self.hosts > 1:
            return "a request has one Host header, this one has more"
        return "" if self.parser.get_http_version() == "1.0" else "a request of HTTP/1.1 needs a Host header"

    def _should_upgrade(self) -> bool:
        """Keep uvicorn from making ASGI's WebSocket of a request: here all are answered over HTTP."""
        return False

    def _is_handshake(self) -> bool:
        """Say whether the upgrade that a request asks for is left to the application."""
        return asks_for_websocket(self.headers)

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _take_over(self, headers: Headers) -> None:
        """Answer 101 and make a WebSocket of this connection; the application sends nothing more."""
        lines = [name.title() + b": " + value for name, value in headers]
        transport, terms = self.real_transport, self.terms
        transport.write(b"\r\n".join([b"HTTP/1.1 101 Switching Protocols", *lines, b"", b""]))
        self.connections.discard(self)
        self.cycle.disconnected = True
        self._stop_timer()
        transport.resume_reading()
        transport.set_protocol(terms.connection(transport, terms.websocket, terms.log_stream, self.connections))

    def on_response_complete(self) -> None:
        """Go on with the next request, or with the refusal of what came after the last one."""
        self.unanswered -= 1
        _on_response_complete(self)
        if self.unanswered == 0 and self.is_refused:
            self._send_refusal()
        elif self.unanswered == 0 and self.has_all:
            self._end()

    def _refuse(self, status: int, message: str) -> None:
        """Answer what cannot be read as a request, after the requests before it, and end the connection."""
        self.is_refused = True
        self._stop_timer()
        refusal = refuse(status, message, *self.terms.cors, (b"connection", b"close"))
        lines = [name + b": " + value for name, value in refusal.headers]
        reason = HTTPStatus(status).phrase.encode()
        self.refusal = b"\r\n".join([b"HTTP/1.1 %d %s" % (status, reason), *lines, b"", refusal.body])
        self._drop_begun_request()
        if self.unanswered == 0:
            self._send_refusal()

    def _drop_begun_request(self) -> None:
        """Forget a request whose body is not complete, and never will be."""
        begun = self.cycle
        if begun is None or begun.response_complete or not begun.more_body:
            return
        self.pipeline = deque(entry for entry in self.pipeline if entry[0] is not begun)
        begun.disconnected = True
        begun.waiting_for_100_continue = False
        begun.message_event.set()
        self.unanswered -= 1

    def _send_refusal(self) -> None:
        """Send the refusal, and end the connection."""
        self.transport.write(self.refusal)
        self._end()

    def _end(self) -> None:
        """Close the connection once the client has had time to read what it was sent."""
        if self.transport.is_closing():
            return
        if self.has_all:
            self.real_transport.close()
            return
        self.transport.is_ending = True
        linger(self.real_transport, self.loop, self.connections)
        self.connection_lost(None)
