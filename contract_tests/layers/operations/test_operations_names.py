"""The layer ``operations``: which source a name means, and what is deleted by it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import delete_source
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.judging.found import in_ascii
from contract_tests.judging.judge import Judge
from contract_tests.layers.alike import alike
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources

_ENDING = " Ab-\N{LATIN SMALL LETTER E WITH ACUTE} 7i/z"
"""What names end with that others differ from in one thing: it has case, blanks, an accent, a number and marks."""
_LONG = "x" * 300
"""What makes a name longer than a server's keys may be."""


@dataclass(frozen=True)
class _Near:
    """A name that is not a source's, and how it is near: to the source's name, or to another of its fields.

    ``added`` is the addition of the source.
    """

    name: str
    how: str
    source: str
    added: Exchange


def _near(own: OwnSources) -> Iterator[_Near]:
    """Add sources, and give for each the names that are near it."""
    name, long, other = own.name(after=_ENDING), own.name(after=_LONG), own.name()
    group, connection = own.name(), f"host=unknown.invalid application_name={other}"
    added = own.add(name)
    for how, near in _alike(own, name).items():
        yield _Near(near, how, name, added)
    added = own.add(long)
    yield _Near(own.claim(f"{long}1"), "that is very long and goes on", long, added)
    added = own.add(other, Group=group, ConnStr=connection, Kind="pgbouncer")
    yield _Near(group, "of its group", other, added)
    for how, near in (("of its connection string", connection), ("of its kind", "pgbouncer")):
        for free in own.free_names(near):
            yield _Near(own.claim(free), how, other, added)


def _alike(own: OwnSources, name: str) -> dict[str, str]:
    """Return names that differ from one with the ending in one thing, by how."""
    stem = name.removesuffix(_ENDING)
    others = {how: stem + ending for how, ending in alike(_ENDING).items()}
    others["with a blank at its beginning"] = f" {name}"
    if end := own.free_names(f"{stem[-1]}{_ENDING}"):
        others["of its end alone"] = end[0]
    return {how: own.claim(other) for how, other in others.items()}


@pytest.mark.judges("source.names-are-exact")
def test_names_alike_are_added(own: OwnSources, judge: Judge, contract: Contract) -> None:
    """A name that differs from another's in one thing alone, or that is its group's, is added beside it."""
    for near in _near(own):
        if own.may_be_sent("source.names-are-exact", contract.operations["addSource"], own.named(near.name)):
            added = own.add(near.name)
            names = own.names() if succeeded(added) else []
            actual = f"{added.status}, and not both are listed" if succeeded(added) else ""
            judge.that(
                near.source in names and near.name in names,
                "source.names-are-exact",
                added,
                f"a name {near.how} beside the other",
                actual,
                steps=[near.added],
                what=f"adding a name {near.how}",
            )


@pytest.mark.judges("source.names-are-exact")
def test_names_alike_are_not_updated(own: OwnSources, judge: Judge, contract: Contract) -> None:
    """An update of a name that differs from a source's in one thing alone, or is its group's, does not change it."""
    if not own.has("updateSource"):
        return
    for near in _near(own):
        body = own.named(near.name, Group="contract-updated")
        if own.may_be_sent("source.names-are-exact", contract.operations["updateSource"], body):
            before = own.stored().get(near.source)
            updated = own.send("updateSource", body)
            is_same = own.stored().get(near.source) == before
            holds = is_same and (succeeded(updated) or updated.status == 404)
            judge.that(
                holds,
                "source.names-are-exact",
                updated,
                f"no change of the source by a name {near.how}",
                f"{updated.status}, and it is {'' if is_same else 'not '}the same",
                steps=[near.added],
                what=f"updating a name {near.how}",
            )


@pytest.mark.judges("source.names-are-exact")
def test_names_alike_are_not_deleted(own: OwnSources, judge: Judge) -> None:
    """Deleting a name that differs from a source's in one thing alone, or is its group's, leaves the source."""
    for near in _near(own):
        if own.may_be_deleted("source.names-are-exact", near.name):
            deleted = own.delete(near.name)
            is_there = near.source in own.names()
            holds = is_there and (succeeded(deleted) or deleted.status == 404)
            judge.that(
                holds,
                "source.names-are-exact",
                deleted,
                f"the source to stay, for the name is one {near.how}",
                f"{deleted.status}, and it is {'' if is_there else 'not '}listed",
                steps=[near.added],
                what=f"deleting a name {near.how}",
            )
            if not is_there:
                own.add(near.source)  # the next name is to be judged by itself


# --- deleting


@pytest.mark.judges("source.delete.is-200")
def test_delete(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """Deleting a source is a 200, whatever characters its name has."""
    for ending in ("", _ENDING, "+a&name=b;c#d?e=f", " %2F%25", "\\'\"", " \N{ELEPHANT}", "\N{HEBREW LETTER ALEF}"):
        name = own.name(after=ending)
        steps = [own.add(name)]
        judge.status(operation.success, "source.delete.is-200", own.delete(name), steps, in_ascii(ending))


@pytest.mark.judges("source.delete.deletes-no-other")
def test_delete_no_other(own: OwnSources, judge: Judge, contract: Contract) -> None:
    """Of sources whose names have much in common, some of them patterns of others, only the one named is deleted."""
    name = own.name(after=_ENDING)
    names = {name: "that is plain"} | {other: how for how, other in _alike(own, name).items()}
    clause, adding = "source.delete.deletes-no-other", contract.operations["addSource"]
    sent = [each for each in names if own.may_be_sent(clause, adding, own.named(each))]
    added = [own.add(each) for each in sent]
    for each in sent:
        others = [other for other in own.names() if other != each]
        deleted = own.delete(each)
        left = own.names()
        lost = [other for other in others if other not in left]
        actual = f"{deleted.status}, and {len(lost)} others are gone: {', '.join(map(repr, lost[:3]))}"
        judge.that(
            succeeded(deleted) and not lost,
            "source.delete.deletes-no-other",
            deleted,
            "no other source than this to be deleted",
            actual if lost else "",
            added[:3],
            what=f"a name {names[each]}",
        )


@pytest.mark.judges("source.delete.deletes-no-other")
def test_delete_no_group(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """Deleting a name that a group of sources has, with or without a source of that name, leaves the group."""
    for has_source in (False, True):
        group = own.name()
        members = [own.name(), own.name()]
        steps = [own.add(each, Group=group) for each in members]
        steps += [own.add(group)] if has_source else []
        deleted = own.delete(group)
        left = own.names()
        lost = [each for each in members if each not in left]
        judge.that(
            not lost,
            "source.delete.deletes-no-other",
            deleted,
            "the sources of the group of that name to stay",
            f"{deleted.status}, and {len(lost)} of them are gone",
            steps,
            what="the name of a group",
        )


@pytest.mark.judges("source.delete.deletes-no-other")
def test_delete_no_pattern(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """Deleting a name that elsewhere stands for all, or for any, leaves every source."""
    clause = "source.delete.deletes-no-other"
    for pattern in ("*", "%", ".*", "?", "_", "all", "null", "contract*", f"{own.prefix}*"):
        names = [own.name(), own.name()]
        if not own.may_be_deleted(clause, pattern):
            continue
        steps = [own.add(each) for each in names]
        deleted = own.delete(pattern)
        left = own.names()
        lost = [each for each in names if each not in left]
        judge.that(
            not lost,
            clause,
            deleted,
            f"all sources to stay: none is called {pattern!r}",
            f"{deleted.status}, and {len(lost)} of two are gone",
            steps,
            what=f"the name {pattern.removeprefix(own.prefix)}",
        )


@pytest.mark.judges("source.delete.unknown-is-404")
def test_delete_unknown(own: OwnSources, judge: Judge, http: Http) -> None:
    """Deleting a name that no source ever had, or has no more, is a 404."""
    judge.status(404, "source.delete.unknown-is-404", own.delete(own.name()))
    gone = own.name()
    steps = [own.add(gone), delete_source(http, gone)]
    judge.status(404, "source.delete.unknown-is-404", own.delete(gone), steps)


@pytest.mark.judges("source.delete.missing-name-is-400")
def test_delete_without_name(judge: Judge, http: Http, operation: Operation) -> None:
    """Deleting without a name, or with an empty one, is a 400."""
    for query in ("", "name=", "name", "name=&name=", "other=contract"):
        deleted = http.send(operation.method, operation.path, query=query)
        judge.status(400, "source.delete.missing-name-is-400", deleted, what=f"the query {query or 'without anything'}")


@pytest.mark.judges("source.delete.parameter-is-case-sensitive")
def test_case_of_the_parameter(own: OwnSources, judge: Judge, http: Http, operation: Operation) -> None:
    """A parameter called Name is not the name: the source stays."""
    name = own.name()
    added = own.add(name)
    for parameter in ("Name", "NAME", "nAme"):
        deleted = http.send(operation.method, operation.path, query={parameter: name})
        is_there = name in own.names()
        holds = is_there and (succeeded(deleted) or deleted.status == 400)
        judge.that(
            holds,
            "source.delete.parameter-is-case-sensitive",
            deleted,
            f"the source to stay: {parameter} is not name",
            f"{deleted.status}, and it is {'' if is_there else 'not '}listed",
            [added],
            what=parameter,
        )


@pytest.mark.judges("source.delete.first-name-counts")
def test_first_name_counts(own: OwnSources, judge: Judge) -> None:
    """Of several names the first is that of the source to delete; where none has it, none is deleted."""
    kept = own.name()
    keeping = own.add(kept)
    there, nobody = own.name(), own.name()
    for first, steps in ((there, [keeping, own.add(there)]), (nobody, [keeping]), ("", [keeping])):
        if own.may_be_deleted("source.delete.first-name-counts", first, kept):
            deleted = own.delete(first, kept)
            names = own.names()
            holds = kept in names and there not in names and (succeeded(deleted) or deleted.status in (400, 404))
            found = ", ".join(place for place, name in (("the first", there), ("the second", kept)) if name in names)
            judge.that(
                holds,
                "source.delete.first-name-counts",
                deleted,
                "the second of two names still listed",
                f"{deleted.status}, and then listed: {found or 'neither'}",
                steps,
            )
