"""The options of the contract suite: ``--user`` for ``pgwatch-contract verify`` is ``--contract-user`` for pytest.

They stand apart from the suite, which pytest imports only where one of them is used.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from pgwatch_contract.command_line import Command, Option, insist_on_known_variables, option
from pgwatch_contract.files import data_file

LAYERS = ("http", "cors", "authentication", "operations", "stateful", "generated", "log", "concurrency", "secrets")
"""The layers in the order in which they run."""
VARIABLES = "PGWATCH_CONTRACT"
PYTEST_PREFIX = "--contract-"
STORES = ("yaml", "postgres")
AUTO = "auto"
_LINES, _WORDS = r"\n", r"[,\s]+"


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError(f"{text!r} is not a number above 0")
    return value


def _percentage(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 100:
        raise ValueError(f"{text!r} is no percentage: give a number from 0 to 100, such as 95")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def _one_of(what: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"{text!r} is no {what}: there are {', '.join(known)}")
        return text

    return read


def _several(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    return lambda text: tuple(read(part) for part in re.split(_WORDS, text) if part)


def _path(text: str) -> str:
    return f"/{text.strip('/')}" if text.strip("/") else ""


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not value.strip().isprintable():
        # The value may be a secret.
        raise ValueError(f"a header that begins with {name[:20]!r} is not of the form 'Name: value'")
    return name, value.strip()


def suite_options(prefix: str = "--") -> dict[str, list[Option]]:
    """Return all options, by the group in which ``--help`` lists them; a prefix begins each.

    Their values are named without it.
    """

    def named(name: str, text: str, metavar: str = "", read: Any = str, **more: Any) -> Option:
        more |= {"metavar": metavar} if metavar else {"is_flag": True}
        return option(f"{prefix}{name}", name.replace("-", "_"), text=text, read=read, **more)

    return {
        "who": [
            named("user", "the user to sign in as", "NAME"),
            named("password", "the password; without it, and with a user, you are asked for it", "PASSWORD"),
            named("jwt-secret", "the secret that signs the server's tokens, to try expired and forged ones", "SECRET"),
            named("database", "a connection string that the server can connect by", "STRING"),
        ],
        "what": [
            named("layer", f"judge these layers alone (repeatable, or with commas): {', '.join(LAYERS)}", "LAYER",
                  _several(_one_of("layer", LAYERS)), many=_WORDS),
            named("quick", "seconds: for each push"),
            named("thorough", "minutes: many more cases, and the log stream's real pings"),
            named("seed", "choose the cases by this number; the same seed gives the same cases", "NUMBER", _whole,
                  default=0),
            named("spec", "another contract (OpenAPI 3.0)", "FILE", Path, default=data_file("openapi.yaml")),
            named("release",
                  "judge a release of pgwatch, such as 5.3, by what it means to do, and tell known deviations from new"
                  " failures; auto finds out which it is", "X"),
            named("store", "where the server keeps its sources, yaml or postgres: some deviations need one", "STORE",
                  _one_of("store", STORES)),
            named("strict", "known deviations that are no longer there turn the run red"),
            named("ledger", "failures that are known of this server, with reasons, in a file of your own", "FILE",
                  Path),
            named("write-ledger", "write the new failures of this run into such a file", "FILE", Path),
            named("deviate", "show this deviation in the mock that is started (repeatable)", "NAME", _several(str),
                  many=_WORDS),
            named("coverage-at-least",
                  "the run is to exercise so much of what the document says, or its exit code is 2", "PERCENT",
                  _percentage),
            named("checks", "a folder with a conftest.py (and tests) of your own, which count too (repeatable)",
                  "FOLDER", Path, many=_LINES),
        ],
        "how far": [
            named("allow-writes",
                  "add, change and delete sources of the suite's own at a URL, none of them enabled; a server that"
                  " keeps its sources in a YAML file then writes that file anew: comments, null and variables ($NAME,"
                  " whose values it writes) are lost"),
            named("throwaway", "send anything: the server at the URL may lose all its data"),
        ],
        "how to connect": [
            named("base-path", "the path below which the server's own paths begin, as behind a proxy", "PATH", _path,
                  default=""),
            named("header",
                  "send this header with every request, as 'Name: value' (repeatable): for what is in front of the"
                  " server; in the environment one on each line", "HEADER", _header, many=_LINES),
            named("wait-for", "wait at most so many seconds until the server is ready", "SECONDS", _positive),
            named("rate", "send at most so many requests a second", "NUMBER", _positive),
            named("wait", "wait at most so many seconds for an answer", "SECONDS", _positive, default=10.0),
            named("time-limit",
                  "end the run after so many seconds, and say what was not judged (quick: 300, default: 1200,"
                  " thorough: 7200, and what it has to wait for its turn)", "SECONDS", _positive),
            named("insecure", "accept any TLS certificate"),
            named("ca-bundle",
                  "accept certificates of the authorities in this file; otherwise of REQUESTS_CA_BUNDLE,"
                  " CURL_CA_BUNDLE or SSL_CERT_FILE", "FILE", Path),
            named("client-cert", "show this certificate to the server (PEM, with its key or --client-key)", "FILE",
                  Path),
            named("client-key", "the key of the client's certificate (PEM, without a password)", "FILE", Path),
            named("cors-origin", "the origin that the server allows, if it is not the contract's; * for any",
                  "ORIGIN"),
        ],
        "what to leave": [
            named("report", "write the verdict as HTML, Markdown, JSON and JUnit into this folder", "FOLDER", Path),
        ],
    }  # fmt: skip


def values_in(context: click.Context) -> dict[str, Any]:
    """Return the value of every option in a context; raises UsageError where a variable stands for none of them."""
    assert isinstance(context.command, Command)  # noqa: S101
    insist_on_known_variables(context.command)
    values = {name: context.params[name] for name in _names()}
    if values["password"] is None:  # to Click an empty variable is none, and a password can be empty
        values["password"] = os.environ.get(f"{VARIABLES}_PASSWORD")
    return values | {name: tuple(each for given in values[name] for each in given) for name in ("layer", "deviate")}


def add_to_pytest(parser: Any) -> None:
    """Add the options to pytest's own, but for those that are ``verify``'s alone; pytest keeps them as they come."""
    for title, options in suite_options(PYTEST_PREFIX).items():
        group = parser.getgroup(f"contract: {title}")
        for each in options:
            if each.name == "checks":  # pytest takes such a folder itself
                continue
            how: dict[str, Any] = {"dest": f"contract_{each.name}", "default": None}
            if each.is_flag:
                how |= {"action": "store_const", "const": True}
            else:
                how |= {"metavar": each.metavar, "action": "append" if each.multiple else "store"}
            text = f"{each.help} [{VARIABLES}_{(each.name or '').upper()}]"
            group.addoption(each.opts[0], help=text.replace("%", "%%"), **how)


def values_for_pytest(given: Callable[[str], Any]) -> dict[str, Any]:
    """Return the value of every option: as pytest has it, else from the environment, else its default.

    ``given`` returns what pytest has for an option's destination, None for nothing. Raises ValueError, with one line,
    for what cannot be understood.
    """
    options = suite_options(PYTEST_PREFIX)
    arguments = [part for each in options.values() for one in each for part in _as_given(one, given)]
    command = Command("pytest", lambda **_: 0, options, variables=VARIABLES)
    try:
        with command.make_context("pytest", arguments) as context:
            return values_in(context)
    except click.ClickException as error:
        raise ValueError(error.format_message()) from None


def _names() -> list[str]:
    return [each.name for options in suite_options().values() for each in options if each.name]


def _as_given(option: Option, given: Callable[[str], Any]) -> Iterator[str]:
    value = given(f"contract_{option.name}")
    if option.is_flag and value:
        yield option.opts[0]
    elif value is not None:
        yield from (f"{option.opts[0]}={each}" for each in (value if option.multiple else [value]))
