"""The end of a connection whose client may still be sending: to close at once would reset it, and lose the answer."""

import asyncio
from collections.abc import MutableSet
from typing import Any

SECONDS_TO_LINGER = 1
"""How long a client may go on sending: enough for its answer to arrive."""
SECONDS_TO_TAKE = 10
"""How long after that the client may take the rest of its answer."""
MOST_DRAINED = 1 << 20
"""Bytes that are read only to be thrown away; what comes after waits with the client."""


def linger(transport: Any, loop: asyncio.AbstractEventLoop, connections: MutableSet[Any]) -> None:
    """End a connection after its last answer: send no more, let the client finish, and close.

    ``connections`` are those that the server closes when it stops.
    """
    if not transport.is_closing():
        transport.set_protocol(_Lingering(transport, loop, connections))


class _Lingering(asyncio.Protocol):
    """What takes the place of a connection's protocol at its end."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, connections: MutableSet[Any]
    ) -> None:
        self._transport = transport
        self._connections = connections
        self._drained = 0
        self._loop = loop
        self._timer = loop.call_later(SECONDS_TO_LINGER, self._close)
        connections.add(self)
        transport.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()

    def data_received(self, data: bytes) -> None:
        """Throw away what comes."""
        self._drained += len(data)
        if self._drained > MOST_DRAINED:
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """Close: the client has ended too."""

    def _close(self) -> None:
        """Close once the client has taken what is buffered, which one that never reads is not waited for."""
        self._transport.close()
        self._timer = self._loop.call_later(SECONDS_TO_TAKE, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._timer.cancel()
        self._connections.discard(self)

    def shutdown(self) -> None:
        """Close because the server stops; uvicorn calls this."""
        self._transport.close()
