"""All that a mock has that stands for a release: what every mock has, and the release's store and ways."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mockserver.console import Console
from mockserver.contract.document import Contract, load_contract
from mockserver.errors import StartupError
from mockserver.go.json.types import GoJsonError, Type
from mockserver.memory.connector import read_outcomes
from mockserver.memory.real_connection import real_connect
from mockserver.memory.state import State
from mockserver.release.aside import aside
from mockserver.release.dialect import Dialect, dialect_of
from mockserver.release.http.gorilla import Gorilla
from mockserver.release.http.server import GoProtocol
from mockserver.release.pgx import PgxConnect, imagined_pgx
from mockserver.release.request import ReleaseRequest
from mockserver.release.static_files import StaticFiles
from mockserver.release.store.body_types import BodyTypes, body_types
from mockserver.release.store.once import Once
from mockserver.release.store.pgwatch_files import read_files
from mockserver.release.store.postgres_store import PostgresStore
from mockserver.release.store.store import Source, StorageError, Store
from mockserver.release.store.yaml_store import YamlStore
from mockserver.release.tokens import tokens_of
from mockserver.serving.backend import Backend, create_log
from mockserver.serving.parts import PLAIN, Parts
from mockserver.settings import Settings
from pgwatch_contract.releases.documents import overlaid
from pgwatch_contract.releases.overlay import Document
from pgwatch_contract.releases.release import Release, ReleaseError

DEFAULT_STORE = "yaml"


class Shown(State):
    """What the store holds, for the log and for deviations; they read it, the release does not."""

    def reset(self, sources: Any, metrics: dict[str, Any], presets: dict[str, Any]) -> None:
        """Show other contents."""
        self._sources = {source["Name"]: source for source in sources}
        self.metrics = metrics
        self.presets = presets


@dataclass(kw_only=True)
class ReleaseBackend(Backend):
    """One mock server's parts where it stands for a release."""

    release: Release
    dialect: Dialect
    types: BodyTypes
    store: Store
    pgx: PgxConnect
    static: StaticFiles
    listed: Once[Source, bytes]
    list_as_json: tuple[list[bytes], bytes] = field(default=([], b"[]"))

    async def unmarshal(self, request: ReleaseRequest, into: Type) -> Any:
        """Read a whole body; raises GoJsonError, also for a body that did not come whole."""
        if request.fault:
            raise GoJsonError(request.fault)
        return await aside(len(request.body), self.dialect.json.unmarshal, request.body, into)

    async def decode_first(self, request: ReleaseRequest, into: Type) -> Any:
        """Read the first value of a body, whatever follows; raises GoJsonError."""
        return await aside(len(request.body), self.dialect.json.decode_first, request.body, into, request.fault)

    def marshal_sources(self, sources: list[Source] | None) -> bytes:
        """Return a list of sources as JSON, made anew of those alone that were not in the list before.

        All clients who read the same list at the same time share one in memory.
        """
        if sources is None:
            return b"null"
        parts = self.listed.of(sources)
        if parts != self.list_as_json[0]:
            self.list_as_json = parts, b"[" + b",".join(parts) + b"]"
        return self.list_as_json[1]

    def show_store(self) -> None:
        """Let the log and deviations see what the store holds now."""
        sources, metrics, presets = (
            _readable(self.store.sources),
            _readable(lambda: self.store.definitions("metrics")),
            _readable(lambda: self.store.definitions("presets")),
        )
        self.state.reset(sources or [], metrics or {}, presets or {})

    def load_contract(self) -> Contract:
        """Read the contract's file again; raises StartupError."""
        return load_release_contract(self.settings.spec, self.release)

    def load_configuration(self) -> Callable[[], None]:
        """Read the configuration's files again, in any thread, and return what serves them; raises StartupError."""
        store = _store(self.settings, self.types, self.dialect)

        def serve() -> None:
            self.store = store
            self.show_store()

        return serve

    @property
    def walks_folders(self) -> bool:
        """Whether a folder of files is read with the folders in it."""
        return self.dialect.walks_folders


def _readable(read: Callable[[], Any]) -> Any:
    """Return what can be read, None where it cannot: the request that asks for it is told why."""
    try:
        return read()
    except StorageError:
        return None


def release_parts(release: Release) -> Parts:
    """Return the parts of a server that stands for a release and deviates from it in nothing."""
    return replace(PLAIN, state=Shown, tokens=tokens_of(dialect_of(release).jwt), protocol=GoProtocol, frames=Gorilla)


def load_release_contract(spec: Path, release: Release) -> Contract:
    """Return the contract as it is for a release; raises StartupError where one of both is wrong."""

    def of_release(document: Document) -> Document:
        try:
            return overlaid(document, release)
        except ReleaseError as error:
            raise StartupError(str(error)) from None

    return load_contract(spec, of_release)


def create_release_backend(settings: Settings, release: Release, console: Console, parts: Parts) -> ReleaseBackend:
    """Make the parts of a server that stands for a release; raises StartupError for what cannot be used."""
    contract = load_release_contract(settings.spec, release)
    _check_options(settings, release, contract)
    for remark in _remarks(settings, release, contract):
        console.note(remark)
    dialect = dialect_of(release)
    types = body_types(contract.specification.raw["components"]["schemas"])
    store = _store(settings, types, dialect)
    state = parts.state([], {}, {})
    log_stream, log = create_log(settings, contract, state, console, parts)
    log.reword(dialect.log)
    backend = ReleaseBackend(
        settings=settings,
        contract=contract,
        state=state,
        credentials=parts.credentials(settings.user or None, settings.password or None),
        tokens=parts.tokens(settings.jwt_secret or dialect.secret, settings.token_ttl),
        connect=real_connect,
        log_stream=log_stream,
        log=log,
        console=console,
        parts=parts,
        release=release,
        dialect=dialect,
        types=types,
        store=store,
        pgx=imagined_pgx(read_outcomes(), dialect.pgx),
        static=StaticFiles(release.title, log.line),
        listed=Once(lambda source: dialect.json.marshal(source, types.source)),
        started=time.monotonic(),
    )
    backend.show_store()
    return backend


def _check_options(settings: Settings, release: Release, contract: Contract) -> None:
    """Raise StartupError for an option that the release has nothing for."""
    if settings.base_path and not has_base_path(contract):
        raise StartupError(f"{release.title} cannot serve below a base path: leave --base-path out")
    if settings.max_body is not None:
        raise StartupError(f"{release.title} takes bodies of any size: leave --max-body out")


def _remarks(settings: Settings, release: Release, contract: Contract) -> Iterator[str]:
    """Yield what to tell of options that change nothing here."""
    # No refusal: whoever starts one mock after the other as several releases need not care which of them has probes.
    if settings.not_ready and not has_probe(contract):
        yield f"{release.title} has no readiness probe: --not-ready changes nothing"


def has_probe(contract: Contract) -> bool:
    """Say whether the release can be asked if it is ready."""
    return "/readiness" in contract.specification["paths"]


def has_base_path(contract: Contract) -> bool:
    """Say whether the release can serve everything below a path: whether its document has such a server."""
    return any("basePath" in server.get("variables", {}) for server in contract.specification.raw.get("servers", []))


def _store(settings: Settings, types: BodyTypes, dialect: Dialect) -> YamlStore | PostgresStore:
    files = read_files(settings.sources, settings.metrics, types, dialect.walks_folders)
    if settings.store == "postgres":
        return PostgresStore(files, types, dialect.enables_every_source, dialect.drops_new_metrics)
    if dialect.metrics_folder == "refused" and settings.metrics.is_dir():
        raise StartupError("is a folder, and the release does not start without one file of metrics", settings.metrics)
    return YamlStore(files, types, dialect, settings.env)
