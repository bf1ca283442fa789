"""What careless servers do to others when a source is written: ``neighbour-of-its-group-is-lost@updateSource``.

Whether the write is granted, or refused (``@updateSource.refused``).
"""

import functools
from collections.abc import Callable, Iterator

from mockserver.deviations.call import WRITES, Call
from mockserver.deviations.kinds.pair import REFUSED, Pair
from mockserver.deviations.plan import Plan, Proceed
from mockserver.http.exchange import Answer
from mockserver.memory.state import Source, State

Chooses = Callable[[list[Source], Source], str | None]
"""Takes the sources before the write, and the one that is written or deleted; returns the name of the one harmed."""
_COMMON = 12
"""How many characters names alike begin with."""


def _with_the_same(field: str, sources: list[Source], mine: Source) -> str | None:
    others = (each for each in sources if each["Name"] != mine["Name"])
    return next((each["Name"] for each in others if field in mine and each[field] == mine[field]), None)


def _with_the_same_beginning(sources: list[Source], mine: Source) -> str | None:
    begin, names = mine["Name"][:_COMMON], [each["Name"] for each in sources]
    return next((name for name in names if name != mine["Name"] and name[:_COMMON] == begin), None)


def _beside(step: int, sources: list[Source], mine: Source) -> str | None:
    names = [each["Name"] for each in sources]
    place = (names.index(mine["Name"]) if mine["Name"] in names else len(names)) + step
    return names[place] if 0 <= place < len(names) else None


def _at(place: int, sources: list[Source], mine: Source) -> str | None:
    others = [each["Name"] for each in sources if each["Name"] != mine["Name"]]
    return others[place] if others else None


_CHOICES: dict[str, tuple[str, Chooses]] = {
    "of-its-group": ("a source of the same group", functools.partial(_with_the_same, "Group")),
    "of-its-connection": ("a source of the same connection string", functools.partial(_with_the_same, "ConnStr")),
    "of-its-beginning": ("a source whose name begins alike", _with_the_same_beginning),
    "before-it": ("the source before it in the list", functools.partial(_beside, -1)),
    "after-it": ("the source after it in the list", functools.partial(_beside, 1)),
    "at-the-beginning": ("the first of the other sources", functools.partial(_at, 0)),
    "at-the-end": ("the last of the other sources", functools.partial(_at, -1)),
}


_NOBODY = {
    "of-its-group": ("deleteSource.refused",),
    "of-its-connection": ("deleteSource.refused",),
    "after-it": ("addSource", "deleteSource.refused"),
}
"""Where there is no such neighbour: a source that is deleted in vain is none, and what was added is the last."""
_NOWHERE = {
    "at-the-end-is-moved": ("deleteSource", "deleteSource.refused"),
    "before-it-is-moved": ("deleteSource.refused",),
}
"""Where the one that is moved to the end is there already."""


class _Open(State):
    """A state whose sources can be changed as a whole."""

    def change(self, name: str, harm: Callable[[dict[str, Source], str], dict[str, Source]]) -> None:
        """Harm the source of a name."""
        if name in self._sources:
            self._sources = harm(dict(self._sources), name)
            self._sources_json = None


def _lost(sources: dict[str, Source], name: str) -> dict[str, Source]:
    return {other: source for other, source in sources.items() if other != name}


def _switched(sources: dict[str, Source], name: str) -> dict[str, Source]:
    return {**sources, name: {**sources[name], "IsEnabled": not sources[name]["IsEnabled"]}}


def _emptied(sources: dict[str, Source], name: str) -> dict[str, Source]:
    return {**sources, name: {**sources[name], "CustomTags": {}, "Metrics": {}, "PresetMetrics": ""}}


def _moved(sources: dict[str, Source], name: str) -> dict[str, Source]:
    return {**_lost(sources, name), name: sources[name]}


_HARMS = {
    "is-lost": ("is lost", _lost),
    "is-switched": ("is enabled or disabled", _switched),
    "is-emptied": ("loses its tags and metrics", _emptied),
    "is-moved": ("moves to the end of the list", _moved),
}


def pairs() -> Iterator[Pair]:
    """Give all pairs: whom each write that is granted or refused harms, and how."""
    for whom, (who, chooses) in _CHOICES.items():
        for how, (what, harm) in _HARMS.items():
            for operation in (*WRITES, "deleteSource"):
                for is_refused in (False, True):
                    place = f"{operation}.{REFUSED}" if is_refused else operation
                    if place in (*_NOBODY.get(whom, ()), *_NOWHERE.get(f"{whom}-{how}", ())):
                        continue
                    show = functools.partial(_show, operation, is_refused, chooses, harm)
                    yield Pair(f"neighbour-{whom}-{how}", place, f"By a write {who} {what}.", show)


def _show(
    operation: str,
    is_refused: bool,
    chooses: Chooses,
    harm: Callable[[dict[str, Source], str], dict[str, Source]],
    plan: Plan,
) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        before = call.mock.state.sources
        given = await proceed()
        state = call.mock.state
        if given.status in ((400, 404, 409) if is_refused else (200,)) and isinstance(state, _Open):
            mine = await _written(call, before)
            harmed = chooses(before, mine)
            if harmed is not None and harmed != mine["Name"]:
                state.change(harmed, harm)
        return given

    plan.mix(state=_Open)
    plan.around(layer, operation)


async def _written(call: Call, before: list[Source]) -> Source:
    """Return the source that a request is about: the one that is there, or else what it sends."""
    sent = await call.source() if call.operation in WRITES else {"Name": call.parameter("name") or ""}
    return next((each for each in before if each["Name"] == sent.get("Name")), {"Name": "", **sent})
