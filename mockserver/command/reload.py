"""``--reload``: serves the files it was started with as they change, and the last good ones while one is wrong."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mockserver.errors import StartupError
from mockserver.memory.config_entries import files_at
from mockserver.serving.app import create_app
from mockserver.serving.backend import Backend

POLL_SECONDS = 0.25
Stamps = dict[Path, tuple[int, int, int]]
T = TypeVar("T")


class Reloading:
    """An ASGI application in front of another, which it replaces when the contract changes.

    A changed contract keeps all sources, tokens and log readers; changed sources or metrics replace those there are.
    ``create`` makes the application anew. A file counts once two looks in a row have found it the same: an editor may
    not have written it to its end before. Files are read beside the serving, by a thread.
    """

    def __init__(self, app: Any, backend: Backend, create: Callable[[Any], Any] = create_app) -> None:
        self._app = app
        self._create = create
        self._backend = backend
        self._contract = self._contract_seen = stamps([backend.settings.spec])
        self._configuration = self._configuration_seen = self._configuration_stamps()
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
                await self.look()
            except StartupError as error:
                self._backend.console.error(f"not reloaded, the old files stay: {error}")
            except Exception as error:  # noqa: BLE001  # whatever one file does, the next one must be loaded
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                self._backend.console.error(f"not reloaded, the old files stay: the mock server failed: {reason}")

    async def look(self) -> None:
        """Reload what changed before the last look and not since; raises StartupError, once, for a wrong change."""
        backend = self._backend
        contract_before, self._contract_seen = self._contract_seen, stamps([backend.settings.spec])
        configuration_before, self._configuration_seen = self._configuration_seen, self._configuration_stamps()
        if self._contract_seen == contract_before != self._contract:
            self._contract = contract_before
            self._serve_contract(await beside(backend.load_contract))
            backend.console.note(f"reloaded the contract, version {backend.contract.version}")
        if self._configuration_seen == configuration_before != self._configuration:
            self._configuration = configuration_before
            serve = await beside(backend.load_configuration)
            serve()
            state = backend.state
            backend.console.note(f"reloaded {len(state.sources)} sources, {len(state.metrics)} metrics")

    def _serve_contract(self, contract: Any) -> None:
        before, self._backend.contract = self._backend.contract, contract
        try:
            self._app = self._create(self._backend)
        except Exception:
            self._backend.contract = before
            raise

    def _configuration_stamps(self) -> Stamps:
        settings, walks = self._backend.settings, self._backend.walks_folders
        try:
            return stamps([*files_at(settings.sources, walks), *files_at(settings.metrics, walks)])
        except StartupError:  # a folder that cannot be read has no files to see
            return {}


async def beside(function: Callable[[], T]) -> T:
    """Call a function in a thread that nobody waits for at the end of the process, and return its result."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(put: Callable[[Any], None], value: Any) -> None:
        if not result.done():
            put(value)

    def call() -> None:
        try:
            value = function()
        except Exception as error:  # noqa: BLE001  # it is raised where the result is awaited
            loop.call_soon_threadsafe(settle, result.set_exception, error)
        else:
            loop.call_soon_threadsafe(settle, result.set_result, value)

    threading.Thread(target=call, daemon=True).start()
    return await result


def stamps(files: list[Path]) -> Stamps:
    """Return, for each file that there is, which one it is, when it was changed and its size in bytes."""
    return {file: (stat.st_ino, stat.st_mtime_ns, stat.st_size) for file in files if (stat := _stat(file))}


def _stat(file: Path) -> Any:
    try:
        return file.stat()
    except OSError:
        return None
