"""``pgwatch-contract mock``: reads the options, puts a server together and serves it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mockserver.errors import StartupError
from mockserver.options import Options, read_options

if TYPE_CHECKING:
    from mockserver.backend import Backend


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return 0, or 2 with one line on standard error for a start that is not possible."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    if options.list_deviations:
        from mockserver.deviations.catalogue import listing

        print(listing())
        return 0
    try:
        _serve(options)
    except StartupError as error:
        print(f"pgwatch-contract mock: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before the server took over the signals
        pass
    return 0


def _serve(options: Options) -> None:
    # Connexion takes 0.4 s to import: --help and a mistyped option need not wait for it.
    from mockserver.app import create_app
    from mockserver.backend import create_backend
    from mockserver.console import Console
    from mockserver.latency import delayed
    from mockserver.parts import PLAIN
    from mockserver.server import create_server, open_socket, raise_file_limit

    settings = options.settings
    console = Console(as_json=options.as_json, verbosity=options.verbosity)
    plan = None
    if options.deviations:
        from mockserver.deviations.shows import plan_of

        plan = plan_of(options.deviations)
    backend = create_backend(settings, console, plan.parts() if plan else PLAIN)
    app = create_app(backend)
    if options.reload:
        from mockserver.reload import Reloading

        app = Reloading(app, backend)
    if plan:
        app = plan.wrap(app, backend)
    if any(settings.latency):
        app = delayed(app, *settings.latency, settings.seed)
    listener = open_socket(options.host, options.port)
    raise_file_limit()
    banner = _banner(options, backend, listener.getsockname())
    create_server(app, backend, lambda: console.banner(*banner)).run([listener])


def _banner(options: Options, backend: Backend, address: tuple[str, int]) -> tuple[str, dict[str, str]]:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{host}:{address[1]}{options.settings.base_path}"
    state, user = backend.state, options.settings.user
    login = "any user and password" if backend.credentials.accept_anyone else f"user {user or ''!r} and its password"
    facts = {
        "url": url,
        "docs": f"{url}/docs",
        "login": login,
        "serving": f"{len(state.sources)} sources, {len(state.metrics)} metrics, {len(state.presets)} presets",
        "contract": backend.contract.version,
    }
    if options.deviations:
        facts["deviates"] = " ".join(options.deviations)
    return "pgwatch mock server", facts
