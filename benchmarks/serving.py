"""How the servers to compare with are served: uvicorn at its best, as the mock is."""

import json
import socket
from typing import Any, Literal

import uvicorn


def serve(app: Any, lifespan: Literal["on", "off"]) -> None:
    """Serve an ASGI application on a free port of 127.0.0.1 until SIGTERM, and print where, as the mock does."""
    # Without the protocol's number asyncio leaves Nagle's algorithm on, and answers wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan=lifespan,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run([listener])
