"""Deviations by kind and place: which pairs the suite finds, each by itself, many of them on one server."""

import json
import random
import time
from collections.abc import Iterable, Sequence
from itertools import accumulate

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
    "request-loses-blanks-around@testConnection": "what blanks before a URI do is left open",
    "answer-tells-the-token@login.200": "a login needs no token that could be told",
    "answer-tells-the-token@login.400": "a login needs no token that could be told",
    "answer-tells-the-token@login.401": "a login needs no token that could be told",
    "answer-tells-the-token@login.415": "a login needs no token that could be told",
    **{
        f"answer-{kind}@{operation}.200": "what health says has one field, with a small name and a text"
        for kind in (
            "has-names-in-camel-case",
            "has-names-in-lower-case",
            "has-texts-for-all",
            "lacks-what-is-empty",
            "has-null-for-what-is-empty",
        )
        for operation in ("getLiveness", "getReadiness")
    },
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


_LAYERS: dict[str, tuple[str, ...]] = {
    "value": ("operations",),
    "lookup": ("operations", "authentication"),
    "neighbour": ("operations", "stateful"),
    "list": ("operations", "stateful"),
    "token": ("authentication",),
    "request": ("http", "operations", "authentication"),
    "answer": ("http", "cors", "operations", "authentication", "log"),
    "entry": ("log",),
}
"""The layers that are there to find what goes wrong, by the first word of a kind; all for the others."""
EFFORTS = ("quick", "default", "thorough")


def show_group(group: Sequence[Pair], efforts: Sequence[str] = EFFORTS) -> dict[str, str]:
    """Show all pairs of a group by one server, and those that are not found again with more effort.

    Returns the effort that found each, empty for none.
    """
    found: dict[str, str] = {}
    started = time.monotonic()
    for effort in efforts:
        found |= dict.fromkeys(_found([pair for pair in group if pair.name not in found], effort), effort)
        left = [pair for pair in group if pair.name not in found]
        for pair in left if len(group) > 1 else ():  # others may have been in its way
            found |= dict.fromkeys(_found([pair], effort), effort)
    missed = [pair.name for pair in group if pair.name not in found]
    more = sorted({effort for effort in found.values() if effort != efforts[0]})
    told = f"MISSED {', '.join(missed)}" if missed else f"found{f' by {more[-1]} runs' if more else ''}"
    print(f"{told} {group[0].kind} at {len(group)} places ({time.monotonic() - started:.0f} s)", flush=True)
    return {pair.name: found.get(pair.name, "") for pair in group}


def _found(group: Sequence[Pair], effort: str) -> set[str]:
    if not group:
        return set()
    layers = _LAYERS.get(group[0].kind.partition("-")[0], ())
    options = [
        *([f"--{effort}"] if effort != "default" else []),
        *(each for name in layers for each in ("--layer", name)),
    ]
    outcome = verify([pair.name for pair in group], options)
    return found_in(group, outcome.failures) if outcome.exit_code == 1 else set()


def sample(groups: Sequence[Sequence[Pair]], most: int, seed: int) -> list[Sequence[Pair]]:
    """Return groups drawn by a seed that have at least so many pairs together, as few as are needed, or all."""
    drawn = random.Random(seed).sample(groups, len(groups))
    sizes = accumulate(len(group) for group in drawn)
    needed = next((number for number, size in enumerate(sizes, 1) if size >= most), len(drawn))
    return drawn[:needed]
