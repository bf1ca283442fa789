"""What a client sends, handed on in slices: one for each turn of the loop, so that nobody else waits for a long one."""

import asyncio
from collections.abc import Callable
from typing import Any


class Slices:
    """The way from a transport to what takes its bytes.

    ``size`` is how many bytes are taken at once. It can be told to pause, as the transport itself, and while slices are
    left the client waits.
    """

    def __init__(
        self, transport: Any, loop: asyncio.AbstractEventLoop, take: Callable[[bytes], None], size: int
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._take = take
        self._size = size
        self._left = memoryview(b"")
        self._is_paused = False
        self._is_due = False

    def receive(self, data: bytes) -> None:
        """Hand on what was received: at once what is short."""
        if len(data) <= self._size and not self._left and not self._is_paused:
            self._take(data)
            return
        self._left = memoryview(bytes(self._left) + data)
        self._transport.pause_reading()
        self._schedule()

    def pause_reading(self) -> None:
        """Hand on nothing until it is told to resume."""
        self._is_paused = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on."""
        self._is_paused = False
        if self._left:
            self._schedule()
        else:
            self._transport.resume_reading()

    def stop(self) -> None:
        """Throw away what is left: the connection has ended."""
        self._left = memoryview(b"")

    def _schedule(self) -> None:
        if not self._is_due and not self._is_paused:
            self._is_due = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._is_due = False
        if self._is_paused or not self._left:
            return
        piece, self._left = bytes(self._left[: self._size]), self._left[self._size :]
        self._take(piece)
        if self._left:
            self._schedule()
        elif not self._is_paused:
            self._transport.resume_reading()
