"""Serves an application with uvicorn: API and log stream on one port."""

import errno
import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import uvicorn

from mockserver.errors import StartupError
from mockserver.http.cors import Cors
from mockserver.http.log_connection import manners_of
from mockserver.http.protocol import Terms
from mockserver.serving.backend import Backend

SECONDS_TO_STOP = 3


def open_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket on a host's first address; port 0 takes a free one.

    Raises StartupError where the address cannot be had.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name of a host"
        raise StartupError(f"--host {host!r} is no address of this machine: {reason}") from None
    try:
        # The protocol must be named: asyncio switches Nagle's algorithm off only then, and answers wait 40 ms else.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        is_elsewhere = error.errno == errno.EADDRNOTAVAIL
        hint = "; choose another with --port, or --port 0 for a free one" if port and not is_elsewhere else ""
        hint = "; --host must be an address of this machine" if is_elsewhere else hint
        raise StartupError(f"cannot listen on {host} port {port}: {error.strerror}{hint}") from None
    return listener


def create_server(app: Any, backend: Backend, on_start: Callable[[], None]) -> uvicorn.Server:
    """Return what serves an application on a listening socket until SIGINT or SIGTERM (``run([listener])``).

    ``on_start`` is called once the first request can be answered.
    """
    # uvicorn logs query strings, which can hold tokens.
    logging.getLogger("uvicorn").disabled = logging.getLogger("uvicorn.error").disabled = True
    manners = backend.contract.manners
    terms = Terms(
        most_head_bytes=manners["headersTooLarge"]["limit"],
        cors=Cors(manners["cors"], backend.settings.cors_origins).headers(None),
        websocket=replace(manners_of(backend.contract.websocket()), protocol=backend.parts.frames),
        log_stream=backend.log_stream,
        connection=backend.parts.log_connection,
    )
    config = uvicorn.Config(
        app,
        http=type("Protocol", (backend.parts.protocol,), {"terms": terms}),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=SECONDS_TO_STOP,
    )
    return _Server(config, backend, on_start)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, backend: Backend, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._backend = backend
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()

    def handle_exit(self, sig: int, frame: Any) -> None:
        # uvicorn raises the signal again once it has stopped, and the process would end as if it had been killed.
        self._backend.stopping = True
        self.force_exit = self.should_exit
        self.should_exit = True


def raise_file_limit() -> None:
    """Allow as many open connections as the system lets this process have."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  # there is none on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
