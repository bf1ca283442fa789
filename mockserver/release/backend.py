"""All that a mock has that stands for a release: what every mock has, and the release's store and ways."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockserver.backend import Backend, create_log
from mockserver.connector import read_outcomes, real_connect
from mockserver.console import Console
from mockserver.contract import Contract, load_contract
from mockserver.errors import StartupError
from mockserver.parts import PLAIN, Parts
from mockserver.release.aside import aside
from mockserver.release.body_types import BodyTypes, body_types
from mockserver.release.go_types import GoJsonError, Type
from mockserver.release.pgwatch_files import read_files
from mockserver.release.pgx import PgxConnect, imagined_pgx
from mockserver.release.postgres_store import PostgresStore
from mockserver.release.request import ReleaseRequest
from mockserver.release.speech import Speech, speech_of
from mockserver.release.static_files import StaticFiles
from mockserver.release.store import StorageError, Store
from mockserver.release.tokens import ReleaseTokens
from mockserver.release.yaml_store import YamlStore
from mockserver.settings import Settings
from mockserver.state import State
from pgwatch_contract.overlay import Document, OverlayError, apply_overlay
from pgwatch_contract.releases import Release, ReleaseError, read_release

DEFAULT_STORE = "yaml"
STORES = ("yaml", "postgres")


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
    speech: Speech
    types: BodyTypes
    store: Store
    pgx: PgxConnect
    static: StaticFiles
    known: frozenset[str] = field(default_factory=frozenset)

    async def unmarshal(self, request: ReleaseRequest, into: Type) -> Any:
        """Read a whole body; raises GoJsonError, also for a body that did not come whole."""
        if request.fault:
            raise GoJsonError(request.fault)
        return await aside(len(request.body), self.speech.json.unmarshal, request.body, into)

    async def decode_first(self, request: ReleaseRequest, into: Type) -> Any:
        """Read the first value of a body, whatever follows; raises GoJsonError."""
        return await aside(len(request.body), self.speech.json.decode_first, request.body, into, request.fault)

    def show_store(self) -> None:
        """Let the log and deviations see what the store holds now."""
        with contextlib.suppress(StorageError):  # the request that asks for them is told
            self.state.reset(
                self.store.sources() or [],
                self.store.definitions("metrics") or {},
                self.store.definitions("presets") or {},
            )

    def load_contract(self) -> Contract:
        """Read the contract's file again; raises StartupError."""
        return load_release_contract(self.settings.spec, self.release)

    def load_configuration(self) -> str:
        """Read the configuration's files again, and return what to tell of it; raises StartupError."""
        self.store = _store(self.settings, self.types, self.speech, self.known, self.contract)
        self.show_store()
        return f"{len(self.state.sources)} sources, {len(self.state.metrics)} metrics"


def known_release(name: str) -> Release:
    """Return a release by its name or by one of its tags; raises StartupError, which names those there are."""
    try:
        return read_release(name)
    except ReleaseError as error:
        raise StartupError(f"{error}") from None


def load_release_contract(spec: Path, release: Release) -> Contract:
    """Return the contract as it is for a release; raises StartupError where one of both is wrong."""

    def overlaid(document: Document) -> Document:
        try:
            return apply_overlay(document, release.actions)
        except OverlayError as error:
            raise StartupError(str(error), release.file) from None

    return load_contract(spec, overlaid)


def create_release_backend(settings: Settings, release: Release, console: Console, parts: Parts) -> ReleaseBackend:
    """Make the parts of a server that stands for a release; raises StartupError for what cannot be used."""
    contract = load_release_contract(settings.spec, release)
    _check_options(settings, release, contract)
    for remark in _remarks(settings, release, contract, parts):
        console.note(remark)
    speech = speech_of(release)
    types = body_types(contract.specification.raw["components"]["schemas"])
    known = frozenset(each.name for each in release.deviations if each.store in (None, settings.store or DEFAULT_STORE))
    store = _store(settings, types, speech, known, contract)
    state = Shown([], {}, {})
    log_stream, log = create_log(settings, contract, state, console, parts)
    log.reword(speech.log)
    backend = ReleaseBackend(
        settings=settings,
        contract=contract,
        state=state,
        credentials=parts.credentials(settings.user or None, settings.password or None),
        tokens=ReleaseTokens(settings.jwt_secret or speech.secret, settings.token_ttl, speech.jwt),
        connect=real_connect,
        log_stream=log_stream,
        log=log,
        console=console,
        parts=parts,
        release=release,
        speech=speech,
        types=types,
        store=store,
        pgx=imagined_pgx(read_outcomes(), speech.trims),
        static=StaticFiles(release.title, log.line),
        known=known,
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


def _remarks(settings: Settings, release: Release, contract: Contract, parts: Parts) -> Iterator[str]:
    """Yield what to tell of options that change nothing here."""
    for name in ("state", "tokens"):
        if getattr(parts, name) is not getattr(PLAIN, name):
            yield f"a deviation changes the {name} of the contract's server: a release has its own, unchanged"
    # No refusal: whoever starts one mock after the other as several releases need not care which of them has probes.
    if settings.not_ready and not has_probe(contract):
        yield f"{release.title} has no readiness probe: --not-ready changes nothing"


def has_probe(contract: Contract) -> bool:
    """Say whether the release can be asked if it is ready."""
    return "/readiness" in contract.specification["paths"]


def has_base_path(contract: Contract) -> bool:
    """Say whether the release can serve everything below a path: whether its document has such a server."""
    return any("basePath" in server.get("variables", {}) for server in contract.specification.raw.get("servers", []))


def has_items(contract: Contract) -> bool:
    """Say whether each source, metric and preset has a path of its own."""
    return any(path.endswith("/{name}") for path in contract.specification["paths"])


def _store(
    settings: Settings, types: BodyTypes, speech: Speech, known: frozenset[str], contract: Contract
) -> YamlStore | PostgresStore:
    files = read_files(settings.sources, settings.metrics, types)
    if settings.store == "postgres":
        return PostgresStore(files, types, "every-source-is-enabled" in known, speech.drops_new_metrics)
    return YamlStore(files, types, speech, reads_nothing_as_empty=has_items(contract))
