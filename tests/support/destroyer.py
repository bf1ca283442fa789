"""``python -m tests.support.destroyer HOW OPTIONS...``: the mock as a server that harms sources of others."""

import sys
from collections.abc import Callable
from typing import Any

from mockserver.command.cli import main
from mockserver.http.exchange import Answer, Request, refuse
from mockserver.memory.state import Source, State
from mockserver.operations import sources as operations
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers

_ADDED_BEFORE_IT_BREAKS = 3
_delete, _add, _put = State.delete_source, State.add_source, State._put


def _first(state: State) -> str:
    return next(iter(state._sources))


def _delete_first(self: State, name: str) -> Source | None:
    """Delete the first source of the list, whichever was named."""
    return _delete(self, _first(self)) if name in self._sources else None


def _delete_last_if_refused(self: State, name: str) -> Source | None:
    """Delete the last source where none has the name, and refuse."""
    found = _delete(self, name)
    if found is None and self._sources:
        _delete(self, next(reversed(self._sources)))
    return found


def _write_to_all_alike(self: State, source: Source) -> bool:
    """Update every source whose name begins like the one that is named."""
    if source["Name"] not in self._sources:
        return False
    for name in [name for name in self._sources if name[:4] == source["Name"][:4]]:
        _put(self, {**source, "Name": name})
    return True


def _replace_first(self: State, source: Source) -> bool:
    """Put an added source in the place of the first."""
    self._sources = {source["Name"] if name == _first(self) else name: each for name, each in self._sources.items()}
    _put(self, source)
    return True


def _forget_on_refusal(self: State, source: Source) -> bool:
    """Refuse a name that there is, and lose the first source."""
    if _add(self, source):
        return True
    _delete(self, _first(self))
    return False


def _break_list(self: State, source: Source) -> bool:
    """Add a source, and list nothing any more from the third on."""
    self.added = getattr(self, "added", 0) + 1  # type: ignore[attr-defined]
    return _add(self, source)


_list = operations.list_sources


async def _failing_list(mock: Backend, request: Request, answers: Answers) -> Answer:
    if getattr(mock.state, "added", 0) >= _ADDED_BEFORE_IT_BREAKS:
        return refuse(500, "yaml: line 9: did not find expected key, after postgresql://shop:s3cr3t@shop-db/shop")
    return await _list(mock, request, answers)


def _use(**methods: Any) -> Callable[[], None]:
    def patch() -> None:
        for name, method in methods.items():
            setattr(State, name, method)

    return patch


def _breaking() -> None:
    State.add_source = _break_list  # type: ignore[method-assign]
    operations.list_sources = _failing_list


BREAKAGES: dict[str, Callable[[], None]] = {
    "delete-first": _use(delete_source=_delete_first),
    "refused-delete-takes-last": _use(delete_source=_delete_last_if_refused),
    "put-writes-to-all": _use(replace_source=_write_to_all_alike),
    "post-replaces-first": _use(add_source=_replace_first),
    "refused-post-loses-first": _use(add_source=_forget_on_refusal),
    "list-breaks": _breaking,
}

if __name__ == "__main__":
    BREAKAGES[sys.argv.pop(1)]()
    sys.exit(main())
