"""What earlier runs have left at a server: looked for by every run, removed by one that may write."""

import time
from dataclasses import replace

from contract_tests.asking import definitions, sources
from contract_tests.asking.transport import Http, Transport
from contract_tests.judging.suite import Suite
from contract_tests.target.marks import LeftBehind, left_behind, mark_of

_SECONDS_TO_STAY = 3
"""What a run that is still going on has added is gone, or changed, by then."""


def what_is_left(http: Http) -> LeftBehind | None:
    """Return what the lists of a server have of earlier runs; None for nothing. What they have of others is hidden."""
    return left_behind(_names(http), http.target.prefix)


def remove_left_behind(suite: Suite, left: LeftBehind) -> LeftBehind | None:
    """Delete what is surely of a run that has ended, and return what is there after that.

    What changes while one looks is of a run that goes on beside this one. The note of the record says what was done.
    """
    time.sleep(_SECONDS_TO_STAY)
    still = what_is_left(suite.unjudged)
    if still is None or still.names != left.names:
        suite.judge.record.notes.append(
            f"another run of the suite goes on at this server, since {left.since:%H:%M} UTC"
        )
        return None
    for kind, names in still.names.items():
        for name in names:
            http = _of_earlier(suite, mark_of(name))
            if kind == "sources":
                sources.delete_source(http, name)
            else:
                definitions.delete_definition(http, kind, name)
    suite.judge.record.notes.append(f"{still.in_words}: removed")
    return what_is_left(suite.unjudged)


def _of_earlier(suite: Suite, mark: str) -> Http:
    """Return what may delete the things of an earlier run, and no others."""
    guard = replace(suite.guard, prefix=mark)
    transport = Transport(suite.target, guard, suite.pace, suite.limit, [])
    transport.after_write = suite.unjudged.transport.after_write
    return Http(transport)


def _names(http: Http) -> dict[str, list[str]]:
    listed = {"sources": _of_sources(http)}
    for kind, operation in definitions.LIST.items():
        if operation in http.target.contract.operations:
            listed[kind] = list(definitions.list_definitions(http, kind) or {})
    return listed


def _of_sources(http: Http) -> list[str]:
    listing = http.send("GET", http.target.contract.operations["listSources"].path)
    http.target.hidden.learn(listing.body, http.target.prefix)
    return [each["Name"] for each in sources.sources_in(listing) or []]
