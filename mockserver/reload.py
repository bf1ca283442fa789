"""``--reload``: serves the files it was started with as they change, and the last good ones while one is wrong."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mockserver.app import create_app
from mockserver.backend import Backend
from mockserver.errors import StartupError

POLL_SECONDS = 0.25
Stamps = dict[Path, tuple[int, int]]


class Reloading:
    """An ASGI application in front of another, which it replaces when the contract changes.

    A changed contract keeps all sources, tokens and log readers; changed sources or metrics replace those there are.
    ``create`` makes the application anew. A file counts once two looks in a row have found it the same: an editor may
    not have written it to its end before.
    """

    def __init__(self, app: Any, backend: Backend, create: Callable[[Any], Any] = create_app) -> None:
        self._app = app
        self._create = create
        self._backend = backend
        settings = backend.settings
        self._contract = self._contract_seen = stamps(settings.spec)
        self._configuration = self._configuration_seen = stamps(settings.sources, settings.metrics)
        self._watching: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on (ASGI); begin to watch when the server starts."""
        if scope["type"] == "lifespan":
            self._watching = asyncio.create_task(self._watch())
        await self._app(scope, receive, send)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                self.look()
            except StartupError as error:
                self._backend.console.error(f"not reloaded, the old files stay: {error}")

    def look(self) -> None:
        """Reload what changed before the last look and not since; raises StartupError, once, for a wrong change."""
        backend, settings = self._backend, self._backend.settings
        contract_before, self._contract_seen = self._contract_seen, stamps(settings.spec)
        configuration_before = self._configuration_seen
        self._configuration_seen = stamps(settings.sources, settings.metrics)
        if self._contract_seen == contract_before != self._contract:
            self._contract = contract_before
            before, backend.contract = backend.contract, backend.load_contract()
            try:
                self._app = self._create(backend)
            except StartupError:
                backend.contract = before
                raise
            backend.console.note(f"reloaded the contract, version {backend.contract.version}")
        if self._configuration_seen == configuration_before != self._configuration:
            self._configuration = configuration_before
            backend.console.note(f"reloaded {backend.load_configuration()}")


def stamps(*places: Path) -> Stamps:
    """Return, for each file at the places (files, or folders of files), when it was changed and its size in bytes."""
    files = [file for place in places for file in ([place] if not place.is_dir() else place.rglob("*"))]
    return {file: (stat.st_mtime_ns, stat.st_size) for file in files if (stat := _stat(file))}


def _stat(file: Path) -> Any:
    try:
        return file.stat()
    except OSError:
        return None
