"""The usual design of a log stream, to compare with: an ASGI WebSocket with a queue for each reader.

``python -m benchmarks.queue_per_reader RATE READERS`` waits for so many readers, then puts so many lines of 105 bytes
a second into each one's queue. A queue that is full loses the line. GET answers 200 on every path.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from benchmarks.serving import serve

Message = MutableMapping[str, Any]
LINE = "2026-01-01 00:00:00.000 [INFO] [source:app] [metric:db_size] [rows:1] [cache:false] measurements fetched\n"
MOST_QUEUED = 5000
TICK_SECONDS = 0.01


class QueueApp:
    """The ASGI application; takes the lines a second, and the readers to wait for."""

    def __init__(self, rate: float, readers: int) -> None:
        self._rate = rate
        self._readers = readers
        self._queues: set[asyncio.Queue[str]] = set()
        self._producer: asyncio.Task[None] | None = None

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer a request, or feed a reader until it goes."""
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})
            return
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_QUEUED)
        await receive()
        await send({"type": "websocket.accept"})
        self._queues.add(queue)
        if len(self._queues) == self._readers and self._producer is None:
            self._producer = asyncio.create_task(self._produce())
        try:
            while True:
                await send({"type": "websocket.send", "text": await queue.get()})
        except OSError:  # the reader went
            pass
        finally:
            self._queues.discard(queue)

    async def _produce(self) -> None:
        due = 0.0
        clock = asyncio.get_running_loop().time
        before = clock()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = clock()
            # Late lines are made up for, within reason: more would hold up the readers for nothing.
            due = min(due + (now - before) * self._rate, self._rate / 10)
            before = now
            while due >= 1:
                due -= 1
                self._put_line()

    def _put_line(self) -> None:
        for queue in self._queues:
            if not queue.full():
                queue.put_nowait(LINE)


if __name__ == "__main__":
    serve(QueueApp(float(sys.argv[1]), int(sys.argv[2])), lifespan="off")
