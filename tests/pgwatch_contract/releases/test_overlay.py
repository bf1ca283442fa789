"""Overlays: what the actions do to a document, and what is an error of the overlay."""

import copy
from typing import Any

import pytest

from pgwatch_contract.releases.overlay import OverlayError, apply_overlay

PATHS: dict[str, Any] = {
    "info": {"title": "one", "x-list": ["a"]},
    "paths": {"/thing": {"get": {"tags": ["x"], "x-old": True}, "put": {"tags": ["y"], "x-old": True}}},
    "names": ["a", "b", "c", "b"],
    "Host": {"Host": {"Host": 1}, "port": 2},
}


def applied(*actions: dict[str, Any]) -> dict[str, Any]:
    """Return the document after some actions."""
    return apply_overlay(PATHS, actions)


def test_an_update_is_merged_at_any_depth() -> None:
    """An object keeps what the update does not name, also deep inside."""
    changed = applied({"target": "$.paths", "update": {"/thing": {"get": {"summary": "Get"}}, "/new": {}}})
    assert changed["paths"]["/thing"]["get"] == {"tags": ["x"], "x-old": True, "summary": "Get"}
    assert list(changed["paths"]) == ["/thing", "/new"]


def test_an_update_replaces_values() -> None:
    """A text, number or null of the update takes the place of what was there."""
    assert applied({"target": "$.info", "update": {"title": None}})["info"]["title"] is None


def test_an_update_of_a_list_is_appended() -> None:
    """The update of a list becomes its last element, be it an object or a list itself."""
    assert applied({"target": "$.names", "update": "d"})["names"] == ["a", "b", "c", "b", "d"]
    assert applied({"target": "$.names", "update": ["d"]})["names"][-1] == ["d"]


def test_what_is_removed_of_a_list_closes_up() -> None:
    """Of a list, each element that the target selects goes, wherever it stands."""
    assert applied({"target": "$.names[?@ == 'b']", "remove": True})["names"] == ["a", "c"]


def test_what_is_removed_may_hold_more_of_it() -> None:
    """A key goes at every depth, also where one holds another."""
    assert "Host" not in applied({"target": "$..Host", "remove": True})


def test_a_filter_selects_by_what_is_inside() -> None:
    """A target can select operations by what they hold, and names with a slash or a hyphen."""
    changed = applied({"target": "$.paths['/thing'][?@['x-old'] == true && @.tags[0] == 'y']", "remove": True})
    assert list(changed["paths"]["/thing"]) == ["get"]


def test_one_update_of_several_objects_leaves_them_apart() -> None:
    """What one action gives to two objects is not shared: a later action changes one of them alone."""
    changed = applied(
        {"target": "$.paths['/thing'].*", "update": {"x-new": {"list": ["a"]}}},
        {"target": "$.paths['/thing'].get['x-new'].list", "update": "b"},
    )
    assert changed["paths"]["/thing"]["put"]["x-new"] == {"list": ["a"]}


def test_actions_are_applied_in_turn() -> None:
    """A later action sees what an earlier one has done."""
    changed = applied({"target": "$.info['x-list']", "remove": True}, {"target": "$.info", "update": {"x-list": ["z"]}})
    assert changed["info"]["x-list"] == ["z"]


def test_neither_document_nor_actions_are_changed() -> None:
    """What was given stays as it was, and the result shares nothing with it."""
    document, actions = copy.deepcopy(PATHS), [{"target": "$.paths", "update": {"/new": {"get": {"tags": ["x"]}}}}]
    given = copy.deepcopy(actions)
    changed = apply_overlay(document, actions)
    changed["paths"]["/new"]["get"]["tags"].append("y")
    changed["names"].clear()
    assert (document, actions) == (PATHS, given)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"target": "$.paths['/nowhere']", "remove": True}, "it matches nothing"),
        ({"target": "$.paths['/thing'", "remove": True}, "not a JSONPath"),
        ({"target": "$.names[?@ =~ /b/]", "remove": True}, "not a JSONPath"),
        ({"target": 1, "remove": True}, "the target is not a text"),
        ({"target": "$.info"}, "neither an update nor remove: true"),
        ({"target": "$.info", "remove": False}, "neither an update nor remove: true"),
        ({"target": "$", "remove": True}, "the whole document cannot be removed"),
        ({"target": "$.info.title", "update": "two"}, "an update needs an object or a list"),
        ({"target": "$.info", "update": "two"}, "an object cannot be updated by 'two'"),
        ({"target": "$.info", "update": {"x-list": ["b"]}}, "x-list is a list already"),
    ],
)
def test_an_action_that_cannot_be_applied_is_an_error(action: dict[str, Any], said: str) -> None:
    """The error is one line that names the action by number and target, and says what is wrong with it."""
    with pytest.raises(OverlayError) as caught:
        applied({"target": "$.info", "update": {"title": "two"}}, action)
    text = str(caught.value)
    assert text.startswith(f"action 2, target {action['target']}: ")
    assert said in text
    assert "\n" not in text
