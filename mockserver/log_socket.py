"""The WebSocket behind ``GET /log``: uvicorn's protocol with the manners of the contract's ``x-websocket``."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from mockserver.log_stream import Connection, LogStream

CONNECTION = "pgwatch_contract.connection"
GOING_AWAY = 1001
SECONDS_TO_CLOSE = 2
"""After a close frame was sent, how long the peer has to take what is buffered before the connection is dropped."""


class LogSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection. It is the ``Connection`` that the log stream writes to, past ASGI's queue.

    ASGI has no word for "several frames at once", and one write for each reader and flush is what makes the stream
    fast. The application finds the connection in the scope's extensions.
    """

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake and lay this connection into the scope."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[CONNECTION] = self

    def write_frames(self, frames: bytes) -> None:
        """Send complete frames unless the connection is closing."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(frames)

    def unsent_bytes(self) -> int:
        """Return how much the peer has not taken."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """Drop the connection without a close frame."""
        self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """Discard what the client says, and keep reading: pongs come on the same way."""
        self.frames = []

    def send_keepalive_ping(self) -> None:
        """Send an empty ping, as pgwatch does (uvicorn's has a random payload), and wait for the pong."""
        self.pending_ping_payload = b""
        self.ping_sent_at = self.loop.time()
        self.conn.send_ping(self.pending_ping_payload)
        self.write_frames(b"".join(self.conn.data_to_send()))
        self.pong_timer = self.loop.call_later(self.ping_timeout or 0, self.keepalive_timeout)

    def keepalive_timeout(self) -> None:
        """Drop a client that answers no ping. A polite close would wait for a full buffer that nobody empties."""
        self.abort()

    def handle_parser_exception(self) -> None:
        """Close after a breach of protocol (1002) or a message over the limit (1009)."""
        super().handle_parser_exception()
        self.loop.call_later(SECONDS_TO_CLOSE, self.abort)

    def shutdown(self) -> None:
        """Close because the server stops."""
        self.stop_keepalive()
        if self.handshake_complete and not self.close_sent:
            self.close_sent = True
            self.conn.send_close(GOING_AWAY)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
        self.transport.close()
        self.loop.call_later(SECONDS_TO_CLOSE, self.abort)


async def serve_log(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    log_stream: LogStream,
) -> None:
    """Accept a WebSocket (ASGI) and let it follow the log until it closes."""
    connection: Connection = scope["extensions"][CONNECTION]
    await receive()
    await send({"type": "websocket.accept"})
    subscriber = log_stream.subscribe(connection)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        log_stream.unsubscribe(subscriber)
