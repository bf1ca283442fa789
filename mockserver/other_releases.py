"""What releases of pgwatch have that this server has not: who uses a client of one is told which mock it needs."""

import asyncio
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.console import Console
from pgwatch_contract.releases import Release, read_release, release_document, release_names

CONFLICT = 409


class _Operation(NamedTuple):
    release: Release
    statuses: frozenset[str]


class OtherReleases:
    """Tells of requests that some release answers otherwise than this server's document lets it.

    Takes the document's ``paths``, the base path below which they are, and the console, which is told of each once.
    """

    def __init__(self, paths: Mapping[str, Mapping[str, Any]], base_path: str, console: Console) -> None:
        self._own = {(method.upper(), path) for path, item in paths.items() for method in item}
        self._base = base_path
        self._console = console
        self._told: set[str] = set()

    async def hint(self, method: str, path: str, status: int) -> str:
        """Return which option a request asks for that was refused with a status, empty where it asks for none.

        That is a request for an operation that only others have (404, 405), and one to add what is there (409), which
        some take for a change.
        """
        path = path.removeprefix(self._base)
        known = await _known()
        at = next((each for each in ((method, path), (method, item_of(path))) if each in known), None)
        if at is None:
            return ""
        others = known[at]
        if at not in self._own:
            hint = f"{method} {at[1]} is of {_in_words(others)}"
        elif status == CONFLICT and (replacing := [each for each in others if str(CONFLICT) not in each.statuses]):
            hint = f"{method} {at[1]} changes what is there in {_in_words(replacing)}"
        else:
            return ""
        if hint not in self._told:
            self._told.add(hint)
            self._console.note(hint)
        return hint


def item_of(path: str) -> str:
    """Return the path, as documents have it, of an item: ``/source/{name}`` for ``/source/demo``; empty for none."""
    parent, _, name = path.rpartition("/")
    return f"{parent}/{{name}}" if parent and name else ""


def first_and_last(releases: list[Release]) -> tuple[str, str]:
    """Return the first and the last version of some releases, without patch levels: ``("3.0", "3.7")``."""
    versions = [releases[0].versions[0], releases[-1].versions[-1]]
    first, last = (".".join(version.partition("-")[0].split(".")[:2]) for version in versions)
    return first, last


def _in_words(operations: list[_Operation]) -> str:
    first, last = first_and_last([each.release for each in operations])
    return f"pgwatch {first} to {last}: mock --release {last}"


async def _known() -> Mapping[tuple[str, str], list[_Operation]]:
    # The first call takes half a second, in which others are answered.
    return await asyncio.to_thread(_operations)


@functools.cache
def _operations() -> Mapping[tuple[str, str], list[_Operation]]:
    """Return the operations of all releases by method and path, each with the releases that have it, oldest first."""
    found: dict[tuple[str, str], list[_Operation]] = {}
    for name in release_names():
        for path, item in release_document(name)["paths"].items():
            for method, operation in item.items():
                one = _Operation(read_release(name), frozenset(map(str, operation["responses"])))
                found.setdefault((method.upper(), path), []).append(one)
    return found
