"""Every deviation's function, and the plan of a server that has some of them."""

from collections.abc import Iterable

from mockserver.deviations.access import logins, places, tokens
from mockserver.deviations.answers import answers_sent, cross_origin, errors, manners, statuses, telltales
from mockserver.deviations.log import handshakes, log_ends, log_entries
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import SHOWS
from mockserver.deviations.requests import bodies_accepted, bodies_refused, requests_read
from mockserver.deviations.sources import changing, deleting, lists, races, storing

THEMES = (
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
"""The modules that register the functions."""


def plan_of(names: Iterable[str]) -> Plan:
    """Return the plan of a server with these deviations, each once."""
    plan = Plan()
    for name in dict.fromkeys(names):
        if name in SHOWS:  # the others are those that a release shows anyway
            SHOWS[name](plan)
    return plan
