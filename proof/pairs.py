"""Deviations by kind and place: which pairs the suite finds, each by itself, many of them on one server."""

import re
from collections.abc import Iterable, Sequence

from mockserver.deviations.kinds.stored import Pair
from proof.verify import Outcome, verify


def groups_of(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Return the pairs in groups for a server each: of one kind, at places of which none lies within another."""
    groups: dict[str, list[list[Pair]]] = {}
    for pair in pairs:
        of_kind = groups.setdefault(pair.kind, [])
        free = next((each for each in of_kind if not any(_disturb(pair, other) for other in each)), None)
        if free is None:
            of_kind.append([pair])
        else:
            free.append(pair)
    return [group for of_kind in groups.values() for group in of_kind]


def _disturb(one: Pair, other: Pair) -> bool:
    places = sorted((f"{one.place}.", f"{other.place}."), key=len)
    # A name that is stored otherwise hides all that is stored under it.
    return places[1].startswith(places[0]) or "Name" in (one.place, other.place)


def found_in(group: Sequence[Pair], outcome: Outcome) -> set[str]:
    """Return the names of those pairs of a group that a run on a server which shows all of them has found."""
    return {pair.name for pair in group if any(_tells(found, pair) for found in outcome.found)}


def _tells(found: str, pair: Pair) -> bool:
    """Say whether what was found is at the place of a pair: ``variables: CustomTags.a: another value``."""
    if pair.place == "Name":
        return True
    steps = r"[.\[]".join(r"[^:]*" if step == "*" else re.escape(step) for step in pair.place.split("."))
    return re.search(rf"(^|: ){steps}([.\[][^:]*)?: ", found) is not None


def show_group(group: Sequence[Pair], options: Sequence[str]) -> set[str]:
    """Run the suite on a server that shows all pairs of a group; return the names of those that it has found."""
    outcome = verify([pair.name for pair in group], options)
    return found_in(group, outcome) if outcome.exit_code == 1 else set()
