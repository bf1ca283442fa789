"""Which pairs can be shown by one server, and which failure tells of which."""

import re
from collections.abc import Iterable, Sequence

from mockserver.deviations.kinds.pair import REFUSED, Pair
from mockserver.deviations.kinds.stored import Stored
from proof.verify import Failure

_ALONE = {"login.200", "login", "listSources.200", "listSources"}
"""Places at which what goes wrong shows at other operations too: all need a token, and most a list."""
_NOW_AND_THEN = ("sometimes-", "first-", "after-")


def groups_of(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Return the pairs in groups for a server each: of one kind, at places that do not disturb one another."""
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
    if isinstance(one, Stored):
        details = sorted((f"{one.detail}.", f"{other.detail}."), key=len)
        # A name that is stored otherwise hides all that is stored under it.
        return details[1].startswith(details[0]) or "Name" in (one.detail, other.detail)
    places = {one.place, other.place}
    if _ALONE & places:
        return True
    if one.kind.startswith("neighbour-") and "addSource" in places:
        return True  # what harms others with each addition leaves none to be harmed by the next write
    return one.operation == other.operation and REFUSED not in (one.detail, other.detail)


def found_in(group: Sequence[Pair], failures: Iterable[Failure]) -> set[str]:
    """Return the names of those pairs of a group of which failures tell, of a run on a server that shows all."""
    told = tuple(failures)
    is_alone = len(group) == 1
    return {pair.name for pair in group if any(_tells(failure, pair, is_alone) for failure in told)}


def _tells(failure: Failure, pair: Pair, is_alone: bool) -> bool:
    if isinstance(pair, Stored):
        return _is_at(failure.found, pair.detail)
    if pair.kind.startswith("neighbour-"):
        is_of_refusal = failure.clause == "source.refused-changes-nothing" or "existing" in failure.clause
        return failure.operation == pair.operation and is_of_refusal is (pair.detail == REFUSED)
    # What an answer is found to be was not brought about by another operation.
    is_its_own = is_alone or not pair.kind.startswith(_NOW_AND_THEN) or failure.clause.startswith("answer.")
    return failure.operation == pair.operation and is_its_own


def _is_at(found: str, place: str) -> bool:
    """Say whether what was found is at the place of a pair: ``variables: CustomTags.a: another value``."""
    if place == "Name":
        return True
    steps = r"[.\[]".join(r"[^:]*" if step == "*" else re.escape(step) for step in place.split("."))
    return re.search(rf"(^|: ){steps}([.\[][^:]*)?: ", found) is not None
