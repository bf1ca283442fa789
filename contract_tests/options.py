"""The options of the suite: ``--user`` for ``pgwatch-contract verify`` is ``--contract-user`` for pytest."""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.clauses import LAYERS
from contract_tests.errors import NotJudged
from contract_tests.guard import Permission
from pgwatch_contract.files import data_file

VARIABLE_PREFIX = "PGWATCH_CONTRACT_"
PYTEST_PREFIX = "--contract-"
EFFORTS = ("quick", "default", "thorough")
STORES = ("yaml", "postgres")
AUTO = "auto"


@dataclass(frozen=True)
class Option:
    """One option: its name, what ``--help`` says, and how a text becomes its value; without ``metavar`` a switch."""

    name: str
    text: str
    metavar: str | None = None
    read: Callable[[str], Any] = str
    default: Any = None
    repeatable: bool = False

    @property
    def key(self) -> str:
        """Its name as an attribute."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that stands for it."""
        return VARIABLE_PREFIX + self.key.upper()


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _layer(text: str) -> str:
    if text not in LAYERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no layer; the layers are: {', '.join(LAYERS)}")
    return text


def _store(text: str) -> str:
    if text not in STORES:
        raise argparse.ArgumentTypeError(f"{text!r} is no store: there are {' and '.join(STORES)}")
    return text


def _path(text: str) -> str:
    return f"/{text.strip('/')}" if text.strip("/") else ""


OPTIONS = {
    "who": [
        Option("user", "the user to sign in as", "NAME"),
        Option("password", "the password; without it, and with a user, you are asked for it", "PASSWORD"),
        Option("jwt-secret", "the secret that signs the server's tokens, to try expired and forged ones", "SECRET"),
        Option("database", "a connection string that the server can connect by", "STRING"),
    ],
    "what": [
        Option("layer", f"judge this layer alone (repeatable): {', '.join(LAYERS)}", "LAYER", _layer, repeatable=True),
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
            "store", "where the server keeps its sources, yaml or postgres: some deviations need one", "STORE", _store
        ),
        Option("strict", "known deviations that are no longer there turn the run red"),
        Option("ledger", "failures that are known of this server, with reasons, in a file of your own", "FILE", Path),
        Option("write-ledger", "write the new failures of this run into such a file", "FILE", Path),
        Option("deviate", "show this deviation in the mock that is started (repeatable)", "NAME", repeatable=True),
    ],
    "how far": [
        Option("allow-writes", "add, change and delete sources of the suite's own at a URL"),
        Option("throwaway", "send anything: the server at the URL may lose all its data"),
    ],
    "how to connect": [
        Option("base-path", "the path below which the server's own paths begin, as behind a proxy", "PATH", _path, ""),
        Option("rate", "send at most so many requests a second", "NUMBER", _positive),
        Option("wait", "wait at most so many seconds for an answer", "SECONDS", _positive, 10.0),
        Option("insecure", "accept any TLS certificate"),
        Option("ca-bundle", "accept certificates of the authorities in this file", "FILE", Path),
        Option("cors-origin", "the origin that the server allows, if it is not the contract's; * for any", "ORIGIN"),
    ],
    "what to leave": [
        Option("report", "write the verdict as HTML, Markdown, JSON and JUnit into this folder", "FOLDER", Path),
    ],
}
"""All options, by the group in which ``--help`` lists them."""


@dataclass(frozen=True)
class Settings:
    """What one run was told. ``base_url`` is None where the suite is to start the mock itself."""

    base_url: str | None
    user: str | None
    password: str | None
    jwt_secret: str | None
    database: str | None
    layer: tuple[str, ...]
    quick: bool
    thorough: bool
    seed: int
    spec: Path
    deviate: tuple[str, ...]
    release: str | None
    store: str | None
    strict: bool
    ledger: Path | None
    write_ledger: Path | None
    base_path: str
    allow_writes: bool
    throwaway: bool
    rate: float | None
    wait: float
    insecure: bool
    ca_bundle: Path | None
    cors_origin: str | None
    report: Path | None

    @property
    def effort(self) -> str:
        """How much to try: quick, default or thorough."""
        return "quick" if self.quick else "thorough" if self.thorough else "default"

    @property
    def layers(self) -> frozenset[str]:
        """The layers to judge."""
        return frozenset(self.layer or LAYERS)

    @property
    def permission(self) -> Permission:
        """What may be sent. A mock of the suite's own is there to be thrown away."""
        if self.base_url is None or self.throwaway:
            return Permission.THROWAWAY
        return Permission.OWN if self.allow_writes else Permission.READ

    @property
    def given(self) -> frozenset[str]:
        """The needs of clauses that are met (see ``needs.py``)."""
        is_mock = self.base_url is None
        met = {
            "own": self.permission >= Permission.OWN,
            "throwaway": self.permission >= Permission.THROWAWAY,
            "secret": is_mock or self.jwt_secret is not None,
            "credentials": is_mock or self.user is not None or self.password is not None,
            "database": is_mock or self.database is not None,
            "patience": is_mock or self.thorough,
            # A mock that stands for a release has that release's limits and manners, which no option of ours changes.
            "mock": is_mock and self.release is None,
            # Whether a server lets clients change these is found out when the run begins.
            "metrics": True,
            "presets": True,
        }
        return frozenset(need for need, is_met in met.items() if is_met)


def settings_of(base_url: str | None, values: Mapping[str, Any]) -> Settings:
    """Return the settings that options say; raises NotJudged, with one line, for what does not go together."""
    if values["quick"] and values["thorough"]:
        raise NotJudged("--quick and --thorough do not go together: choose one")
    if base_url is None and (values["allow_writes"] or values["throwaway"]):
        raise NotJudged("--allow-writes and --throwaway are about a server at a URL: give one")
    if base_url is None and values["release"] == AUTO:
        raise NotJudged("--release auto asks a server at a URL which release it is: give one")
    if base_url is None and values["base_path"]:
        raise NotJudged("--base-path is about a server at a URL: give one")
    if base_url is not None and values["deviate"]:
        raise NotJudged("--deviate is for the mock that the suite starts: leave out the URL")
    url = base_url.rstrip("/") + values["base_path"] if base_url else None
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise NotJudged(f"{url!r} is not the URL of a server, such as http://127.0.0.1:8080")
        if parts.username or parts.password:
            raise NotJudged("the URL holds a user or a password: give them by --user and --password")
    lists = {key: tuple(values[key] or ()) for key in ("layer", "deviate")}
    return Settings(base_url=url, **{**values, **lists})


def add_options(add_group: Callable[[str], Any], add: str, prefix: str) -> None:
    """Add all options to a parser.

    ``add_group`` makes a group by its title, ``add`` names its method that adds an option, ``prefix`` begins each
    option.
    """
    for title, options in OPTIONS.items():
        group = add_group(title)
        for option in options:
            how: dict[str, Any] = {"dest": f"contract_{option.key}", "default": default_of(option, os.environ)}
            if option.metavar is None:
                how["action"] = "store_true"
            else:
                how |= {"type": option.read, "metavar": option.metavar}
                if option.repeatable:
                    how["action"] = "append"
            text = f"{option.text} [{option.variable}]"
            getattr(group, add)(f"{prefix}{option.name}", help=text.replace("%", "%%"), **how)


def default_of(option: Option, environment: Mapping[str, str]) -> Any:
    """Return the value of an option that is not given; raises NotJudged for a variable that cannot be read."""
    text = environment.get(option.variable)
    if text is None:
        return False if option.metavar is None else option.default
    if option.metavar is None:
        return text.lower() in ("1", "true", "yes", "on")
    try:
        return [option.read(part) for part in text.split()] if option.repeatable else option.read(text)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise NotJudged(f"environment variable {option.variable}: {error}") from None
