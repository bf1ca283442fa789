"""The store of sources: against a plain list, with any names."""

from typing import Any

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from mockserver.memory.state import State
from tests.support.helpers import cases

LOOKALIKES = ("a", "A", " a", "a ", "a/b", "a%2Fb", "é", "e\u0301", "ﬁ", "fi", "\0", "a\0", "\U0001f418", "")
names = st.one_of(st.sampled_from(LOOKALIKES), st.text(st.characters(exclude_categories=["Cs"])))


def a_source(name: str, marker: Any = 0, **fields: Any) -> dict[str, Any]:
    return {"Name": name, "ConnStr": marker, "Metrics": {}, "PresetMetrics": "", **fields}


class SourcesAsAList(RuleBasedStateMachine):
    """The state does what a list of sources does that is searched from front to back."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.state = State([], {}, {})
        self.model: list[dict[str, Any]] = []

    def place_of(self, name: str) -> int | None:
        return next((place for place, entry in enumerate(self.model) if entry["Name"] == name), None)

    @rule(target=known, name=names)
    def think_of_a_name(self, name: str) -> str:
        return name

    @rule(name=known, marker=st.integers(0, 9))
    def add(self, name: str, marker: int) -> None:
        free = self.place_of(name) is None
        assert self.state.add_source(a_source(name, marker)) is free
        if free:
            self.model.append(a_source(name, marker))

    @rule(name=known, marker=st.integers(0, 9))
    def replace(self, name: str, marker: int) -> None:
        place = self.place_of(name)
        assert self.state.replace_source(a_source(name, marker)) is (place is not None)
        if place is not None:
            self.model[place] = a_source(name, marker)

    @rule(name=known)
    def delete(self, name: str) -> None:
        place = self.place_of(name)
        expected = None if place is None else self.model.pop(place)
        assert self.state.delete_source(name) == expected

    @invariant()
    def lists_the_same_sources_in_the_same_order(self) -> None:
        assert self.state.sources == self.model

    @invariant()
    def the_json_is_that_of_the_sources(self) -> None:
        assert orjson.loads(self.state.sources_json) == self.model


SourcesAsAList.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestSourcesAsAList = SourcesAsAList.TestCase


def test_starts_with_the_sources_it_was_given_in_their_order() -> None:
    """What the configuration lists is there, in its order."""
    state = State([a_source("b"), a_source("a"), a_source("c")], {}, {})
    assert [entry["Name"] for entry in state.sources] == ["b", "a", "c"]


def test_an_empty_state_is_an_empty_array() -> None:
    """Without sources the JSON is an array, not null."""
    assert State([], {}, {}).sources_json == b"[]"


@pytest.mark.parametrize(
    "change",
    cases(
        {
            "add": lambda state: state.add_source(a_source("new")),
            "replace": lambda state: state.replace_source(a_source("old", 2)),
            "delete": lambda state: state.delete_source("old"),
        }
    ),
)
def test_the_json_is_never_a_former_one(change: Any) -> None:
    """Each change shows in the JSON at once, also when the JSON was asked for before."""
    state = State([a_source("old", 1)], {}, {})
    before = state.sources_json
    change(state)
    assert state.sources_json != before
    assert orjson.loads(state.sources_json) == state.sources


def test_the_list_it_gives_away_is_not_its_own() -> None:
    """Who changes the list that was returned does not change the state."""
    state = State([a_source("kept")], {}, {})
    state.sources.clear()
    assert [entry["Name"] for entry in state.sources] == ["kept"]


def test_two_states_share_nothing() -> None:
    """Servers in one process do not see each other's sources."""
    given = [a_source("first")]
    one, other = State(given, {}, {}), State(given, {}, {})
    one.add_source(a_source("second"))
    assert len(other.sources) == len(given) == 1


@pytest.mark.parametrize("name", LOOKALIKES)
def test_names_that_look_alike_are_different(name: str) -> None:
    """A name is compared character by character: case, spaces and unicode forms count."""
    others = [other for other in LOOKALIKES if other != name]
    state = State([a_source(other) for other in others], {}, {})
    assert state.delete_source(name) is None
    assert state.add_source(a_source(name))
    assert state.delete_source(name) == a_source(name)
    assert [entry["Name"] for entry in state.sources] == others


@pytest.mark.parametrize(
    ("own", "preset", "expected"),
    cases(
        {
            "own metrics count before the preset": ({"wal": 5}, "basic", {"wal": 5}),
            "the preset counts where there are none": ({}, "basic", {"db_size": 60}),
            "an unknown preset has no metrics": ({}, "nosuch", {}),
            "neither": ({}, "", {}),
        }
    ),
)
def test_metrics_of_a_source(own: dict[str, float], preset: str, expected: dict[str, float]) -> None:
    """A source measures its own metrics, or else those of its preset."""
    state = State([], {}, {"basic": {"Description": "", "Metrics": {"db_size": 60}}})
    assert state.metrics_of(a_source("any", Metrics=own, PresetMetrics=preset)) == expected


def test_definitions_are_kept_as_they_are() -> None:
    """Metrics and presets are served as they were read."""
    metrics, presets = {"wal": {"Description": "WAL"}}, {"basic": {"Metrics": {"wal": 1.5}}}
    state = State([], metrics, presets)
    assert orjson.loads(state.metrics_json) == state.metrics == metrics
    assert orjson.loads(state.presets_json) == state.presets == presets
