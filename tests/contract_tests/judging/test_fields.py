"""How what is stored compares with what was sent, place by place."""

from typing import Any

import pytest

from contract_tests.judging.fields import narrowed, unlike

VALUE: dict[str, Any] = {
    "Group": "g",
    "CustomTags": {"a": "x", "a.b": "y", "": "z"},
    "HostConfig": {"Scope": "s", "DcsEndpoints": ["one", "two"], "PerMetricDisabledTimes": [{}, {"Metrics": ["m"]}]},
}


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ("Group", {"Group": "g"}),
        ("CustomTags.a", {"CustomTags": {"a": "x"}}),
        ("CustomTags.a.b", {"CustomTags": {"a.b": "y"}}),
        ("HostConfig.Scope", {"HostConfig": {"Scope": "s"}}),
        ("HostConfig.DcsEndpoints[1]", {"HostConfig": {"DcsEndpoints": ["two"]}}),
        (
            "HostConfig.PerMetricDisabledTimes[1].Metrics[0]",
            {"HostConfig": {"PerMetricDisabledTimes": [{"Metrics": ["m"]}]}},
        ),
        ("", VALUE),
        ("Nowhere", VALUE),
        ("HostConfig.DcsEndpoints[7]", {"HostConfig": {"DcsEndpoints": ["one", "two"]}}),
    ],
)
def test_a_value_is_narrowed_to_a_place(place: str, part: Any) -> None:
    """What is left is what leads to the place, whatever dots a name has; all of it where there is no such place."""
    assert narrowed(VALUE, place) == part


def test_the_place_of_a_difference_is_one_to_narrow_to() -> None:
    """What ``unlike`` names as a place leads to a part that differs there alone."""
    stored = {**VALUE, "CustomTags": {**VALUE["CustomTags"], "a.b": "other"}}
    (difference,) = unlike(VALUE, stored)
    assert narrowed(VALUE, difference.found.rpartition(": ")[0]) == {"CustomTags": {"a.b": "y"}}
