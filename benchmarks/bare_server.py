"""The floor: an ASGI function under uvicorn that returns recorded answers, and does nothing else.

``python -m benchmarks.bare_server FILE`` takes the answers from a file that ``benchmarks.recording`` wrote.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from benchmarks.recording import read_recording
from benchmarks.serving import serve

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


def bare_app(recording: Path) -> App:
    """Return the function; what it sends is made here, once."""
    answers = {
        (recorded.method, recorded.path): (
            recorded.reads_body,
            {"type": "http.response.start", "status": recorded.status, "headers": recorded.raw_headers},
            {"type": "http.response.body", "body": recorded.body.encode()},
        )
        for recorded in read_recording(recording)
    }

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        reads_body, start, body = answers[scope["method"], scope["path"]]
        if reads_body:
            while (await receive()).get("more_body"):
                pass
        await send(start)
        await send(body)

    return app


if __name__ == "__main__":
    serve(bare_app(Path(sys.argv[1])), lifespan="off")
