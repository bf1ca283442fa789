"""Deviations by kind and place: which pairs the suite finds, each by itself, many of them on one server."""

import json
from collections.abc import Iterable, Sequence

from contract_tests.contract.document import load_contract
from contract_tests.judging.fields import completed
from contract_tests.layers.operations.corpus import FRACTIONS, WHOLE, packed
from mockserver.deviations.kinds.every_pair import all_pairs
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.kinds.stored import Stored
from pgwatch_contract.files import data_file
from proof.groups import found_in
from proof.verify import verify

EQUIVALENT = {
    "value-is-lower-cased@Source.Kind": "all kinds of sources are in lower case",
    "value-loses-empty-items@Source.HostConfig.PerMetricDisabledTimes": "an item is always complete, never empty",
    "value-loses-empty-entries@Source.Metrics": "an interval is a number, never empty",
    "value-loses-empty-entries@Source.MetricsStandby": "an interval is a number, never empty",
    "entry-comes-late@streamLog": "the contract gives no time within which an entry comes",
    "entry-is-lost-for-one-of-several@streamLog": "the stream may leave entries out for a reader",
    "entry-has-raw-line-ends@streamLog": "an entry may span several lines",
}
"""Pairs that change no value that the contract allows, with the reason: a server with them keeps the contract."""


def pairs_to_find() -> list[Pair]:
    """Return all pairs that break the contract."""
    return [pair for name, pair in all_pairs().items() if name not in EQUIVALENT]


def changed_by_the_corpus(pairs: Iterable[Stored]) -> set[str]:
    """Return the names of those pairs that change one at least of the bodies that the suite has listed again."""
    operation = load_contract(data_file("openapi.yaml")).operations["addSource"]
    schema = next(iter((operation.body or {}).values()))["schema"]
    intervals = {str(number): number for number in WHOLE + FRACTIONS}
    numbers = {"Metrics": intervals, "MetricsStandby": intervals}
    bodies = [completed(schema, body) for body in (*packed(schema), numbers)]
    return {pair.name for pair in pairs if any(json.dumps(pair.changed(body)) != json.dumps(body) for body in bodies)}


_LAYERS = {
    "value": ("operations",),
    "lookup": ("operations", "authentication"),
    "neighbour": ("operations", "stateful"),
    "list": ("operations", "stateful"),
    "token": ("authentication",),
    "entry": ("log",),
}
"""The layers that are there to find what goes wrong, by the first word of a kind; all for the others."""


def show_group(group: Sequence[Pair], options: Sequence[str]) -> set[str]:
    """Run the layers that are there for a group of pairs on a server that shows all of them; return those found."""
    layers = _LAYERS.get(group[0].kind.partition("-")[0], ())
    chosen = [option for layer in layers for option in ("--layer", layer)]
    outcome = verify([pair.name for pair in group], [*options, *chosen])
    found = found_in(group, outcome.failures) if outcome.exit_code == 1 else set()
    missed = [pair.name for pair in group if pair.name not in found]
    told = f"MISSED {', '.join(missed)}" if missed else "found"
    print(f"{told} {group[0].kind} at {len(group)} places ({outcome.seconds:.0f} s)", flush=True)
    return found
