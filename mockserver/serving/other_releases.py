"""What releases of pgwatch have that this server has not: who uses a client of one is told which mock it needs."""

import asyncio
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.console import Console
from mockserver.http.exchange import item_of
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import Release, read_release, release_names

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

    async def hint(self, scope: Mapping[str, Any], status: int) -> str:
        """Return which option a request (its ASGI scope) asks for that was refused with a status, empty for none.

        That is a request for an operation that only others have (404, 405), and one to add what is there (409), which
        some take for a change.
        """
        method, known = scope["method"], await _known()
        paths = (path.removeprefix(self._base) for path in (scope["path"], item_of(scope["raw_path"])))
        at = next(((method, path) for path in paths if (method, path) in known), None)
        if at is None:
            return ""
        others = known[at]
        if at not in self._own:
            hint = _in_words(others, f"{method} {at[1]} is of")
        elif status == CONFLICT and (replacing := [each for each in others if str(CONFLICT) not in each.statuses]):
            hint = _in_words(replacing, f"{method} {at[1]} changes what is there in")
        else:
            return ""
        if hint not in self._told:
            self._told.add(hint)
            self._console.note(hint)
        return hint


def _in_words(operations: list[_Operation], what: str) -> str:
    """Return the hint, the option first: see ``app``."""
    versions = operations[0].release.versions[0], operations[-1].release.versions[-1]
    first, last = (".".join(version.partition("-")[0].split(".")[:2]) for version in versions)
    return f"mock --release {last}: {what} pgwatch {first} to {last}"


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
