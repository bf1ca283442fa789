"""The command line of the mock server: every option is an environment variable too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mockserver.command import option_values as values
from mockserver.settings import Settings
from pgwatch_contract.command_line import Command, option

VARIABLES = "PGWATCH_MOCK"
_TEXT = """\
Serve pgwatch's HTTP API and log stream from memory, in place of a pgwatch server.

\b
  pgwatch-contract mock
      the bundled sources on http://127.0.0.1:8080
  pgwatch-contract mock --sources s.yaml --metrics m.yaml
      your own pgwatch configuration
  pgwatch-contract mock --user admin --password secret
      a login that can fail
  pgwatch-contract mock --latency 200-800 --not-ready 30
      a slow server that takes 30 s to get ready
  pgwatch-contract mock --release 5.3
      what pgwatch 5.3 does, its faults included
  pgwatch-contract mock --deviate list-is-shuffled
      a server that breaks the contract; see --list-deviations
"""
_AFTER = """\
Connection tests (POST /test-connect) are imagined: a host that begins with refused, unknown, denied, notls, slow or
silent, or a database that begins with missing, turns out that way; any other can be reached. The documentation of the
API is at /docs while the server runs.
"""
_SPACE = r"\s+"
OPTIONS = {
    "where to serve": [
        option("--host", metavar="ADDRESS", read=values.host, default="127.0.0.1", show_default=True,
               text="the address to listen on; 0.0.0.0 serves the whole network"),
        option("--port", metavar="PORT", read=values.port, default=8080, show_default=True,
               text="the port; 0 takes a free one and prints it"),
        option("--base-path", metavar="PATH", read=values.base_path, default="",
               text="serve everything below this path, as behind a proxy"),
        option("--cors-origin", metavar="ORIGIN", read=values.origin, many=_SPACE, show_default="http://localhost:4000",
               text="an origin whose pages may use the API; with * any page in a browser that has signed in here can "
               "read and change everything (repeatable)"),
        option("--allowed-host", metavar="NAME", read=values.host_name, many=_SPACE,
               text="a name to answer to on a loopback address, besides localhost and such addresses (repeatable)"),
    ],
    "what to serve": [
        option("--release", metavar="RELEASE", show_default="the contract itself",
               text="stand for a release of pgwatch: its name, such as 5.3, or one of its tags"),
        option("--store", metavar="STORE", read=values.store, show_default="yaml",
               text="what the release keeps sources, metrics and presets in: yaml or postgres (both imagined)"),
        option("--sources", metavar="FILE", read=Path, default=Settings.sources, show_default="bundled ones",
               text="sources, in pgwatch's own format: a YAML file or a folder of them"),
        option("--metrics", metavar="FILE", read=Path, default=Settings.metrics, show_default="bundled ones",
               text="metrics and presets, likewise"),
        option("--env", metavar="NAME", read=values.variable, many=_SPACE,
               text="a variable that a release may put into what clients send; those that the files name are put in "
               "anyway, any other is empty, where a real one shows its whole environment (repeatable)"),
        option("--spec", metavar="FILE", read=Path, default=Settings.spec, show_default="the bundled one",
               text="another contract (OpenAPI 3.0)"),
        option("--reload", is_flag=True,
               text="serve changed files at once, and keep the old ones while a changed one is wrong"),
    ],
    "who may log in": [
        option("--user", metavar="NAME",
               text="the user to ask for; without user and password any login is accepted"),
        option("--password", metavar="PASSWORD", text="the password to ask for; safer in the environment"),
        option("--token-ttl", metavar="SECONDS", read=values.positive, default=Settings.token_ttl,
               show_default="28800, 8 h", text="seconds until a token expires"),
        option("--jwt-secret", metavar="SECRET", show_default="a random one",
               text="sign tokens with this, so that they outlive the process"),
    ],
    "how to behave": [
        option("--latency", metavar="MS", read=values.latency, default=Settings.latency, show_default="0",
               text="delay each answer by so many milliseconds, or by between so many: 100 or 50-400"),
        option("--not-ready", metavar="SECONDS", read=values.duration, default=Settings.not_ready, show_default="0",
               text="answer /readiness with 503 for so many seconds, or forever"),
        option("--log-rate", metavar="LINES", read=values.log_rate, default=Settings.log_rate,
               show_default=f"{Settings.log_rate:g}", text="lines a second that the log gets without requests"),
        option("--seed", metavar="NUMBER", read=values.whole, default=Settings.seed, show_default=True,
               text="choose log lines and delays by this seed"),
        option("--max-body", metavar="BYTES", read=values.size, show_default="1048576",
               text="refuse larger request bodies"),
        option("--real-connect", is_flag=True, text="let /test-connect open real PostgreSQL connections"),
        option("--deviate", metavar="NAME", read=values.deviation, many=_SPACE,
               text="break the contract in a way that has a name (repeatable)"),
        option("--list-deviations", is_flag=True,
               text="list the names, what each does, and the clauses it breaks; serve nothing"),
    ],
    "what to print": [
        option("--console", metavar="FORMAT", read=values.console, default="text", show_default=True,
               text="how to print: text, or json (one object a line)"),
        option("--verbose", "-v", is_flag=True, text="print the log's entries too"),
        option("--quiet", "-q", is_flag=True, text="print no requests"),
    ],
    "for programs that start it": [
        option("--end-with-stdin", is_flag=True,
               text="end when standard input ends: whoever holds its other end is gone"),
    ],
}  # fmt: skip
"""All options, by the group in which ``--help`` lists them."""
_SETTINGS_OF = {"cors_origins": "cors_origin", "allowed_hosts": "allowed_host"}
"""Settings that hold all values of an option."""


@dataclass(frozen=True)
class Options:
    """All that the command line says: the server's settings, and where and how to serve."""

    settings: Settings
    host: str
    port: int
    reload: bool
    as_json: bool
    verbosity: int
    deviations: tuple[str, ...]
    list_deviations: bool
    end_with_stdin: bool


def command(run: Callable[[Options], int]) -> Command:
    """Return the command ``mock``, which runs a function with what it is told, and exits as that returns."""
    return Command(
        "mock", lambda **given: run(_options(given)), OPTIONS, variables=VARIABLES, help=_TEXT, epilog=_AFTER
    )


def read_options(arguments: Sequence[str]) -> Options:
    """Return what the arguments say, or the environment where they say nothing.

    Raises click.ClickException for what cannot be understood.
    """
    with command(lambda options: 0).make_context("mock", list(arguments)) as context:
        return _options(context.params)


def _options(given: dict[str, Any]) -> Options:
    settings = {field.name: given[_SETTINGS_OF.get(field.name, field.name)] for field in fields(Settings)}
    return Options(
        Settings(**settings),
        given["host"],
        given["port"],
        given["reload"],
        given["console"] == "json",
        -1 if given["quiet"] else int(given["verbose"]),
        tuple(dict.fromkeys(given["deviate"])),
        given["list_deviations"],
        given["end_with_stdin"],
    )
