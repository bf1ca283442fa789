"""What becomes of the values of a source that is stored: ``value-is-trimmed@Source.Group``."""

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from mockserver.deviations.kinds.places import changed_at, places_of
from mockserver.deviations.kinds.values import KINDS
from mockserver.deviations.plan import Plan
from mockserver.memory.state import Source, State
from pgwatch_contract.files import data_file
from pgwatch_contract.references import expanded

_PREFIX, _OF = "value-", "Source."


@dataclass(frozen=True)
class Pair:
    """A kind of deviation at a place of a source."""

    kind: str
    place: str
    sort: str

    @property
    def name(self) -> str:
        """What it is called as a deviation."""
        return f"{_PREFIX}{self.kind}@{_OF}{self.place}"

    def changed(self, source: Source) -> Source:
        """Return what is stored of a source."""
        changed: Source = changed_at(source, self.place, self.sort, KINDS[self.kind].change)
        return changed


@functools.cache
def all_pairs() -> Mapping[str, Pair]:
    """Return all pairs of kinds and places of a source, as the contract has it, by name."""
    document = yaml.load(data_file("openapi.yaml").read_bytes(), yaml.CSafeLoader)
    places = list(places_of(expanded(document, document["components"]["schemas"]["Source"])))
    found = [Pair(name, place, sort) for name, kind in KINDS.items() for place, sort in places if sort in kind.sorts]
    return {pair.name: pair for pair in found}


def show(plan: Plan, pair: Pair) -> None:
    """Store what a pair makes of each source."""

    class Storing(State):
        def _put(self, source: Source) -> None:
            super()._put(pair.changed(copy.deepcopy(source)))

    plan.mix(state=Storing)
