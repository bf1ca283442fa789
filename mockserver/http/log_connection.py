"""One WebSocket that follows the log: its frames, pings and end, as the contract's ``x-websocket`` has them.

The protocol itself is websockets' sans-I/O implementation. The log stream writes to the transport past it, several
frames at once, which is what makes the stream fast.
"""

import asyncio
from collections.abc import Callable, MutableSet
from dataclasses import dataclass
from typing import Any

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol

from mockserver.http.linger import linger
from mockserver.http.slices import Slices
from mockserver.log.stream import LogStream

SECONDS_TO_CLOSE = 2
"""After a close frame was sent, how long the peer has to take what is buffered before the connection is dropped."""
MOST_BYTES_AT_ONCE = 4096
"""Frames without content in so many bytes take 20 ms; all other clients wait for them."""
MOST_UNSENT = 64 * 1024
MOST_UNTAKEN = 1024 * 1024
"""Bytes; a client that sends so many, such as pings, while it has taken less than is left to it, is dropped."""


def strict_protocol(most_bytes: int) -> ServerProtocol:
    """Return what reads the frames of a client: messages over some bytes end the connection."""
    return ServerProtocol(state=State.OPEN, max_size=most_bytes)


@dataclass(frozen=True, slots=True)
class Manners:
    """What the contract says of every connection: times in seconds, sizes in bytes; and what reads frames by it."""

    ping_seconds: float
    pong_seconds: float
    most_bytes: int
    protocol: Callable[[int], ServerProtocol] = strict_protocol


def manners_of(websocket: dict[str, Any]) -> Manners:
    """Read the manners from an ``x-websocket``."""
    keep_alive = websocket["keepAlive"]
    return Manners(keep_alive["pingSeconds"], keep_alive["pongSeconds"], websocket["clientMessages"]["maxBytes"])


class LogConnection(asyncio.Protocol):
    """A connection whose handshake has succeeded, from its 101 answer to its end.

    It is what the log stream knows as ``Connection`` and what uvicorn keeps among its connections, to shut them down.
    """

    def __init__(
        self, transport: asyncio.Transport, manners: Manners, log_stream: LogStream, connections: MutableSet[Any]
    ) -> None:
        self._transport = transport
        self._manners = manners
        self._loop = asyncio.get_running_loop()
        self._websocket = manners.protocol(manners.most_bytes)
        self._connections = connections
        self._log_stream = log_stream
        self._connections.add(self)
        self._subscriber = log_stream.subscribe(self)
        self._slices = Slices(transport, self._loop, self._take, MOST_BYTES_AT_ONCE)
        self._untaken = 0
        self._is_ending = False
        self._pinged = False
        self._ping_timer = self._loop.call_later(manners.ping_seconds, self._ping)
        self._pong_timer = self._loop.call_later(manners.pong_seconds, self.abort)

    def write_frames(self, frames: bytes) -> None:
        """Send complete frames unless the connection is closing."""
        if self._websocket.state is State.OPEN:
            self._transport.write(frames)

    def unsent_bytes(self) -> int:
        """Return how much the peer has not taken."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Drop the connection without a close frame."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        self._slices.receive(data)

    def _take(self, data: bytes) -> None:
        """Read frames: pongs keep the connection, messages are discarded, a close or a breach ends it."""
        self._untaken = self._untaken + len(data) if self.unsent_bytes() > MOST_UNSENT else 0
        self._websocket.receive_data(data)
        for frame in self._websocket.events_received():
            if self._pinged and isinstance(frame, Frame) and frame.opcode is Opcode.PONG and not frame.data:
                self._pinged = False
                self._pong_timer.cancel()
                self._pong_timer = self._loop.call_later(self._manners.pong_seconds, self.abort)
        self._send()
        if self._untaken > MOST_UNTAKEN:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._forget()

    def _forget(self) -> None:
        self._slices.stop()
        self._connections.discard(self)
        self._log_stream.unsubscribe(self._subscriber)
        self._ping_timer.cancel()
        self._pong_timer.cancel()

    def shutdown(self) -> None:
        """Close because the server stops; uvicorn calls this."""
        if self._websocket.state is State.OPEN:
            self._websocket.send_close(CloseCode.GOING_AWAY)
            self._send()
        self._close()

    def _ping(self) -> None:
        if self._websocket.state is State.OPEN:
            self._pinged = True
            self._websocket.send_ping(b"")
            self._send()
            self._ping_timer = self._loop.call_later(self._manners.ping_seconds, self._ping)

    def _send(self) -> None:
        writes = self._websocket.data_to_send()
        if data := b"".join(writes):  # the end of what is sent is an empty piece
            self._transport.write(data)
        if SEND_EOF in writes:
            self._close()

    def _close(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self._forget()
        linger(self._transport, self._loop, self._connections)
        # A transport with a full buffer never finishes closing when the peer takes nothing.
        self._loop.call_later(SECONDS_TO_CLOSE, self._transport.abort)
