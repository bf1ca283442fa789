"""The deviations that are to be caught, read from ``deviations.yaml``."""

from dataclasses import dataclass

from pgwatch_contract.catalogue import read_entries


@dataclass(frozen=True)
class Deviation:
    """A named way of breaking clauses: ``breaks`` holds the ids of those of which the suite must report one."""

    name: str
    title: str
    breaks: tuple[str, ...]


def read_catalogue() -> list[Deviation]:
    """Return all deviations that a mock of the contract itself shows, in the order of the file."""
    return [
        Deviation(name, entry["title"], tuple(entry["breaks"]))
        for name, entry in read_entries().items()
        if entry.get("shown") != "release"
    ]
