"""The mock that the suite judges where it is given no URL: its credentials and options."""

import random
import sys
from dataclasses import dataclass

from contract_tests.target.settings import Settings
from pgwatch_contract.mock_process import MockProcess, launch_mock

DATABASE = "postgresql://contract@reachable.example.com/contract"
"""A connection string that the mock says it can connect by."""
_LOG_LINES_PER_SECOND = "50"
_ODD = "\N{LATIN SMALL LETTER E WITH ACUTE}\N{ELEPHANT}" if sys.getfilesystemencoding() == "utf-8" else ""
"""What an environment that is in ASCII alone cannot hand on."""
_ENDING = f" i{_ODD}{'x' * 260}"
"""What user and password end with: one that compares a beginning alone, or no blanks or accents, is not exact."""


@dataclass(frozen=True, repr=False)
class OwnMock:
    """A mock on its way, and what it was told."""

    process: MockProcess
    user: str
    password: str
    jwt_secret: str


def launch_own_mock(settings: Settings) -> OwnMock:
    """Launch the mock for a run; its credentials follow from the seed, as all cases do."""
    chosen = random.Random(f"{settings.seed} credentials")
    user, password, secret = (f"{word}-{chosen.getrandbits(64):016x}" for word in ("user", "password", "secret"))
    user, password = user + _ENDING, password + _ENDING
    options = ["--spec", str(settings.spec), "--log-rate", _LOG_LINES_PER_SECOND, "--seed", str(settings.seed)]
    process = launch_mock(
        [*options, *kind_of_mock(settings)], {"user": user, "password": password, "jwt_secret": secret}
    )
    return OwnMock(process, user, password, secret)


def kind_of_mock(settings: Settings) -> list[str]:
    """Return the options that make a mock what a run is told to expect: a release, deviations, an allowed origin."""
    release = ["--release", settings.release] if settings.release else []
    store = ["--store", settings.store] if settings.release and settings.store else []
    origin = ["--cors-origin", settings.cors_origin] if settings.cors_origin else []
    return [*release, *store, *origin, *(option for name in settings.deviate for option in ("--deviate", name))]
