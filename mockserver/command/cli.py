"""``pgwatch-contract mock``: reads the options, puts a server together and serves it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.command.options import Options, command
from mockserver.errors import StartupError
from pgwatch_contract.command_line import run

if TYPE_CHECKING:
    from mockserver.console import Console
    from mockserver.serving.backend import Backend
    from mockserver.serving.parts import Parts
    from mockserver.settings import Settings
    from pgwatch_contract.releases.release import Release


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return 0, or 2 with one line on standard error for a start that is not possible."""
    return run(MOCK, arguments)


def _mock(options: Options) -> int:
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        if options.list_deviations:
            from mockserver.deviations.catalogue import listing

            print(listing(_release(options.settings), options.settings.spec))
        else:
            _serve(options)
    except StartupError as error:
        print(f"pgwatch-contract mock: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before the server took over the signals
        pass
    return 0


MOCK = command(_mock)


def _end_with_stdin() -> None:
    """End the process once nobody holds the other end of standard input any more: it has nothing that would be lost."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdin.buffer.read()
    os._exit(0)


def _serve(options: Options) -> None:
    # Connexion takes 0.4 s to import: --help and a mistyped option need not wait for it.
    from mockserver.console import Console
    from mockserver.http.latency import delayed
    from mockserver.http.other_pages import host_filter
    from mockserver.serving.server import create_server, open_socket, raise_file_limit

    settings, release = options.settings, _release(options.settings)
    console = Console(as_json=options.as_json, verbosity=options.verbosity)
    plan = None
    if options.deviations:
        from mockserver.deviations.catalogue import insist_on_showing
        from mockserver.deviations.registry import plan_of

        insist_on_showing(options.deviations, release, settings.spec)
        plan = plan_of(options.deviations)
    mock = _make(settings, release, console, plan.parts if plan else lambda parts: parts)
    app = mock.create_app(mock.backend)
    if options.reload:
        from mockserver.command.reload import Reloading

        app = Reloading(app, mock.backend, mock.create_app)
    if plan:
        app = plan.wrap(app, mock.backend)
    if any(settings.latency):
        app = delayed(app, *settings.latency, settings.seed)
    listener = open_socket(options.host, options.port)
    mock.backend.answers_to = host_filter(listener.getsockname()[0], settings.allowed_hosts)
    raise_file_limit()
    banner = _banner(settings, mock, listener.getsockname(), options.deviations)
    create_server(app, mock.backend, lambda: console.banner(*banner)).run([listener])


@dataclass(frozen=True)
class _Mock:
    """What is served: the parts, what makes the application of them, and facts for the banner."""

    backend: Backend
    create_app: Callable[[Any], Any]
    facts: dict[str, str]


def _release(settings: Settings) -> Release | None:
    """Return the release that the mock is to stand for: the one that is named, or that of the document; None for none.

    Raises StartupError where it is not known.
    """
    from mockserver.contract.document import version_in
    from mockserver.settings import Settings
    from pgwatch_contract.releases.release import ReleaseError, read_release, release_names

    name = settings.release
    if name is None and settings.spec != Settings.spec:
        version = version_in(settings.spec)
        name = version if version in release_names() else None
    try:
        return read_release(name) if name else None
    except ReleaseError as error:
        raise StartupError(str(error)) from None


def _make(settings: Settings, release: Release | None, console: Console, changed: Callable[[Parts], Parts]) -> _Mock:
    if release is None:
        from mockserver.serving.app import create_app
        from mockserver.serving.backend import create_backend
        from mockserver.serving.parts import PLAIN
        from pgwatch_contract.releases.release import release_names

        if settings.store is not None:
            raise StartupError(f"--store {settings.store} needs --release: the contract itself keeps all in memory")
        if settings.env:
            raise StartupError("--env needs --release: the contract itself puts no variables into what clients send")
        backend = create_backend(settings, console, changed(PLAIN))
        names = release_names()
        facts = {
            "contract": backend.contract.version,
            "web UI": f"pgwatch's own needs --release with its version, {names[0]} to {names[-1]}",
        }
        return _Mock(backend, create_app, facts)
    from mockserver.release.app import create_release_app
    from mockserver.release.backend import DEFAULT_STORE, create_release_backend, release_parts

    stands_for = f"{release.title} ({', '.join(release.tags)}), store {settings.store or DEFAULT_STORE}"
    backend = create_release_backend(settings, release, console, changed(release_parts(release)))
    return _Mock(backend, create_release_app, {"release": stands_for})


def _banner(
    settings: Settings, mock: _Mock, address: tuple[str, int], deviations: Sequence[str]
) -> tuple[str, dict[str, str]]:
    from mockserver.http.cors import ANY

    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{host}:{address[1]}{settings.base_path}"
    backend = mock.backend
    state, user = backend.state, settings.user
    login = "any user and password" if backend.credentials.accept_anyone else f"user {user or ''!r} and its password"
    facts = {
        "url": url,
        "docs": f"{url}/docs",
        "login": login,
        "serving": f"{len(state.sources)} sources, {len(state.metrics)} metrics, {len(state.presets)} presets",
        **mock.facts,
    }
    if ANY in settings.cors_origins and settings.release is None:
        facts["cors"] = "any page in a browser that has signed in here can read and change everything"
    if deviations:
        facts["deviates"] = " ".join(deviations)
    return "pgwatch mock server", facts
