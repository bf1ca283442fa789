"""The catalogue of deviations, ``deviations.yaml``: what each does, which clauses it breaks, where it was seen."""

import difflib
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from pgwatch_contract.files import data_file

CATALOGUE = "deviations.yaml"
_WIDTH = 100


@dataclass(frozen=True)
class Deviation:
    """A named way of breaking clauses of the contract.

    ``operations`` are operationIds, none for the server as a whole; ``seen`` are release families, or ``kind of
    defect`` where no release of pgwatch is known to do it. ``needs_release`` says that only a mock that stands for a
    release shows it: it is about what the contract itself does not have.
    """

    title: str
    breaks: tuple[str, ...]
    operations: tuple[str, ...]
    seen: tuple[str, ...] | str
    needs_release: bool = False


def read_catalogue() -> dict[str, Deviation]:
    """Return the deviations by name, in the order of the file."""
    entries = yaml.load(data_file(CATALOGUE).read_bytes(), yaml.CSafeLoader)
    return {
        name: Deviation(
            entry["title"],
            tuple(entry["breaks"]),
            tuple(entry["operations"]),
            entry["seen"] if isinstance(entry["seen"], str) else tuple(entry["seen"]),
            entry.get("shown") == "release",
        )
        for name, entry in entries.items()
    }


def similar(name: str, names: Iterable[str]) -> list[str]:
    """Return the names, at most three, that a mistyped one may stand for."""
    return difflib.get_close_matches(name, list(names), n=3)


def listing() -> str:
    """Return what --deviate takes, for a terminal: each name, what the server does, and the clauses that breaks."""
    blocks = []
    for name, deviation in read_catalogue().items():
        if deviation.needs_release:
            continue
        blocks += [name, _indented(deviation.title), _indented(f"breaks {', '.join(deviation.breaks)}"), ""]
    return "\n".join(blocks[:-1])


def _indented(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
