"""All pairs of kinds and places."""

import functools
from collections.abc import Mapping

from mockserver.deviations.kinds import (
    answers,
    entries,
    listed,
    lookups,
    neighbours,
    requests,
    sometimes,
    stored,
    tokens,
)
from mockserver.deviations.kinds.pair import Pair

_FAMILIES = (stored, lookups, neighbours, listed, requests, tokens, answers, sometimes, entries)
"""Modules for each sort of what goes wrong, each with its ``pairs``."""


@functools.cache
def all_pairs() -> Mapping[str, Pair]:
    """Return all pairs by name."""
    return {pair.name: pair for family in _FAMILIES for pair in family.pairs()}
