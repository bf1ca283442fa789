"""The command line of the mock server: every option is an environment variable too."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from mockserver.command import option_values as values
from mockserver.settings import Settings
from pgwatch_contract.help_format import HelpFormatter

PREFIX = "PGWATCH_MOCK_"
_DESCRIPTION = """\
Serve pgwatch's HTTP API and log stream from memory, in place of a pgwatch server.

  pgwatch-contract mock                                      the bundled sources on http://127.0.0.1:8080
  pgwatch-contract mock --sources s.yaml --metrics m.yaml    your own pgwatch configuration
  pgwatch-contract mock --user admin --password secret       a login that can fail
  pgwatch-contract mock --latency 200-800 --not-ready 30     a slow server that takes 30 s to get ready
  pgwatch-contract mock --release 5.3                        what pgwatch 5.3 does, its faults included
  pgwatch-contract mock --deviate list-is-shuffled           a server that breaks the contract; see --list-deviations
"""
_EPILOG = """\
Connection tests (POST /test-connect) are imagined: a host that begins with refused, unknown, denied, notls, slow or
silent, or a database that begins with missing, turns out that way; any other can be reached. The documentation of the
API is at /docs while the server runs.
"""


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


@dataclass(frozen=True)
class Option:
    """One option: its flags (the long one first), its value, and what ``--help`` says of it.

    ``read`` makes the value of a text; without ``metavar`` it is a switch. ``shown`` is the default as a reader
    understands it.
    """

    flags: tuple[str, ...]
    text: str
    metavar: str | None = None
    read: Callable[[str], Any] = str
    default: Any = None
    shown: str = ""
    dest: str = ""
    repeatable: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that stands for the option."""
        return PREFIX + self.flags[0].strip("-").replace("-", "_").upper()


def _switch(text: str, *flags: str) -> Option:
    return Option(flags, text, read=values.yes_or_no, default=False)


OPTIONS = {
    "where to serve": [
        Option(
            ("--host",),
            "the address to listen on; 0.0.0.0 serves the whole network",
            "ADDRESS",
            values.host,
            default="127.0.0.1",
            shown="127.0.0.1",
        ),
        Option(("--port",), "the port; 0 takes a free one and prints it", "PORT", values.port, 8080, "8080"),
        Option(("--base-path",), "serve everything below this path, as behind a proxy", "PATH", values.base_path, ""),
        Option(
            ("--cors-origin",),
            "an origin whose pages may use the API; with * any page in a browser that has signed in here can read and "
            "change everything (repeatable)",
            "ORIGIN",
            values.origin,
            [],
            "http://localhost:4000",
            "cors_origins",
            repeatable=True,
        ),
        Option(
            ("--allowed-host",),
            "a name to answer to on a loopback address, besides localhost and such addresses (repeatable)",
            "NAME",
            values.host_name,
            [],
            dest="allowed_hosts",
            repeatable=True,
        ),
    ],
    "what to serve": [
        Option(
            ("--release",),
            "stand for a release of pgwatch: its name, such as 5.3, or one of its tags",
            "RELEASE",
            shown="the contract itself",
        ),
        Option(
            ("--store",),
            "what the release keeps sources, metrics and presets in: yaml or postgres (both imagined)",
            "STORE",
            values.store,
            shown="yaml",
        ),
        Option(
            ("--sources",),
            "sources, in pgwatch's own format: a YAML file or a folder of them",
            "FILE",
            Path,
            Settings.sources,
            "bundled ones",
        ),
        Option(("--metrics",), "metrics and presets, likewise", "FILE", Path, Settings.metrics, "bundled ones"),
        Option(
            ("--env",),
            "a variable that a release may put into what clients send; those that the files name are put in "
            "anyway, any other is empty, where a real one shows its whole environment (repeatable)",
            "NAME",
            values.variable,
            [],
            repeatable=True,
        ),
        Option(("--spec",), "another contract (OpenAPI 3.0)", "FILE", Path, Settings.spec, "the bundled one"),
        _switch("serve changed files at once, and keep the old ones while a changed one is wrong", "--reload"),
    ],
    "who may log in": [
        Option(("--user",), "the user to ask for; without user and password any login is accepted", "NAME"),
        Option(("--password",), "the password to ask for; safer in the environment", "PASSWORD"),
        Option(
            ("--token-ttl",),
            "seconds until a token expires",
            "SECONDS",
            values.positive,
            Settings.token_ttl,
            "28800 (8 h)",
        ),
        Option(
            ("--jwt-secret",),
            "sign tokens with this, so that they outlive the process",
            "SECRET",
            shown="a random one",
        ),
    ],
    "how to behave": [
        Option(
            ("--latency",),
            "delay each answer by so many milliseconds, or by between so many: 100 or 50-400",
            "MS",
            values.latency,
            Settings.latency,
            "0",
        ),
        Option(
            ("--not-ready",),
            "answer /readiness with 503 for so many seconds, or forever",
            "SECONDS",
            values.duration,
            Settings.not_ready,
            "0",
        ),
        Option(
            ("--log-rate",),
            "lines a second that the log gets without requests",
            "LINES",
            values.log_rate,
            Settings.log_rate,
            f"{Settings.log_rate:g}",
        ),
        Option(("--seed",), "choose log lines and delays by this seed", "NUMBER", int, Settings.seed, "0"),
        Option(("--max-body",), "refuse larger request bodies", "BYTES", values.size, None, "1048576"),
        _switch("let /test-connect open real PostgreSQL connections", "--real-connect"),
        Option(
            ("--deviate",),
            "break the contract in a way that has a name (repeatable)",
            "NAME",
            values.deviation,
            [],
            dest="deviations",
            repeatable=True,
        ),
        _switch("list the names, what each does, and the clauses it breaks; serve nothing", "--list-deviations"),
    ],
    "what to print": [
        Option(
            ("--console",), "how to print: text, or json (one object a line)", "FORMAT", values.console, "text", "text"
        ),
        _switch("print the log's entries too", "--verbose", "-v"),
        _switch("print no requests", "--quiet", "-q"),
    ],
    "for programs that start it": [
        _switch("end when standard input ends: whoever holds its other end is gone", "--end-with-stdin"),
    ],
}
"""All options, by the group in which ``--help`` lists them."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see --help", file=sys.stderr)
        raise SystemExit(2)


def read_options(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """Return what the arguments say, or the environment where they say nothing.

    Raises SystemExit: 0 after ``--help``, 2 with one line on standard error for what cannot be understood.
    """
    parser = create_parser(environment)
    given = vars(parser.parse_args(arguments))
    settings = {field.name: given[field.name] for field in fields(Settings)}
    for name in ("cors_origins", "allowed_hosts", "env"):
        settings[name] = tuple(settings[name])
    verbosity = -1 if given["quiet"] else int(given["verbose"])
    return Options(
        Settings(**settings),
        given["host"],
        given["port"],
        given["reload"],
        given["console"] == "json",
        verbosity,
        tuple(dict.fromkeys(given["deviations"])),
        given["list_deviations"],
        given["end_with_stdin"],
    )


def create_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the parser; the environment's values are the defaults."""
    parser = _Parser(
        prog="pgwatch-contract mock",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    for title, options in OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            _add(group, option, _default(parser, option, environment))
    return parser


def _add(group: Any, option: Option, default: Any) -> None:
    shown = f"; default: {option.shown}" if option.shown else ""
    text = f"{option.text} [{option.variable}{shown}]".replace("%", "%%")
    if option.metavar is None:
        group.add_argument(*option.flags, action="store_true", default=default, help=text)
        return
    action = _Append if option.repeatable else "store"
    dest = option.dest or option.flags[0].strip("-").replace("-", "_")
    group.add_argument(
        *option.flags, type=option.read, default=default, help=text, metavar=option.metavar, action=action, dest=dest
    )


def _default(parser: argparse.ArgumentParser, option: Option, environment: Mapping[str, str]) -> Any:
    text = environment.get(option.variable)
    if text is None:
        return option.default
    try:
        return [option.read(part) for part in text.split()] if option.repeatable else option.read(text)
    except (argparse.ArgumentTypeError, ValueError) as error:
        parser.error(f"environment variable {option.variable}: {error}")


class _Append(argparse.Action):
    """Collects a repeatable option; the first on the command line replaces the environment's values."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if getattr(namespace, self.dest) is self.default:
            setattr(namespace, self.dest, [])
        getattr(namespace, self.dest).append(values)
