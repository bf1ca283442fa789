"""The model of the sources: what a request on them does to the list, and which clause a list that differs breaks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contract_tests.asking.sources import Source, differences
from contract_tests.contract.document import Document
from contract_tests.judging.fields import completed

ADD, UPDATE, DELETE = "addSource", "updateSource", "deleteSource"
_ABOUT = {
    ADD: ("source.add.appears-last", "source.add.existing-changes-nothing"),
    UPDATE: ("source.update.keeps-the-place", "source.update.changes-no-other"),
    DELETE: ("source.delete.deletes-it", "source.refused-changes-nothing"),
}
"""The clauses that cannot hold where there is no list to see it by."""


@dataclass(frozen=True)
class Step:
    """One request on the source of a name; ``body`` is None for a deletion.

    ``is_valid`` says whether the body fits the document.
    """

    operation: str
    name: str
    body: Mapping[str, Any] = field(default_factory=dict)
    is_valid: bool = True

    def renamed(self, names: Mapping[str, str]) -> "Step":
        """Return the same request on a source of another name."""
        name = names[self.name]
        return replace(self, name=name, body={**self.body, "Name": name})


@dataclass(frozen=True)
class Finding:
    """What was found of one clause: whether it holds, what was expected and what was found instead, each by itself."""

    clause: str
    holds: bool
    expected: str
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Changes:
    """How two lists of sources differ, whatever the order."""

    gone: list[str]
    new: list[str]
    changed: list[str]

    def __bool__(self) -> bool:
        return bool(self.gone or self.new or self.changed)

    @property
    def in_words(self) -> list[str]:
        """The differences, a sentence each."""
        return [*(f"{name!r} is gone" for name in self.gone), *(f"{name!r} is new" for name in self.new), *self.changed]


class Model:
    """The sources that a server has, by what it lists, and what it is to list after a request.

    ``upserts`` are the operations that add where there is nothing and replace where there is something.
    """

    def __init__(self, schema: Document, listed: list[Source], upserts: frozenset[str] = frozenset()) -> None:
        self._schema = schema
        self._upserts = upserts
        self.listed = listed

    @property
    def names(self) -> list[str]:
        """The names of the sources, in the order of the list."""
        return [each["Name"] for each in self.listed]

    def findings(self, step: Step, is_granted: bool, listed: list[Source] | None) -> Iterator[Finding]:
        """Judge the list after a request, and take it over; None where there is no list.

        ``is_granted`` says whether the status was one of success. What was granted though it should have been refused
        for its body is for other clauses to judge.
        """
        if listed is None:
            clauses = _ABOUT[step.operation] if step.is_valid else ("source.refused-changes-nothing",)
            yield from (Finding(clause, False, "a list of sources", ["there is none"]) for clause in clauses)
            return
        before, self.listed = Model(self._schema, self.listed), listed
        is_there = step.name in before.names
        if not step.is_valid:
            if not is_granted:
                yield self._unchanged("source.refused-changes-nothing", before, "the refused request to change nothing")
        elif step.operation == ADD and is_there and ADD in self._upserts:
            yield self._put("source.add.existing-is-replaced", before, step, is_granted)
        elif step.operation == ADD:
            yield from self._after_known_add(before) if is_there else self._after_add(before, step, is_granted)
        elif step.operation == UPDATE and is_there:
            yield from self._after_update(before, step, is_granted)
        elif step.operation == UPDATE and UPDATE in self._upserts:
            yield self._put("source.update.unknown-is-created", before, step, is_granted)
        elif step.operation == UPDATE:
            yield from self._after_vain_update(before, is_granted)
        elif is_there:
            yield from self._after_delete(before, step, is_granted)
        else:
            yield from self._after_vain_delete(before, is_granted)

    def _after_add(self, before: "Model", step: Step, is_granted: bool) -> Iterator[Finding]:
        """Judge the addition of a new name."""
        clause, expected = "source.add.appears-last", "the added source, last in the list"
        if not is_granted:
            yield Finding(clause, False, expected)
            yield self._unchanged("source.refused-changes-nothing", before, "the refused request to change nothing")
            return
        changes = self._changes(before, step.name)
        yield Finding(
            "source.names-are-exact", not changes, "no other source to change by the addition", changes.in_words
        )
        in_order = self._is_in_order(before, step.name)
        yield in_order
        if in_order.holds:
            times = self.names.count(step.name)
            place = f"number {self.names.index(step.name) + 1} of {len(self.names)}" if times else "not in the list"
            yield Finding(clause, self.names[-1:] == [step.name], expected, [f"it is {place}"])

    def _after_known_add(self, before: "Model") -> Iterator[Finding]:
        """Judge the addition of a name that is there."""
        expected = "the addition of a name that exists to change nothing"
        yield self._unchanged("source.add.existing-changes-nothing", before, expected)
        yield self._is_in_order(before)

    def _after_update(self, before: "Model", step: Step, is_granted: bool) -> Iterator[Finding]:
        """Judge the update of a source that is there."""
        place, others = "the updated source in its place", "no other source to change by the update"
        if not is_granted:
            yield Finding("source.update.keeps-the-place", False, place)
            yield Finding("source.update.changes-no-other", False, others)
            yield self._unchanged("source.refused-changes-nothing", before, "the refused request to change nothing")
            return
        changes = self._changes(before, step.name)
        yield Finding("source.update.changes-no-other", not changes, others, changes.in_words)
        in_order = self._is_in_order(before, step.name)
        yield in_order
        if in_order.holds and not changes:
            now = f"number {self.names.index(step.name) + 1}" if step.name in self.names else "not in the list"
            was = before.names.index(step.name) + 1
            yield Finding(
                "source.update.keeps-the-place",
                self.names == before.names,
                place,
                [f"it was number {was} of {len(before.names)}, and is {now}"],
            )
        kept = self._kept(before, step)
        yield Finding(
            "source.update.replaces-the-whole",
            not kept,
            "all fields replaced",
            [f"{key} kept the former value" for key in kept],
        )

    def _after_vain_update(self, before: "Model", is_granted: bool) -> Iterator[Finding]:
        """Judge the update of a name that is not there."""
        changes = self._changes(before)
        yield Finding(
            "source.update.unknown-creates-nothing",
            not changes.new,
            "the update of an unknown name to create nothing",
            changes.in_words,
        )
        if not changes.new:
            clause = "source.update.changes-no-other" if is_granted else "source.refused-changes-nothing"
            yield self._unchanged(clause, before, "the update of an unknown name to change nothing")
        yield self._is_in_order(before)

    def _after_delete(self, before: "Model", step: Step, is_granted: bool) -> Iterator[Finding]:
        """Judge the deletion of a source that is there."""
        clause, expected = "source.delete.deletes-it", "the deleted source gone from the list"
        if not is_granted:
            yield Finding(clause, False, expected)
            yield self._unchanged("source.refused-changes-nothing", before, "the refused request to change nothing")
            return
        yield Finding(clause, step.name not in self.names, expected, ["it is still listed"])
        changes = self._changes(before, step.name)
        yield Finding("source.delete.deletes-no-other", not changes, "no other source to be deleted", changes.in_words)
        yield self._is_in_order(before, step.name)

    def _after_vain_delete(self, before: "Model", is_granted: bool) -> Iterator[Finding]:
        """Judge the deletion of a name that is not there."""
        expected = "the deletion of an unknown name to change nothing"
        if is_granted:
            yield self._unchanged("source.delete.deletes-no-other", before, expected)
        if not is_granted or not self._changes(before):
            yield self._unchanged("source.refused-changes-nothing", before, expected)
        yield self._is_in_order(before)

    def _put(self, clause: str, before: "Model", step: Step, is_granted: bool) -> Finding:
        """Judge what adds where there is nothing, at the end, and replaces where there is something, in its place."""
        expected = "the source replaced in its place" if step.name in before.names else "the source, last in the list"
        if not is_granted:
            return Finding(clause, False, expected)
        names = list(dict.fromkeys([*before.names, step.name]))
        right = completed(self._schema, step.body)
        now = next((each for each in self.listed if each["Name"] == step.name), {})
        others = differences([{**now, **right, "Name": step.name}], [now]) if now else []
        changes = self._changes(before, step.name)
        faults = [*changes.in_words, *others]
        if self.names != names:
            faults.append("the sources are in another order" if set(self.names) == set(names) else "it is not listed")
        return Finding(clause, not faults, expected, faults)

    def _unchanged(self, clause: str, before: "Model", expected: str) -> Finding:
        changes = self._changes(before)
        return Finding(clause, not changes, expected, changes.in_words)

    def _changes(self, before: "Model", but: str | None = None) -> Changes:
        """Return how the list differs from the one before, leaving out the source of a name."""
        old, new = Counter(before.names), Counter(self.names)
        was, now = ({each["Name"]: each for each in listed} for listed in (before.listed, self.listed))
        both = [name for name in was if name in now and name != but]
        return Changes(
            [name for name in old - new if name != but],
            [name for name in new - old if name != but],
            [line for name in both for line in differences([was[name]], [now[name]])],
        )

    def _is_in_order(self, before: "Model", but: str | None = None) -> Finding:
        """Judge that those sources that are in both lists are in the same order in both."""
        both = (set(before.names) & set(self.names)) - {but}
        was, now = ([name for name in dict.fromkeys(model.names) if name in both] for model in (before, self))
        return Finding(
            "source.list.order-is-that-of-adding",
            was == now,
            "the order of the list to stay",
            ["the sources that were listed before are in another order"],
        )

    def _kept(self, before: "Model", step: Step) -> list[str]:
        """Return the fields that an update should have changed and that have their former value.

        What is empty in both was perhaps never stored, which is for other clauses to judge.
        """
        was, now = (
            next((each for each in listed if each["Name"] == step.name), {}) for listed in (before.listed, self.listed)
        )
        right = completed(self._schema, step.body)
        return [key for key in right if was.get(key) and now.get(key) == was[key] != right[key]]
