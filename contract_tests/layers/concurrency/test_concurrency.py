"""The layer ``concurrency``: of requests that come at the same time, none is lost and none counts twice."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import Source, delete_source, list_sources, source
from contract_tests.asking.transport import Http
from contract_tests.judging.found import type_of
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite

_AT_ONCE = {"quick": 20, "default": 50, "thorough": 60}
_ROUNDS = {"quick": 2, "default": 4, "thorough": 25}
_READERS, _READS = 4, 10
_WRITES = 3
_SECONDS_TO_SETTLE = 1

Result = TypeVar("Result")


def _together(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do all jobs at the same time and return what each gave, in their order."""
    barrier = threading.Barrier(len(jobs))

    def start(job: Callable[[], Result]) -> Result:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(start, jobs))


def _rounds(suite: Suite) -> Iterator[list[str]]:
    """Yield names of the run's own for sources, new ones in each round, as many as there are to be requests at once."""
    effort = suite.settings.effort
    for _ in range(_ROUNDS[effort]):
        suite.target.used_names += 1
        yield [suite.target.name("parallel", suite.target.used_names, number) for number in range(_AT_ONCE[effort])]


@contextmanager
def _deleted_after(http: Http, names: Sequence[str]) -> Iterator[None]:
    """Delete sources in the end that are still there."""
    try:
        yield
    finally:
        there = {each["Name"] for each in list_sources(http) or ()}
        for name in there.intersection(names):
            delete_source(http, name)


def _add(http: Http, name: str, **fields: Any) -> Exchange:
    operation = http.target.contract.operations["addSource"]
    return http.send(operation.method, operation.path, json=source(http.target, name, **fields))


def _update(http: Http, name: str, **fields: Any) -> Exchange:
    operation = http.target.contract.operations["updateSource"]
    return http.send(operation.method, operation.at(name), json=source(http.target, name, **fields))


def _delete(http: Http, name: str) -> Exchange:
    return delete_source(http, name)


def _has_succeeded(exchange: Exchange) -> bool:
    return exchange.status is not None and 200 <= exchange.status < 300


def _in_words(exchanges: Sequence[Exchange]) -> str:
    """Return how often each status came: ``1 x 200, 49 x 409``."""
    statuses = Counter(str(exchange.status or "no answer") for exchange in exchanges)
    return ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items()))


def _found(exchanges: Sequence[Exchange], listed: str) -> str:
    """Return what was found without numbers, which are others at each time: ``200, 409: listed once``."""
    statuses = sorted({str(exchange.status or "no answer") for exchange in exchanges})
    return f"{', '.join(statuses)}: {listed}"


def _listed(http: Http, is_settled: Callable[[dict[str, Source]], bool]) -> dict[str, Source]:
    """Return the sources by name; none where the answer is no list, which is for other clauses to say.

    A server may be late in showing what it has stored; that has a clause of its own too.
    """
    deadline = time.monotonic() + _SECONDS_TO_SETTLE
    while True:
        listed = {str(each["Name"]): each for each in list_sources(http) or ()}
        if is_settled(listed) or time.monotonic() > deadline:
            return listed
        time.sleep(0.1)


def _have_groups(groups: dict[str, str], listed: dict[str, Source]) -> bool:
    return all(listed.get(name, {}).get("Group") == group for name, group in groups.items())


@pytest.mark.judges("source.parallel.one-add-wins")
def test_parallel_adds_of_one_name(http: Http, judge: Judge, suite: Suite) -> None:
    """Of parallel requests that add one name, one succeeds, the others are 409, and it is listed once."""
    for name, *others in _rounds(suite):
        with _deleted_after(http, [name]):
            exchanges = _together([partial(_add, http, name)] * (len(others) + 1))
            listed = [each["Name"] for each in list_sources(http) or ()].count(name)
        winners = [exchange for exchange in exchanges if _has_succeeded(exchange)]
        refused = [exchange for exchange in exchanges if exchange.status == 409]
        holds = len(winners) == 1 and len(refused) == len(others) and listed == 1
        judge.that(
            holds,
            "source.parallel.one-add-wins",
            "addSource",
            f"of {len(exchanges)} parallel additions of one name one success and {len(others)} x 409,"
            " and the source listed once",
            f"{_in_words(exchanges)}, and the source listed {listed} times",
            winners[:2] or exchanges[:1],
            [
                _found(
                    exchanges,
                    f"listed {'once' if listed == 1 else 'twice' if listed else 'not at all'}"
                    f"{' of several successes' * (len(winners) > 1)}",
                )
            ],
        )


@pytest.mark.judges("source.parallel.no-add-is-lost")
def test_parallel_adds(http: Http, judge: Judge, suite: Suite) -> None:
    """All sources are there that were added at the same time."""
    for names in _rounds(suite):
        with _deleted_after(http, names):
            exchanges = _together([partial(_add, http, name) for name in names])
            listed = _listed(http, set(names).issubset)
        there = [name for name in names if name in listed]
        lost = [each for each, name in zip(exchanges, names, strict=True) if name not in listed]
        judge.that(
            len(there) == len(names) and all(map(_has_succeeded, exchanges)),
            "source.parallel.no-add-is-lost",
            "addSource",
            f"{len(names)} parallel additions that all succeed and are listed",
            f"{_in_words(exchanges)}, and {len(there)} of them listed",
            lost[:2],
            [_found(exchanges, "some not listed" if lost else "all listed")],
        )


@pytest.mark.judges("source.parallel.no-update-is-lost")
def test_parallel_updates(http: Http, judge: Judge, suite: Suite) -> None:
    """All sources have their new values that were updated at the same time."""
    for names in _rounds(suite):
        groups = {name: f"updated-{number}" for number, name in enumerate(names)}
        with _deleted_after(http, names):
            for name in names:
                _add(http, name)
            exchanges = _together([partial(_update, http, name, Group=groups[name]) for name in names])
            listed = _listed(http, partial(_have_groups, groups))
        kept = [name for name in names if listed.get(name, {}).get("Group") == groups[name]]
        lost = [each for each, name in zip(exchanges, names, strict=True) if name not in kept]
        judge.that(
            len(kept) == len(names) and all(map(_has_succeeded, exchanges)),
            "source.parallel.no-update-is-lost",
            "updateSource",
            f"{len(names)} parallel updates that all succeed and are listed",
            f"{_in_words(exchanges)}, and {len(kept)} of them listed",
            lost[:2],
            [_found(exchanges, "some not listed" if lost else "all listed")],
        )


@pytest.mark.judges("source.parallel.no-delete-is-lost")
def test_parallel_deletions(http: Http, judge: Judge, suite: Suite) -> None:
    """All sources are gone that were deleted at the same time, and no other is."""
    for names in _rounds(suite):
        kept, *others = names
        with _deleted_after(http, names):
            for name in names:
                _add(http, name)
            exchanges = _together([partial(_delete, http, name) for name in others])
            listed = _listed(http, set(others).isdisjoint)
        left = [each for each, name in zip(exchanges, others, strict=True) if name in listed]
        holds = not left and kept in listed and all(map(_has_succeeded, exchanges))
        judge.that(
            holds,
            "source.parallel.no-delete-is-lost",
            "deleteSource",
            f"{len(others)} parallel deletions that all succeed, and no other source deleted",
            f"{_in_words(exchanges)}, {len(left)} sources still listed,"
            f" and another one {'listed' if kept in listed else 'gone too'}",
            left[:2],
            [
                _found(
                    exchanges,
                    "some still listed" if left else f"none still listed{', another gone too' * (kept not in listed)}",
                )
            ],
        )


@pytest.mark.judges("source.parallel.list-is-whole")
def test_lists_during_writes(http: Http, judge: Judge, suite: Suite) -> None:
    """A list that is read while sources are added, updated and deleted has each source once, and none half written."""
    for names in _rounds(suite):
        kept, changing = names[: len(names) // 2], names[len(names) // 2 :]
        with _deleted_after(http, names):
            there = {name for name in kept if _has_succeeded(_add(http, name, **_version(0)))}
            writers = [partial(_come_and_go, http, name) for name in changing]
            has_updates = "updateSource" in suite.contract.operations
            updaters = [partial(_change, http, name) for name in kept[::4] if has_updates]
            readers = [partial(_read, http)] * _READERS
            lists = _together([*writers, *updaters, *readers])
            # A server that never stores an update as a whole breaks other clauses.
            is_stored = all(_is_of_one_version(each) for each in list_sources(http) or ())
        for exchange in (each for some in lists for each in some):
            fault = _fault(exchange, there, is_stored)
            judge.that(
                fault is None,
                "source.parallel.list-is-whole",
                exchange,
                f"a list with {len(there)} sources that nobody adds or deletes, each once, none half written",
                fault or "",
            )


def _version(number: int) -> dict[str, Any]:
    """Return values that belong together: a source with some of one version and some of another is half written."""
    text = f"version-{number}"
    return {"Group": text, "IncludePattern": text, "CustomTags": {"is": text}}


def _is_of_one_version(listed: Source) -> bool:
    text = listed.get("Group")
    is_ours = isinstance(text, str) and text.startswith("version-")
    return not is_ours or (listed.get("IncludePattern"), listed.get("CustomTags")) == (text, {"is": text})


def _come_and_go(http: Http, name: str) -> list[Exchange]:
    for _ in range(_WRITES):
        _add(http, name)
        _delete(http, name)
    return []


def _change(http: Http, name: str) -> list[Exchange]:
    for number in range(1, 2 * _WRITES):
        _update(http, name, **_version(number))
    return []


def _read(http: Http) -> list[Exchange]:
    return [http.send("GET", "/source") for _ in range(_READS)]


def _fault(exchange: Exchange, there: set[str], is_stored: bool) -> str | None:
    """Say what is wrong with a list: None where nothing is, an empty text where the answer is no list at all."""
    try:
        listed = json.loads(exchange.body)
    except ValueError:
        return ""
    if exchange.status != 200:
        return ""
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return f"it is of type {type_of(listed)}"
    names = Counter(str(each.get("Name")) for each in listed)
    if lacking := there - names.keys():
        return f"a list that lacks {len(lacking)} of them"
    if twice := [name for name, number in names.items() if number > 1]:
        return f"a list that has {len(twice)} sources more than once"
    halves = [each for each in listed if not _is_of_one_version(each)]
    return f"a list with {len(halves)} half written sources" if halves and is_stored else None
