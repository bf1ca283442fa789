"""What becomes of the values of a source that is stored: ``value-is-trimmed@Source.Group``."""

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.deviations.kinds.contract import schema_of_a_source
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.kinds.places import changed_at, places_of
from mockserver.deviations.kinds.values import KINDS, Kind
from mockserver.deviations.plan import Plan
from mockserver.memory.state import Source, State


@dataclass(frozen=True)
class Stored(Pair):
    """A pair about what is stored at a place of a source, which has a sort."""

    sort: str
    value: Kind

    def changed(self, source: Source) -> Source:
        """Return what is stored of a source."""
        changed: Source = changed_at(source, self.detail, self.sort, self.value.change)
        return changed


def pairs() -> Iterator[Stored]:
    """Give all pairs of kinds and places of a source, as the contract has it."""
    places = list(places_of(schema_of_a_source()))
    for name, kind in KINDS.items():
        for place, sort in places:
            if sort in kind.sorts:
                show = functools.partial(_show, place, sort, kind)
                yield Stored(f"value-{name}", f"Source.{place}", f"Of a value, {kind.title}.", show, sort, kind)


def _show(place: str, sort: str, kind: Kind, plan: Plan) -> None:
    """Store what a kind makes of a place of each source."""

    class Storing(State):
        def _put(self, source: Source) -> None:
            super()._put(changed_at(copy.deepcopy(source), place, sort, kind.change))

    plan.mix(state=Storing)
