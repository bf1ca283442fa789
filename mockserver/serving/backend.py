"""All that one mock server has: settings, contract, state, tokens, connector and log. Operations get it as ``mock``."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from mockserver.console import Console
from mockserver.contract.document import Contract, load_contract
from mockserver.log.stream import LogStream
from mockserver.log.writer import LogWriter
from mockserver.memory.auth import Credentials, Tokens
from mockserver.memory.config_files import read_configuration
from mockserver.memory.connector import Connect, imagined_connect, read_outcomes
from mockserver.memory.real_connection import real_connect
from mockserver.memory.state import State
from mockserver.serving.parts import PLAIN, Parts
from mockserver.settings import Settings


@dataclass
class Backend:
    """One mock server's parts. Nothing of it is shared between servers, and nothing stands at module level."""

    settings: Settings
    contract: Contract
    state: State
    credentials: Credentials
    tokens: Tokens
    connect: Connect
    log_stream: LogStream
    log: LogWriter
    console: Console
    parts: Parts = PLAIN
    started: float = field(default_factory=time.monotonic)
    stopping: bool = False
    answers_to: Callable[[bytes], bool] = lambda host: True
    """Says whether a Host header is of this server; who serves it sets it, knowing the address."""

    @property
    def ready(self) -> bool:
        """Whether the time is over in which ``--not-ready`` makes the readiness probe fail."""
        return time.monotonic() - self.started >= self.settings.not_ready

    def load_contract(self) -> Contract:
        """Read the contract's file again; raises StartupError."""
        return load_contract(self.settings.spec)

    def load_configuration(self) -> Callable[[], None]:
        """Read the configuration's files again, in any thread, and return what serves them; raises StartupError."""
        read = read_configuration(self.contract, self.settings.sources, self.settings.metrics)
        return lambda: self.state.reset(read.sources, read.metrics, read.presets)

    @property
    def walks_folders(self) -> bool:
        """Whether a folder of files is read with the folders in it."""
        return False

    @contextlib.asynccontextmanager
    async def running(self, _app: object = None) -> AsyncIterator[None]:
        """Write the log while the server runs (an ASGI lifespan)."""
        writer = asyncio.create_task(self.log.run(self.settings.log_rate))
        try:
            yield
        finally:
            writer.cancel()
            self.console.flush()


def create_backend(settings: Settings, console: Console, parts: Parts = PLAIN) -> Backend:
    """Make the parts of a server; raises StartupError for a contract or configuration that cannot be used."""
    contract = load_contract(settings.spec)
    configuration = read_configuration(contract, settings.sources, settings.metrics)
    for remark in configuration.remarks:
        console.note(remark)
    state = parts.state(configuration.sources, configuration.metrics, configuration.presets)
    outcomes = read_outcomes()
    log_stream, log = create_log(settings, contract, state, console, parts)
    return Backend(
        settings=settings,
        contract=contract,
        state=state,
        credentials=parts.credentials(settings.user, settings.password),
        tokens=parts.tokens(settings.jwt_secret, settings.token_ttl),
        connect=real_connect if settings.real_connect else imagined_connect(outcomes),
        log_stream=log_stream,
        log=log,
        console=console,
        parts=parts,
    )


def create_log(
    settings: Settings, contract: Contract, state: State, console: Console, parts: Parts
) -> tuple[LogStream, LogWriter]:
    """Return a server's log: the stream and who writes it."""
    outcomes = read_outcomes()
    drop_seconds = contract.websocket()["slowReader"]["dropSeconds"]
    log_stream = parts.log_stream(time.monotonic, call_later, drop_seconds)

    def publish(entry: str) -> None:
        log_stream.publish(entry)
        console.log_entry(entry)

    def wanted() -> bool:
        return log_stream.subscribers > 0 or console.shows_log

    return log_stream, LogWriter(state, outcomes, settings.seed, publish, wanted)


def call_later(seconds: float, function: Callable[[], None]) -> object:
    """Call a function once on the running event loop."""
    return asyncio.get_running_loop().call_later(seconds, function)
