"""How the sources, metrics and presets of a server before a run and after it are compared."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.asking.definitions import leave_as_before
from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import differences
from contract_tests.errors import NotJudged

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


METRIC: dict[str, Any] = {"SQLs": {"14": "select 1"}, "Gauges": None, "Description": "secret"}


def left(listed: object, status: int = 200) -> None:
    """Compare what a server lists at the end with two metrics that it had before."""
    operation = SimpleNamespace(path="/metric")
    exchange = Exchange("listMetrics", "GET", "/metric", {}, b"", status, body=json.dumps(listed).encode())
    target = SimpleNamespace(prefix="contract-", contract=SimpleNamespace(operations={"listMetrics": operation}))
    http: Any = SimpleNamespace(target=target, send=lambda *_, **__: exchange)
    leave_as_before(http, {"metrics": {"up": METRIC, "down": METRIC}})


@pytest.mark.parametrize(
    ("listed", "line"),
    [
        ({"up": METRIC}, "down is gone"),
        ({"up": METRIC, "down": METRIC, "new": METRIC}, "new is new"),
        ({"up": METRIC, "down": {**METRIC, "Description": "another"}}, "down has another Description"),
        (["up"], "not listed"),
    ],
)
def test_every_change_of_a_metric_is_told(listed: object, line: str) -> None:
    """A metric that is gone, new or changed at the end is told by name and field, without its values."""
    with pytest.raises(NotJudged, match=line) as told:
        left(listed)
    assert "secret" not in str(told.value)


def test_the_order_of_metrics_means_nothing() -> None:
    """Metrics in another order, and empty lists in the place of null, are what was there before."""
    left({"down": {**METRIC, "Gauges": []}, "up": METRIC})
