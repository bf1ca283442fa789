"""What a mock server is told when it is made."""

from dataclasses import dataclass
from pathlib import Path

from pgwatch_contract.files import data_file

FOREVER = float("inf")


@dataclass(frozen=True)
class Settings:
    """The settings of one mock server. Times are in seconds, sizes in bytes.

    ``None`` leaves a choice to the mock: any login for ``user`` and ``password``, a random ``jwt_secret``, the
    contract's own ``max_body``; empty ``cors_origins`` mean the contract's default origin. ``allowed_hosts`` are
    names it answers to on a loopback address, besides those of this machine. ``release`` is the release
    of pgwatch to stand for, None for the contract alone, and ``store`` what that release keeps its sources in. ``env``
    are environment variables that what a client sends may name.
    """

    release: str | None = None
    store: str | None = None
    env: tuple[str, ...] = ()
    spec: Path = data_file("openapi.yaml")
    sources: Path = data_file("fixtures/sources.yaml")
    metrics: Path = data_file("fixtures/metrics.yaml")
    user: str | None = None
    password: str | None = None
    token_ttl: float = 8 * 3600
    jwt_secret: str | None = None
    base_path: str = ""
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    max_body: int | None = None
    real_connect: bool = False
    not_ready: float = 0
    latency: tuple[float, float] = (0, 0)
    log_rate: float = 2
    seed: int = 0
