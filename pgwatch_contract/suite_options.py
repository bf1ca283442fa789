"""The options of the contract suite: ``--user`` for ``pgwatch-contract verify`` is ``--contract-user`` for pytest.

They stand apart from the suite, which pytest imports only where one of them is used.
"""

import argparse
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pgwatch_contract.files import data_file

LAYERS = ("http", "cors", "authentication", "operations", "stateful", "generated", "log", "concurrency", "secrets")
"""The layers in the order in which they run."""
VARIABLE_PREFIX = "PGWATCH_CONTRACT_"
PYTEST_PREFIX = "--contract-"
STORES = ("yaml", "postgres")
AUTO = "auto"
_YES, _NO = ("1", "true", "yes", "on", "y", "t"), ("0", "false", "no", "off", "n", "f", "")


@dataclass(frozen=True)
class Option:
    """One option: its name, what ``--help`` says, and how a text becomes its value; without ``metavar`` a switch.

    One that may be ``separated`` by a pattern can be given several times, and hold several values at once.
    """

    name: str
    text: str
    metavar: str | None = None
    read: Callable[[str], Any] = str
    default: Any = None
    separated: str = ""
    for_pytest: bool = True

    @property
    def key(self) -> str:
        """Its name as an attribute."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that stands for it."""
        return VARIABLE_PREFIX + self.key.upper()

    def values_in(self, text: str) -> list[Any]:
        """Return the values that a text holds, of an option that can have several."""
        return [self.read(part.strip()) for part in re.split(self.separated, text) if part.strip()]


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _one_of(what: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise argparse.ArgumentTypeError(f"{text!r} is no {what}: there are {', '.join(known)}")
        return text

    return read


def _path(text: str) -> str:
    return f"/{text.strip('/')}" if text.strip("/") else ""


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not value.strip().isprintable():
        # The value may be a secret.
        raise argparse.ArgumentTypeError(f"a header that begins with {name[:20]!r} is not of the form 'Name: value'")
    return name, value.strip()


OPTIONS = {
    "who": [
        Option("user", "the user to sign in as", "NAME"),
        Option("password", "the password; without it, and with a user, you are asked for it", "PASSWORD"),
        Option("jwt-secret", "the secret that signs the server's tokens, to try expired and forged ones", "SECRET"),
        Option("database", "a connection string that the server can connect by", "STRING"),
    ],
    "what": [
        Option(
            "layer", f"judge these layers alone (repeatable, or with commas): {', '.join(LAYERS)}", "LAYER",
            _one_of("layer", LAYERS), separated=r"[,\s]+",
        ),
        Option("quick", "seconds: for each push"),
        Option("thorough", "minutes: many more cases, and the log stream's real pings"),
        Option("seed", "choose the cases by this number; the same seed gives the same cases", "NUMBER", int, 0),
        Option("spec", "another contract (OpenAPI 3.0)", "FILE", Path, data_file("openapi.yaml")),
        Option(
            "release",
            "judge a release of pgwatch, such as 5.3, by what it means to do, and tell known deviations from new"
            " failures; auto finds out which it is",
            "X",
        ),
        Option(
            "store", "where the server keeps its sources, yaml or postgres: some deviations need one", "STORE",
            _one_of("store", STORES),
        ),
        Option("strict", "known deviations that are no longer there turn the run red"),
        Option("ledger", "failures that are known of this server, with reasons, in a file of your own", "FILE", Path),
        Option("write-ledger", "write the new failures of this run into such a file", "FILE", Path),
        Option(
            "deviate", "show this deviation in the mock that is started (repeatable)", "NAME", separated=r"[,\s]+"
        ),
        Option(
            "checks", "a folder with a conftest.py (and tests) of your own, which count too (repeatable)", "FOLDER",
            Path, separated=r"\n", for_pytest=False,
        ),
    ],
    "how far": [
        Option(
            "allow-writes",
            "add, change and delete sources of the suite's own at a URL, none of them enabled; a server that keeps its"
            " sources in a YAML file then writes that file anew: comments, null and variables ($NAME, whose values it"
            " writes) are lost",
        ),
        Option("throwaway", "send anything: the server at the URL may lose all its data"),
    ],
    "how to connect": [
        Option("base-path", "the path below which the server's own paths begin, as behind a proxy", "PATH", _path, ""),
        Option(
            "header", "send this header with every request, as 'Name: value' (repeatable): for what is in front of the"
            " server; in the environment one on each line", "HEADER", _header, separated=r"\n",
        ),
        Option("wait-for", "wait at most so many seconds until the server is ready", "SECONDS", _positive),
        Option("rate", "send at most so many requests a second", "NUMBER", _positive),
        Option("wait", "wait at most so many seconds for an answer", "SECONDS", _positive, 10.0),
        Option(
            "time-limit", "end the run after so many seconds, and say what was not judged (quick: 300, default: 1200,"
            " thorough: 7200, and what it has to wait for its turn)", "SECONDS", _positive,
        ),
        Option("insecure", "accept any TLS certificate"),
        Option(
            "ca-bundle", "accept certificates of the authorities in this file; otherwise of REQUESTS_CA_BUNDLE,"
            " CURL_CA_BUNDLE or SSL_CERT_FILE", "FILE", Path,
        ),
        Option("client-cert", "show this certificate to the server (PEM, with its key or --client-key)", "FILE", Path),
        Option("client-key", "the key of the client's certificate (PEM, without a password)", "FILE", Path),
        Option("cors-origin", "the origin that the server allows, if it is not the contract's; * for any", "ORIGIN"),
    ],
    "what to leave": [
        Option("report", "write the verdict as HTML, Markdown, JSON and JUnit into this folder", "FOLDER", Path),
    ],
}  # fmt: skip
"""All options, by the group in which ``--help`` lists them."""


def every_option() -> list[Option]:
    """Return all options in the order of ``--help``."""
    return [option for options in OPTIONS.values() for option in options]


def add_options(add_group: Callable[[str], Any], add: str, prefix: str) -> None:
    """Add the options to a parser; all but ``verify``'s own where the prefix is pytest's.

    ``add_group`` makes a group by its title, ``add`` names its method that adds an option, ``prefix`` begins each
    option. What is not given is None: ``values_of`` knows the rest.
    """
    for title, options in OPTIONS.items():
        group = add_group(title)
        for option in options:
            if prefix == PYTEST_PREFIX and not option.for_pytest:
                continue
            how: dict[str, Any] = {"dest": f"contract_{option.key}", "default": None}
            if option.metavar is None:
                how |= {"action": "store_const", "const": True}
            elif option.separated:
                how |= {"type": option.values_in, "metavar": option.metavar, "action": "append"}
            else:
                how |= {"type": option.read, "metavar": option.metavar}
            text = f"{option.text} [{option.variable}]"
            getattr(group, add)(f"{prefix}{option.name}", help=text.replace("%", "%%"), **how)


def values_of(given: Callable[[str], Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of every option: as given, else from the environment, else its default.

    ``given`` returns what the command line has for an option's destination, None for nothing. Raises ValueError, with
    one line, for a variable that cannot be read, or that no option has.
    """
    known = {option.variable for option in every_option()}
    for name in environment:
        if name.startswith(VARIABLE_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f": is {near[0]} meant?" if near else "; pgwatch-contract verify --help names those there are"
            raise ValueError(f"no option has the environment variable {name}{meant}")
    return {option.key: _value_of(option, given(f"contract_{option.key}"), environment) for option in every_option()}


def _value_of(option: Option, given: Any, environment: Mapping[str, str]) -> Any:
    if given is not None:
        return tuple(value for values in given for value in values) if option.separated else given
    text = environment.get(option.variable)
    try:
        if option.metavar is None:
            return False if text is None else _switch(text)
        if option.separated:
            return tuple(option.values_in(text or ""))
        return option.default if text is None else option.read(text)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise ValueError(f"environment variable {option.variable}: {error}") from None


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES + _NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return word in _YES
