"""The command line of the mock server: every option is an environment variable too."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from mockserver.settings import FOREVER, Settings

PREFIX = "PGWATCH_MOCK_"
_DESCRIPTION = """\
Serve pgwatch's HTTP API and log stream from memory, in place of a pgwatch server.

  pgwatch-contract mock                                      the bundled sources on http://127.0.0.1:8080
  pgwatch-contract mock --sources s.yaml --metrics m.yaml    your own pgwatch configuration
  pgwatch-contract mock --user admin --password secret       a login that can fail
  pgwatch-contract mock --latency 200-800 --not-ready 30     a slow server that takes 30 s to get ready
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
    settings["cors_origins"] = tuple(settings["cors_origins"])
    verbosity = -1 if given["quiet"] else int(given["verbose"])
    return Options(
        Settings(**settings), given["host"], given["port"], given["reload"], given["console"] == "json", verbosity
    )


def create_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the parser; the environment's values are the defaults."""
    parser = _Parser(
        prog="pgwatch-contract mock",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = _Adder(parser, environment)
    add.group("where to serve")
    add("--host", str, "127.0.0.1", "the address to listen on; 0.0.0.0 serves the whole network", "ADDRESS")
    add("--port", _port, 8080, "the port; 0 takes a free one and prints it", "PORT")
    add("--base-path", _base_path, "", "serve everything below this path, as behind a proxy", "PATH")
    add(
        "--cors-origin",
        _origin,
        [],
        "an origin whose pages may use the API, or * (repeatable; default: the contract's, http://localhost:4000)",
        "ORIGIN",
        dest="cors_origins",
        repeatable=True,
    )
    add.group("what to serve")
    add(
        "--sources",
        Path,
        Settings.sources,
        "sources, in pgwatch's own format: a YAML file or a folder of them",
        "FILE",
        shown="bundled ones",
    )
    add("--metrics", Path, Settings.metrics, "metrics and presets, likewise", "FILE", shown="bundled ones")
    add("--spec", Path, Settings.spec, "another contract (OpenAPI 3.0)", "FILE", shown="the bundled one")
    add.flag("--reload", "serve changed files at once, and keep the old ones while a changed one is wrong")
    add.group("who may log in")
    add("--user", str, None, "the user to ask for; without user and password any login is accepted", "NAME")
    add("--password", str, None, "the password to ask for; better given in the environment", "PASSWORD")
    add("--token-ttl", _positive, Settings.token_ttl, "seconds until a token expires", "SECONDS")
    add(
        "--jwt-secret",
        str,
        None,
        "sign tokens with this, so that they outlive the process",
        "SECRET",
        shown="a random one",
    )
    add.group("how to behave")
    add(
        "--latency",
        _latency,
        Settings.latency,
        "delay each answer by so many milliseconds, or by between so many: 100 or 50-400",
        "MS",
        shown="none",
    )
    add(
        "--not-ready",
        _duration,
        Settings.not_ready,
        "answer /readiness with 503 for so many seconds, or for ever",
        "SECONDS|forever",
        shown="0",
    )
    add("--log-rate", _not_negative, Settings.log_rate, "lines a second that the log gets without requests", "LINES")
    add("--seed", int, Settings.seed, "choose log lines and delays by this seed", "NUMBER")
    add("--max-body", _size, None, "refuse larger request bodies", "BYTES", shown="1048576")
    add.flag("--real-connect", "let /test-connect open real PostgreSQL connections")
    add.group("what to print")
    add("--console", _console, "text", "how to print requests: text, or json (one object a line)", "FORMAT")
    add.flag("--verbose", "print the log's entries too", "-v")
    add.flag("--quiet", "print no requests", "-q")
    return parser


class _Adder:
    """Adds options to a parser, each with its environment variable as default and in its help."""

    def __init__(self, parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
        self._parser = parser
        self._environment = environment
        self._group: Any = parser

    def group(self, title: str) -> None:
        self._group = self._parser.add_argument_group(title)

    def __call__(
        self,
        flag: str,
        read: Callable[[str], Any],
        default: Any,
        text: str,
        metavar: str,
        *,
        dest: str | None = None,
        repeatable: bool = False,
        shown: str | None = None,
    ) -> None:
        variable = _variable(flag)
        if shown is None and default not in (None, "", []):
            shown = f"{default:g}" if isinstance(default, float) else str(default)
        value = default
        if variable in self._environment:
            raw = self._environment[variable]
            value = (
                [self._read(variable, read, part) for part in raw.split()]
                if repeatable
                else self._read(variable, read, raw)
            )
        text = f"{text} [{variable}{f'; default: {shown}' if shown else ''}]".replace("%", "%%")
        action = _Append if repeatable else "store"
        self._group.add_argument(
            flag,
            type=read,
            default=value,
            help=text,
            metavar=metavar,
            action=action,
            **({"dest": dest} if dest else {}),
        )

    def flag(self, flag: str, text: str, *short: str) -> None:
        variable = _variable(flag)
        value = self._read(variable, _yes_or_no, self._environment.get(variable, "no"))
        self._group.add_argument(flag, *short, action="store_true", default=value, help=f"{text} [{variable}]")

    def _read(self, variable: str, read: Callable[[str], Any], text: str) -> Any:
        try:
            return read(text)
        except (argparse.ArgumentTypeError, ValueError) as error:
            self._parser.error(f"environment variable {variable}: {error}")


class _Append(argparse.Action):
    """Collects a repeatable option; the first on the command line replaces the environment's values."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if getattr(namespace, self.dest) is self.default:
            setattr(namespace, self.dest, [])
        getattr(namespace, self.dest).append(values)


def _variable(flag: str) -> str:
    return PREFIX + flag.strip("-").replace("-", "_").upper()


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number < FOREVER:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 up")
    return number


def _not_negative(text: str) -> float:
    return _number(text)


def _positive(text: str) -> float:
    number = _number(text)
    if number == 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes from 1 up")
    return int(text)


def _duration(text: str) -> float:
    return FOREVER if text == "forever" else _number(text)


def _latency(text: str) -> tuple[float, float]:
    """Milliseconds, or a range of them, as a pair of seconds."""
    least, _, most = text.partition("-")
    pair = (_number(least) / 1000, _number(most or least) / 1000)
    if pair[0] > pair[1]:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range: the smaller number comes first")
    return pair


def _base_path(text: str) -> str:
    path = "/" + text.strip("/") if text.strip("/") else ""
    if any(character in path for character in "?#{} "):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path")
    return path


def _origin(text: str) -> str:
    if text == "*":
        return text
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin, such as http://localhost:4000")
    return text


def _console(text: str) -> str:
    if text not in ("text", "json"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither text nor json")
    return text


def _yes_or_no(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("", "0", "false", "no", "off"):
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no")
