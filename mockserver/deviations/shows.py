"""Every deviation's function, and the plan of a server that has some of them."""

from collections.abc import Iterable

from mockserver.deviations import (
    answers_sent,
    bodies_accepted,
    bodies_refused,
    changing,
    cross_origin,
    deleting,
    errors,
    handshakes,
    lists,
    log_ends,
    log_entries,
    logins,
    manners,
    places,
    races,
    requests_read,
    statuses,
    storing,
    telltales,
    tokens,
)
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import SHOWS

THEMES = (
    answers_sent, bodies_accepted, bodies_refused, changing, cross_origin, deleting, errors, handshakes, lists,
    log_ends, log_entries, logins, manners, places, races, requests_read, statuses, storing, telltales, tokens,
)  # fmt: skip
"""The modules that register the functions."""


def plan_of(names: Iterable[str]) -> Plan:
    """Return the plan of a server with these deviations, each once."""
    plan = Plan()
    for name in dict.fromkeys(names):
        if name in SHOWS:  # the others are those that a release shows anyway
            SHOWS[name](plan)
    return plan
