"""``python -m tests.support.broken_release HOW OPTIONS...``: a release that keeps metrics and presets wrongly."""

import sys
from collections.abc import Callable
from typing import Any

from mockserver.command.cli import main
from mockserver.release import replies
from mockserver.release.store.store import StorageError
from mockserver.release.store.yaml_store import YamlStore

_put, _delete, _done = YamlStore.put_definition, YamlStore.delete_definition, replies.done


async def _put_merged(self: YamlStore, section: Any, name: str, value: dict[str, Any]) -> None:
    """Keep what a body leaves out, or says nothing of."""
    old = (self.definitions(section) or {}).get(name, {})
    await _put(self, section, name, {key: each or old.get(key, each) for key, each in value.items()})


async def _put_forgetful(self: YamlStore, section: Any, name: str, value: dict[str, Any]) -> None:
    """Lose the end of names, and descriptions."""
    await _put(self, section, name.strip(), {**value, "Description": "" if value["Description"] else "none"})


async def _delete_more(self: YamlStore, section: Any, name: str) -> None:
    """Delete all whose names begin alike."""
    for each in [each for each in self.definitions(section) or {} if each.startswith(name)]:
        await _delete(self, section, each)


def _lenient() -> None:
    YamlStore.put_definition = _put_merged  # type: ignore[method-assign]
    YamlStore.create_definition = _put_merged  # type: ignore[method-assign]
    YamlStore.delete_definition = _delete_more  # type: ignore[method-assign]


def _forgetful() -> None:
    YamlStore.put_definition = _put_forgetful  # type: ignore[method-assign]


async def _fail(self: YamlStore, section: Any, name: str) -> None:
    raise StorageError("the disk is full")


def _stuck() -> None:
    YamlStore.delete_definition = _fail  # type: ignore[method-assign]


def _accepted() -> None:
    replies.done = lambda status=200: _done(202)  # type: ignore[assignment]


BREAKAGES: dict[str, Callable[[], None]] = {
    "lenient": _lenient,
    "forgetful": _forgetful,
    "accepted": _accepted,
    "stuck": _stuck,
}
"""Each in a word: names are taken twice and bodies merged; parts are lost; every success is a 202; none is deleted."""

if __name__ == "__main__":
    BREAKAGES[sys.argv.pop(1)]()
    sys.exit(main())
