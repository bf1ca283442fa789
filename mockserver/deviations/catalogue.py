"""The catalogue of deviations, ``deviations.yaml``: what each does, which clauses it breaks, where it was seen."""

import difflib
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mockserver.deviations.kinds.every_pair import all_pairs
from mockserver.errors import StartupError
from pgwatch_contract.catalogue import read_entries
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import Release

_WIDTH = 100


@dataclass(frozen=True)
class Deviation:
    """A named way of breaking clauses of the contract.

    ``operations`` are operationIds, none for the server as a whole; ``seen`` are release families, or ``kind of
    defect`` where no release of pgwatch is known to do it. ``shown`` is ``release`` where only a mock that stands
    for a release shows it, which is about what the contract itself does not have, ``contract`` where none does, and
    ``query`` where one does that has names in the query.
    """

    title: str
    breaks: tuple[str, ...]
    operations: tuple[str, ...]
    seen: tuple[str, ...] | str
    shown: str | None = None


def read_catalogue() -> dict[str, Deviation]:
    """Return the deviations by name, in the order of the file."""
    return {
        name: Deviation(
            entry["title"],
            tuple(entry["breaks"]),
            tuple(entry["operations"]),
            entry["seen"] if isinstance(entry["seen"], str) else tuple(entry["seen"]),
            entry.get("shown"),
        )
        for name, entry in read_entries().items()
    }


def similar(name: str, names: Iterable[str]) -> list[str]:
    """Return the names, at most three, that a mistyped one may stand for."""
    return difflib.get_close_matches(name, list(names), n=3)


def insist_on_showing(names: Iterable[str], release: Release | None, spec: Path) -> None:
    """Raise StartupError for the first of these deviations that a mock cannot show.

    Takes the release that it stands for, None for none, and the contract's file.
    """
    catalogue, operations = read_catalogue(), _operations(release, spec)
    for name in names:
        if "@" in name:
            reason = "a release has ways of its own" if release else None
        else:
            reason = _why_not(name, catalogue[name], release, operations)
        if reason is not None:
            raise StartupError(f"--deviate {name} cannot be shown here: {reason}; --list-deviations lists what can be")


def _operations(release: Release | None, spec: Path) -> dict[str, bool]:
    """Return the operationIds of a release, each with whether names are in its path; none without a release."""
    paths = release_document(release.name, spec)["paths"] if release else {}
    return {each["operationId"]: "{" in path for path, item in paths.items() for each in item.values()}


def _why_not(name: str, deviation: Deviation, release: Release | None, operations: Mapping[str, bool]) -> str | None:
    if release is None:
        return "only releases have what it is about" if deviation.shown == "release" else None
    if any(each.name == name for each in release.deviations):
        return None  # it does that anyway
    if deviation.shown == "query" and any(operations.get(each) for each in deviation.operations):
        return f"{release.title} has names in its paths, not in the query"
    if deviation.shown in ("contract", "release"):
        return f"{release.title} has ways of its own there"
    if deviation.operations and not any(each in operations for each in deviation.operations):
        return f"{release.title} has no {' or '.join(deviation.operations)}"
    return None


def listing(release: Release | None, spec: Path) -> str:
    """Return what --deviate takes, for a terminal: each name, what the server does, and the clauses that breaks.

    Takes what ``insist_on_showing`` does.
    """
    operations = _operations(release, spec)
    blocks = []
    for name, deviation in read_catalogue().items():
        if _why_not(name, deviation, release, operations) is not None:
            continue
        blocks += [name, _indented(deviation.title), _indented(f"breaks {', '.join(deviation.breaks)}"), ""]
    return "\n".join([*blocks, *([] if release else _kinds())]).rstrip("\n")


def _kinds() -> list[str]:
    """Return what else may go wrong: each kind, and the places that it can be shown at."""
    places: dict[tuple[str, str], list[str]] = {}
    for pair in all_pairs().values():
        places.setdefault((pair.kind, pair.title), []).append(pair.place)
    blocks = []
    for (kind, title), found in places.items():
        blocks += [f"{kind}@PLACE", _indented(title), _indented(f"PLACE: {', '.join(found)}"), ""]
    return blocks


def _indented(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
