"""How careless servers list what there is: ``list-ends-at-100@listSources``."""

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

from mockserver.deviations.call import Call, header_of, with_body
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.plan import Plan
from mockserver.http.exchange import Answer

Sources = list[dict[str, Any]]
_ENDS = (10, 16, 20, 25, 30, 32, 50, 64, 100, 128, 200, 250, 255, 256, 500, 512, 1000, 1024)
"""Where pages end."""


def _cut(most: int, sources: Sources) -> Sources:
    return sources[:most]


def _of_ends(most: int, sources: Sources) -> Sources:
    """Return the last of a list that has more: the page that somebody who counts from its end gives."""
    return sources[-most:]


def _by(field: str, sources: Sources) -> Sources:
    return sorted(sources, key=lambda source: str(source.get(field)))


def _once_by(field: str, sources: Sources) -> Sources:
    return list({json.dumps(source.get(field)): source for source in sources}.values())


_LISTS: dict[str, tuple[str, Callable[[Sources], Sources]]] = {
    **{f"ends-at-{most}": (f"ends after {most} sources", functools.partial(_cut, most)) for most in _ENDS},
    **{
        f"begins-before-the-last-{most}": (f"has the last {most} sources", functools.partial(_of_ends, most))
        for most in (50, 100)
    },
    "lacks-the-first": ("lacks the first", lambda sources: sources[1:]),
    "lacks-the-last": ("lacks the last", lambda sources: sources[:-1]),
    "lacks-the-first-of-many": ("lacks the first of more than ten", lambda sources: sources[len(sources) > 10 :]),
    "lacks-each-hundredth": ("lacks the hundredth", lambda sources: sources[:99] + sources[100:]),
    "repeats-the-first": ("has the first again at its end", lambda sources: sources + sources[:1]),
    "repeats-the-hundredth": ("has the hundredth twice", lambda sources: sources[:100] + sources[99:]),
    "is-by-name": ("is sorted by name", functools.partial(_by, "Name")),
    "is-by-group": ("is sorted by group", functools.partial(_by, "Group")),
    "is-by-kind": ("is sorted by kind", functools.partial(_by, "Kind")),
    "has-the-newest-first": ("has the newest first", lambda sources: sources[::-1]),
    "has-the-disabled-last": ("has the disabled last", lambda sources: _by("IsEnabled", sources)[::-1]),
    "has-each-connection-once": ("has of equal connections one", functools.partial(_once_by, "ConnStr")),
    "has-each-group-once": ("has of each group one source", functools.partial(_once_by, "Group")),
    "lacks-the-disabled": ("lacks the disabled", lambda sources: [each for each in sources if each["IsEnabled"]]),
    "lacks-the-enabled": ("lacks the enabled", lambda sources: [each for each in sources if not each["IsEnabled"]]),
    "lacks-those-without-group": ("lacks those without a group", lambda sources: [e for e in sources if e["Group"]]),
    "lacks-those-without-metrics": (
        "lacks those that measure nothing",
        lambda sources: [each for each in sources if each["Metrics"] or each["PresetMetrics"]],
    ),
    "lacks-superusers": ("lacks superusers", lambda sources: [each for each in sources if not each["IsSuperuser"]]),
    "lacks-other-kinds": (
        "has PostgreSQL alone",
        lambda sources: [each for each in sources if each["Kind"] == "postgres"],
    ),
}


def pairs() -> Iterator[Pair]:
    """Give all pairs: the list of sources is the one of which the contract says what must be in it."""
    for kind, (title, change) in _LISTS.items():
        yield Pair(f"list-{kind}", "listSources", f"The list {title}.", functools.partial(_show, change))


def _show(change: Callable[[Sources], Sources], plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        if given.status != 200:
            return given
        return with_body(given, json.dumps(change(json.loads(given.body))).encode(), header_of(given, "content-type"))

    plan.after(alter, "listSources")
