"""Serves an application over HTTP and WebSocket with uvicorn, on one port."""

import logging
import socket
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.backend import Backend
from mockserver.errors import StartupError
from mockserver.handshake import handshake_fault
from mockserver.log_socket import LogSocketProtocol

SECONDS_TO_STOP = 3
_UNREAD_HEAD = b"request headers are larger than %d bytes\n"


def open_socket(host: str, port: int) -> socket.socket:
    """Return a listening-ready socket on a host's first address; port 0 takes a free one.

    Raises StartupError where the address cannot be had.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol must be named: asyncio switches Nagle's algorithm off only then, and answers wait 40 ms else.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        hint = "; choose another with --port, or --port 0 for a free one" if port else ""
        raise StartupError(f"cannot listen on {host} port {port}: {error.strerror}{hint}") from None
    return listener


def serve(app: Any, backend: Backend, listener: socket.socket, on_start: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``on_start`` is called once the first request can be answered."""
    websocket = backend.contract.websocket()
    keep_alive = websocket["keepAlive"]
    # uvicorn logs query strings, which can hold tokens, and each refused handshake as an error.
    logging.getLogger("uvicorn").disabled = logging.getLogger("uvicorn.error").disabled = True
    config = uvicorn.Config(
        app,
        http=_http_protocol(backend),
        ws=LogSocketProtocol,
        ws_max_size=websocket["clientMessages"]["maxBytes"],
        ws_ping_interval=keep_alive["pingSeconds"],
        ws_ping_timeout=keep_alive["pongSeconds"] - keep_alive["pingSeconds"],
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=SECONDS_TO_STOP,
    )
    _Server(config, backend, on_start).run([listener])


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


def _http_protocol(backend: Backend) -> type[HttpToolsProtocol]:
    """Return uvicorn's HTTP protocol with the contract's limits, and its WebSocket paths.

    Only a well-formed handshake on such a path becomes a WebSocket; any other request is answered as HTTP, where
    authentication and refusals are the same as for all operations.
    """
    contract = backend.contract
    most_bytes: int = contract.manners["headersTooLarge"]["limit"]
    version: int = contract.websocket()["handshake"]["version"]
    paths = {
        f"{backend.settings.base_path}{path}"
        for path, item in contract.specification["paths"].items()
        if "x-websocket" in item.get("get", {})
    }

    class Protocol(HttpToolsProtocol):
        unread_head = 0
        in_head = True

        def data_received(self, data: bytes) -> None:
            if self.in_head:
                self.unread_head += len(data)
                if self.unread_head > most_bytes:
                    self._refuse_head()
                    return
            super().data_received(data)

        def on_message_begin(self) -> None:
            self.in_head = True
            self.unread_head = 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self.in_head = False
            super().on_headers_complete()

        def _should_upgrade(self) -> bool:
            path = unquote(self.url.partition(b"?")[0].decode("latin-1"))
            return (
                path in paths
                and self.scope["method"] == "GET"
                and handshake_fault(dict(reversed(self.headers)), version) is None
            )

        def _unsupported_upgrade_warning(self) -> None:
            # The parser reads nothing after a request that asks for an upgrade, so it is the connection's last.
            if self.cycle is not None:
                self.cycle.keep_alive = False

        def _refuse_head(self) -> None:
            body = _UNREAD_HEAD % most_bytes
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
                b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
            )
            self.transport.close()

    return Protocol


def raise_file_limit() -> None:
    """Allow as many open connections as the system lets this process have."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  # there is none on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
