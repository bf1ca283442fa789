"""What one run is told, by the options of ``verify`` or of pytest (``pgwatch_contract.suite_options``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.contract.clauses import LAYERS
from contract_tests.errors import NotJudged
from contract_tests.target.guard import Permission
from pgwatch_contract.releases.documents import release_of
from pgwatch_contract.suite_options import AUTO

_SECONDS = {"quick": 300, "default": 1200, "thorough": 7200}
"""What a run may take unless it is told: more than ten times what the mock takes."""


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
    checks: tuple[Path, ...]
    release: str | None
    store: str | None
    strict: bool
    coverage_at_least: float | None
    ledger: Path | None
    write_ledger: Path | None
    base_path: str
    header: tuple[tuple[str, str], ...]
    allow_writes: bool
    throwaway: bool
    wait_for: float | None
    rate: float | None
    wait: float
    time_limit: float | None
    insecure: bool
    ca_bundle: Path | None
    client_cert: Path | None
    client_key: Path | None
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
    def seconds(self) -> float:
        """How long the run may take."""
        return self.time_limit or _SECONDS[self.effort]

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
    if values["client_key"] and not values["client_cert"]:
        raise NotJudged("--client-key goes with --client-cert: give both")
    url = None if base_url is None else _checked(base_url).rstrip("/") + values["base_path"]
    release = values["release"] or release_of(values["spec"])
    return Settings(**{**values, "base_url": url, "release": release})


def _checked(url: str) -> str:
    """Return the URL of a server; raises NotJudged, without its password, where it is none."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        port, has_login = parts.port, parts.username or parts.password
    except ValueError as error:
        raise NotJudged(f"{_shown(url)!r} is not the URL of a server: {error}") from None
    if not is_url or port == 0 or not (url.isascii() and url.isprintable()) or " " in url:
        raise NotJudged(f"{_shown(url)!r} is not the URL of a server, such as http://127.0.0.1:8080")
    if has_login:
        raise NotJudged("the URL holds a user or a password: give them by --user and --password")
    return url


def _shown(url: str) -> str:
    head, separator, rest = url.partition("://")
    return f"{head}://{rest.rpartition('@')[2]}" if separator else url.rpartition("@")[2]
