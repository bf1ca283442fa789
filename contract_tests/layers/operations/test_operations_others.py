"""The layer ``operations``: what a write, granted or refused, does to the sources that it is not about."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import Source, differences
from contract_tests.judging.found import of_each
from contract_tests.judging.judge import Judge
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources

_CLAUSES = {
    "addSource": "source.add.appears-last",
    "updateSource": "source.update.changes-no-other",
    "deleteSource": "source.delete.deletes-no-other",
}
_REFUSED = "source.refused-changes-nothing"
_OTHER = {"Kind": "pgbouncer", "CustomTags": {"contract": "other"}, "Metrics": {"contract_other": 90}}
"""What an update gives that others must not have from it."""
_PLACE = 7
"""Where in the list the one is that has others before and behind it."""
_MIDST, _END = "in the midst of others", "at the end"


@dataclass(frozen=True)
class _Write:
    """A write about a source among others, or about none of them: its operation, what it is, and what sends it.

    ``send`` gets the sources' group and the name: of one in the midst of others, of the last, or of none.
    """

    operation: str
    what: str
    about: str
    send: Callable[[str, str], Exchange]


def _writes(own: OwnSources) -> Iterator[_Write]:
    broken = {"Kind": ["contract"]}
    for about in (_MIDST, _END):
        yield _Write("addSource", "adding a name that is there", about, lambda group, name: own.add(name, Group=group))
        yield _Write("deleteSource", "deleting", about, lambda _group, name: own.delete(name))
        if own.has("updateSource"):
            for what, fields in (("by what does not fit", broken), ("", _OTHER)):
                send = _sending(own, fields)
                yield _Write("updateSource", f"updating {what}".strip(), about, send)
            yield _Write("updateSource", "moving to another group", about, lambda _group, name: own.update(name))
    yield _Write("addSource", "adding what does not fit", "", lambda group, name: own.add(name, Group=group, **broken))
    yield _Write("addSource", "adding", "", lambda group, name: own.add(name, Group=group))
    yield _Write("deleteSource", "deleting what is not there", "", lambda _group, name: own.delete(name))
    if own.has("updateSource"):
        yield _Write("updateSource", "updating what is not there", "", _sending(own, {}))


def _sending(own: OwnSources, fields: Source) -> Callable[[str, str], Exchange]:
    return lambda group, name: own.update(name, Group=group, **fields)


@pytest.mark.judges(
    "source.add.appears-last",
    "source.update.changes-no-other",
    "source.delete.deletes-no-other",
    "source.refused-changes-nothing",
)
def test_writes_leave_others_alone(alone: OwnSources, judge: Judge) -> None:
    """By no write, whether granted or refused, does another source change, move or go: of its group or not."""
    for number, write in enumerate(_writes(alone)):
        group = alone.name()
        names = _names(alone)
        added: dict[str, Exchange] = {}
        for name in names:
            adding = _Write("addSource", "adding", "", partial(_add, alone))
            is_judged = number == 0
            added[name] = _judged(alone, judge, adding, group, name, added) if is_judged else _add(alone, group, name)
        about = {_MIDST: names[_PLACE], _END: names[-1]}.get(write.about) or alone.name()
        _judged(alone, judge, write, group, about, added)
        alone.clear()


def _names(own: OwnSources) -> list[str]:
    """Return names, of which those in the midst and at the end have others that go on where they end."""
    first, midst, last = own.name(), own.name(), own.name()
    others = [own.claim(f"{name}{mark}1") for name in (midst, last) for mark in (":", "_", "-", ".", "/", "")]
    return [first, *others[:6], midst, *others[6:], last]


def _add(own: OwnSources, group: str, name: str) -> Exchange:
    return own.add(name, Group=group, CustomTags={"contract": "contract"}, Metrics={"contract": 60})


def _judged(  # noqa: PLR0917  # what is sent, and what a reader needs to send it again
    own: OwnSources, judge: Judge, write: _Write, group: str, name: str, added: Mapping[str, Exchange]
) -> Exchange:
    """Send a write, judge that all sources but the one of its name are listed as before, and return it.

    ``added`` are the additions of the sources that are there, by name.
    """
    before = own.all_listed()
    written = write.send(group, name)
    after = own.all_listed()
    if before is None or after is None or written.status not in range(200, 500):
        return written
    is_new = all(each["Name"] != name for each in before)
    changed = differences(_compared(before, name, written, is_new), _compared(after, name, written, is_new))
    judge.that(
        not changed,
        _CLAUSES[write.operation] if succeeded(written) else _REFUSED,
        written,
        "the other sources as they were, in their order",
        f"{written.status}, and {'; '.join(changed[:3])}",
        [each for other, each in added.items() if other == name or any(f"{other} " in how for how in changed[:3])],
        found=of_each(written, changed),
        what=f"{write.what} {write.about}".strip(),
    )
    return written


def _compared(listed: list[Source], name: str, written: Exchange, is_new: bool) -> list[Source]:
    """Return the sources to compare: without the one that was added or deleted, and of one updated its name alone."""
    if not succeeded(written):
        return listed
    is_left_out = is_new or written.operation == "deleteSource"
    others = [each for each in listed if not is_left_out or each["Name"] != name]
    return [{"Name": name} if each["Name"] == name else each for each in others]
