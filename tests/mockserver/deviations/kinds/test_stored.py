"""Deviations by kind and place: what a mock stores of a source."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.deviations.kinds.places import changed_at, places_of
from mockserver.deviations.kinds.stored import pairs
from mockserver.deviations.kinds.values import BOOLEAN, KINDS, LIST, MAP, NUMBER, SORTS, TEXT
from tests.conftest import Server
from tests.support.helpers import CONTRACT
from tests.support.mock_command import refused, run

SOURCE = {"Name": "a", "ConnStr": " x ", "Group": " g ", "CustomTags": {"t": " v ", "u": "w"}, "Metrics": {"m": 0.5}}


def test_every_field_of_a_source_is_a_place() -> None:
    """Each field, of HostConfig too, each entry of a map and item of a list has kinds, by its sort."""
    schema = CONTRACT["components"]["schemas"]["Source"]
    places = dict(places_of(schema))
    assert {place.partition(".")[0] for place in places} == set(schema["properties"])
    assert places["HostConfig.PerMetricDisabledTimes.*.Metrics.*"] == TEXT
    assert {pair.detail for pair in pairs()} == set(places)
    assert set(places.values()) == set(SORTS)
    for place, sort in places.items():
        there = [pair for pair in pairs() if pair.detail == place]
        assert len(there) == sum(sort in kind.sorts for kind in KINDS.values())


@pytest.mark.parametrize(
    ("place", "sort", "value", "changed"),
    [
        ("a", TEXT, {"a": "x", "b": "x"}, {"a": "!", "b": "x"}),
        ("a.*", TEXT, {"a": {"k": "x", "l": "y"}}, {"a": {"k": "!", "l": "!"}}),
        ("a.*.b", TEXT, {"a": [{"b": "x"}, {"c": "x"}]}, {"a": [{"b": "!"}, {"c": "x"}]}),
        ("a", TEXT, {"a": None}, {"a": None}),
        ("a", NUMBER, {"a": True}, {"a": True}),
        ("a", BOOLEAN, {"a": 1}, {"a": 1}),
        ("a", LIST, {"a": {}}, {"a": {}}),
        ("a", MAP, {"a": {}}, {"a": "!"}),
        ("a.b", TEXT, {}, {}),
        ("a.*", TEXT, {"a": None}, {"a": None}),
    ],
)
def test_the_value_of_a_place_alone_is_changed(place: str, sort: str, value: Any, changed: Any) -> None:
    """Nothing beside the place is changed, nor what is null or of another sort there."""
    assert changed_at(value, place, sort, lambda _: "!") == changed


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_keeps_what_it_has_nothing_to_do_with(kind: str) -> None:
    """Of each sort there is a value that a kind takes without an error."""
    values: dict[str, Any] = {TEXT: "", NUMBER: 1, BOOLEAN: True, LIST: [], MAP: {}, "choice": "postgres"}
    for sort in KINDS[kind].sorts:
        KINDS[kind].change(values[sort])


def test_a_mock_shows_several_at_once(start: Callable[..., Server]) -> None:
    """What is stored of a source that is added, and of one that is replaced, is changed at each place named."""
    names = [
        "value-is-trimmed@Source.Group",
        "value-is-trimmed@Source.CustomTags.*",
        "value-has-one-entry@Source.CustomTags",
    ]
    with start(*(option for name in names for option in ("--deviate", name))).client() as client:
        for method in ("POST", "PUT"):
            assert client.request(method, "/source", json=SOURCE).status_code == 200
            stored = next(each for each in client.get("/source").json() if each["Name"] == "a")
            assert [stored[field] for field in ("Group", "CustomTags", "ConnStr", "Metrics")] == [
                "g",
                {"t": "v"},
                " x ",
                {"m": 0.5},
            ]


def test_they_are_listed_and_mistakes_told() -> None:
    """--list-deviations has each kind with its places; a wrong one is told with near names; a release has none."""
    listed = run("mock", "--list-deviations").stdout
    assert "value-is-rounded@PLACE\n" in listed
    assert "PLACE: Source.Metrics.*, Source.MetricsStandby.*\n" in listed
    assert "value-is-rounded" not in run("mock", "--list-deviations", "--release", "5.3").stdout
    assert "is value-is-trimmed@Source.Group" in refused("--deviate", "value-is-trimed@Source.Group")
    assert "ways of its own" in refused("--release", "5.3", "--deviate", "value-is-trimmed@Source.Group")
