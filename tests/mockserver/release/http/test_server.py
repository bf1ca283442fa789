"""One connection of a release's server, with a transport that is no more."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from mockserver.release.http.server import GoProtocol


class LostTransport:
    """What uvloop leaves of a connection that its client has reset: whatever is written raises RuntimeError."""

    def __init__(self) -> None:
        self.protocol: Any = None

    def get_protocol(self) -> Any:
        """Return who had it last."""
        return self.protocol

    def is_closing(self) -> bool:
        """It is closed."""
        return True

    def write(self, data: bytes) -> None:
        """Refuse, as uvloop does."""
        raise RuntimeError("unable to perform operation; the handler is closed")

    def resume_reading(self) -> None:
        """Do nothing, as uvloop does."""

    pause_reading = close = abort = resume_reading


@pytest.mark.parametrize(
    "data",
    [
        b"\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2_000_000,
        b"GET / HTTP/1.1\r\nHost: a\r\nExpect: nothing\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["no HTTP", "two hosts", "too large", "odd Expect", "asterisk"],
)
def test_nothing_is_written_to_a_client_that_is_gone(data: bytes) -> None:
    """A client that resets its connection before its request was read leaves no traceback."""

    async def serve() -> list[BaseException | None]:
        state = SimpleNamespace(connections=set(), tasks=set(), total_requests=0)
        protocol = GoProtocol(SimpleNamespace(loaded_app=None), state, {})
        transport = LostTransport()
        transport.protocol = protocol
        protocol.connection_made(transport)
        tasks = list(state.tasks)
        await asyncio.sleep(0)  # now it waits for a request
        protocol.data_received(data)
        protocol.connection_lost(None)
        await asyncio.wait(tasks, timeout=20)
        return [task.exception() for task in tasks]

    assert asyncio.run(serve()) == [None]
