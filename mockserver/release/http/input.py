"""What a client of a release's server sends, read by one coroutine: where that is slower, the client waits."""

import asyncio
from typing import Any

MOST_BUFFERED = 64 * 1024
"""Bytes that may lie unread before the client is made to wait."""
MOST_AT_ONCE = 64 * 1024
"""Bytes that are read before other connections get their turn."""
COST_OF_A_LINE = 64
"""A line takes about as much time as this many bytes."""


class Input:
    """The bytes of one connection: ``buffer`` holds what was received and not yet read, no more comes once it ended.

    ``is_awaited`` tells that it is the client who is waited for.
    """

    def __init__(self, transport: Any) -> None:
        self.buffer = bytearray()
        self._transport = transport
        self.has_ended = False
        self._is_paused = False
        self.is_awaited = False
        self._arrived = asyncio.Event()
        self._read = 0

    def feed(self, data: bytes) -> None:
        """Take what was received."""
        self.buffer += data
        if len(self.buffer) > MOST_BUFFERED and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._arrived.set()

    def end(self) -> None:
        """Say that nothing more will come."""
        self.has_ended = True
        self._arrived.set()

    def resume(self) -> None:
        """Let the client send again."""
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    async def more(self) -> bool:
        """Wait until more has come; False where nothing will."""
        if self.has_ended:
            return False
        self._arrived.clear()
        self.resume()
        self.is_awaited = True
        await self._arrived.wait()
        self.is_awaited = False
        return not self.has_ended

    async def at_least(self, count: int) -> bool:
        """Wait until some bytes are there; False where they never will be."""
        while len(self.buffer) < count:
            if not await self.more():
                return len(self.buffer) >= count
        return True

    def ready_line(self, most: int) -> bytes:
        """Take a line that is there already; nothing where `line` has to wait, or others are to have their turn.

        A head may have 100,000 lines, and a coroutine for each would take as long as all that is done with it.
        """
        end = self.buffer.find(b"\n", 0, most) + 1 if self._read <= MOST_AT_ONCE else 0
        if end:
            self._read += end + COST_OF_A_LINE
        taken = bytes(self.buffer[:end])
        del self.buffer[:end]
        return taken

    async def line(self, most: int) -> bytes | None:
        """Take a line with its end; None where that does not come within some bytes.

        The last line may lack its end; the empty one after it says that nothing more comes.
        """
        begin = 0
        while (end := self.buffer.find(b"\n", begin, most)) < 0:
            begin = len(self.buffer)
            if begin >= most:
                return None
            if not await self.more():
                end = len(self.buffer) - 1
                break
        return await self._take(end + 1, COST_OF_A_LINE)

    async def some(self, most: int) -> bytes:
        """Take the bytes that are there, up to some; wait for the first, nothing where none comes."""
        if not self.buffer:
            await self.more()
        return await self._take(min(most, len(self.buffer)), 0)

    async def _take(self, count: int, cost: int) -> bytes:
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        self._read += count + cost
        if self._read > MOST_AT_ONCE:
            self._read = 0
            await asyncio.sleep(0)
        return taken
