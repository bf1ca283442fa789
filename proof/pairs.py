"""Deviations by kind and place: which pairs the suite finds, each by itself, many of them on one server."""

import json
import re
from collections.abc import Iterable, Sequence

from contract_tests.contract.document import load_contract
from contract_tests.judging.fields import completed
from contract_tests.layers.operations.corpus import FRACTIONS, WHOLE, packed
from mockserver.deviations.kinds.stored import Pair, all_pairs
from pgwatch_contract.files import data_file
from proof.verify import Outcome, verify

EQUIVALENT = {
    "value-is-lower-cased@Source.Kind": "all kinds of sources are in lower case",
    "value-loses-empty-items@Source.HostConfig.PerMetricDisabledTimes": "an item is always complete, never empty",
    "value-loses-empty-entries@Source.Metrics": "an interval is a number, never empty",
    "value-loses-empty-entries@Source.MetricsStandby": "an interval is a number, never empty",
}
"""Pairs that change no value that the contract allows, with the reason: a server with them keeps the contract."""


def pairs_to_find() -> list[Pair]:
    """Return all pairs that break the contract."""
    return [pair for name, pair in all_pairs().items() if name not in EQUIVALENT]


def changed_by_the_corpus(pairs: Iterable[Pair]) -> set[str]:
    """Return the names of those pairs that change one at least of the bodies that the suite has listed again."""
    operation = load_contract(data_file("openapi.yaml")).operations["addSource"]
    schema = next(iter((operation.body or {}).values()))["schema"]
    intervals = {str(number): number for number in WHOLE + FRACTIONS}
    numbers = {"Metrics": intervals, "MetricsStandby": intervals}
    bodies = [completed(schema, body) for body in (*packed(schema), numbers)]
    return {pair.name for pair in pairs if any(json.dumps(pair.changed(body)) != json.dumps(body) for body in bodies)}


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
    """Run the layer that asks for what is stored on a server that shows all pairs of a group; return those found."""
    outcome = verify([pair.name for pair in group], [*options, "--layer", "operations"])
    found = found_in(group, outcome) if outcome.exit_code == 1 else set()
    missed = [pair.name for pair in group if pair.name not in found]
    told = f"MISSED {', '.join(missed)}" if missed else "found"
    print(f"{told} value-{group[0].kind} at {len(group)} places ({outcome.seconds:.0f} s)", flush=True)
    return found
