"""The mark that the names of all that the suite adds bear: whose they are, and since when.

``contract-20301231t235959z-0a1b2c-`` begins the names of one run.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

MARK = re.compile(r"contract-(\d{8}t\d{6}z)-[0-9a-f]{6}-")
_FORMAT = "%Y%m%dt%H%M%Sz"


def new_mark() -> str:
    """Return a mark that no other run has: two runs on one server must not touch each other's things."""
    return f"contract-{datetime.now(UTC).strftime(_FORMAT)}-{secrets.token_hex(3)}-"


def is_of_any_run(name: str) -> bool:
    """Say whether a name is of something that a run of the suite, this one or another, has added."""
    return MARK.match(name) is not None


def mark_of(name: str) -> str:
    """Return the mark at the beginning of a name of any run; raises ValueError where there is none."""
    match = MARK.match(name)
    if match is None:
        raise ValueError(f"{name!r} bears no mark of a run")
    return match[0]


@dataclass(frozen=True)
class LeftBehind:
    """What earlier runs have left: the names by kind (sources, metrics, presets), and when the first of them began."""

    names: dict[str, list[str]]
    since: datetime

    @property
    def in_words(self) -> str:
        """How many of each, and since when: ``2 sources and 1 metric of earlier runs, since 2030-12-31 23:59 UTC``."""
        parts = [f"{len(names)} {kind if len(names) > 1 else kind[:-1]}" for kind, names in self.names.items() if names]
        many = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
        return f"{many} of earlier runs, since {self.since:%Y-%m-%d %H:%M} UTC"


def left_behind(listed: Mapping[str, Iterable[str]], own: str) -> LeftBehind | None:
    """Return what earlier runs have left of the names that are listed, by kind; None for nothing.

    ``own`` is the mark of the run itself.
    """
    names = {
        kind: [name for name in each if is_of_any_run(name) and not name.startswith(own)]
        for kind, each in listed.items()
    }
    times = [match[1] for each in names.values() for name in each if (match := MARK.match(name))]
    if not times:
        return None
    return LeftBehind(names, datetime.strptime(min(times), _FORMAT).replace(tzinfo=UTC))
