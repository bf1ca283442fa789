"""The layer ``operations``: which source a name means, and what is deleted by it."""

import unicodedata
from urllib.parse import quote

import pytest

from contract_tests.asking.sources import delete_source
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.judging.found import in_ascii
from contract_tests.judging.judge import Judge
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources

_ENDING = " Ab\N{LATIN SMALL LETTER E WITH ACUTE}/z"
"""What the names begin and end with that others differ from in one thing: it has case, a blank and an accent."""


def _alike(own: OwnSources, name: str) -> dict[str, str]:
    """Return names that differ from one with the ending, by how."""
    stem = name.removesuffix(_ENDING)
    others = {
        "in upper case": stem + _ENDING.upper(),
        "in lower case": stem + _ENDING.lower(),
        "with a blank at its end": f"{name} ",
        "with a blank at its beginning": f" {name}",
        "with two blanks for one": stem + _ENDING.replace(" ", "  "),
        "with its accent apart": stem + unicodedata.normalize("NFD", _ENDING),
        "without its accent": stem + _ENDING.replace("é", "e"),
        "percent-encoded": stem + quote(_ENDING, safe=""),
        "that goes on": f"{name}1",
        "that ends before": name[:-1],
        "with an underscore for a letter": f"{name[:-1]}_",
        "with a percent sign for its end": f"{name[:-1]}%",
        "with a star for its end": f"{name[:-1]}*",
        "with a dot for a letter": f"{name[:-1]}.",
        "with a line end": f"{name}\n",
        "with a NUL and more": f"{name}\0 more",
    }
    return {how: own.claim(other) for how, other in others.items()}


@pytest.mark.judges("source.names-are-exact")
def test_names_alike_are_added(own: OwnSources, judge: Judge, contract: Contract) -> None:
    """A name that differs from another's in one thing alone is added beside it."""
    name = own.name(after=_ENDING)
    first = own.add(name)
    for how, other in _alike(own, name).items():
        if own.may_be_sent("source.names-are-exact", contract.operations["addSource"], own.named(other)):
            added = own.add(other)
            names = own.names() if succeeded(added) else []
            actual = f"{added.status}, and not both are listed" if succeeded(added) else ""
            judge.that(
                name in names and other in names,
                "source.names-are-exact",
                added,
                f"a name {how} beside the other",
                actual,
                [first],
                what=f"adding a name {how}",
            )


@pytest.mark.judges("source.names-are-exact")
def test_names_alike_are_not_updated(own: OwnSources, judge: Judge, contract: Contract) -> None:
    """An update of a name that differs from a source's in one thing alone does not change the source."""
    if not own.has("updateSource"):
        return
    name = own.name(after=_ENDING)
    first = own.add(name)
    for how, other in _alike(own, name).items():
        body = own.named(other, Group="contract-updated")
        if own.may_be_sent("source.names-are-exact", contract.operations["updateSource"], body):
            updated = own.send("updateSource", body)
            is_same = own.groups(name)[1] == ["contract"]
            holds = is_same and (succeeded(updated) or updated.status == 404)
            judge.that(
                holds,
                "source.names-are-exact",
                updated,
                f"no change of the source by a name {how}",
                f"{updated.status}, and it is {'' if is_same else 'not '}the same",
                [first],
                what=f"updating a name {how}",
            )


@pytest.mark.judges("source.names-are-exact")
def test_names_alike_are_not_deleted(own: OwnSources, judge: Judge) -> None:
    """Deleting a name that differs from a source's in one thing alone leaves the source."""
    name = own.name(after=_ENDING)
    first = own.add(name)
    for how, other in _alike(own, name).items():
        if own.may_be_deleted("source.names-are-exact", other):
            deleted = own.delete(other)
            is_there = name in own.names()
            holds = is_there and (succeeded(deleted) or deleted.status == 404)
            judge.that(
                holds,
                "source.names-are-exact",
                deleted,
                f"the source to stay, for the name is one {how}",
                f"{deleted.status}, and it is {'' if is_there else 'not '}listed",
                [first],
                what=f"deleting a name {how}",
            )


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
