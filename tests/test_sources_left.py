"""How the sources of a server before a run and after it are compared."""

from typing import Any

import pytest

from contract_tests.sources import differences

SOURCE: dict[str, Any] = {
    "Name": "prod",
    "ConnStr": "secret",
    "Metrics": None,
    "CustomTags": {"team": "dba"},
    "IsEnabled": False,
    "HostConfig": {"Scope": "", "DcsEndpoints": None},
}
OTHER: dict[str, Any] = {**SOURCE, "Name": "other"}


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ([OTHER], "prod is gone"),
        ([SOURCE, OTHER, {**SOURCE, "Name": "third"}], "third is new"),
        ([{**SOURCE, "ConnStr": "another"}, OTHER], "prod has another ConnStr"),
        ([{**SOURCE, "IsEnabled": True}, OTHER], "prod has another IsEnabled"),
        ([{**SOURCE, "CustomTags": {}}, OTHER], "prod has another CustomTags"),
        ([OTHER, SOURCE], "their order has changed"),
    ],
)
def test_every_change_is_told(after: list[dict[str, Any]], line: str) -> None:
    """A source that is gone, new, changed or elsewhere is told by name and field, without its values."""
    told = "; ".join(differences([SOURCE, OTHER], after))
    assert line in told
    assert "secret" not in told
    assert "another'" not in told


def test_null_and_empty_are_the_same() -> None:
    """A release that writes its file anew turns null into empty maps and lists, which changes nothing."""
    rewritten = {**SOURCE, "Metrics": {}, "HostConfig": {"Scope": "", "DcsEndpoints": []}}
    assert differences([SOURCE, OTHER], [rewritten, OTHER]) == []


def test_false_and_empty_text_are_values() -> None:
    """False is not the same as a missing field."""
    without = {key: value for key, value in SOURCE.items() if key != "IsEnabled"}
    assert differences([SOURCE], [without]) == ["prod has another IsEnabled"]
