"""The checks that hold for any answer: what is remembered of earlier answers hides nothing of later ones."""

import json
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import load_contract
from contract_tests.judging.checks import bundled_checks
from contract_tests.target.target import Target
from tests.conftest import ROOT

CONTRACT = load_contract(ROOT / "openapi.yaml")
EXAMPLE: dict[str, Any] = next(
    iter(CONTRACT.operations["listSources"].statuses[200]["content"]["application/json"]["examples"].values())
)["value"][0]


def listed(*sources: Any) -> Exchange:
    """An answer with a list of sources."""
    body = json.dumps(sources).encode()
    return Exchange("listSources", "GET", "http://127.0.0.1/source", {}, b"", 200, body=body)


@pytest.mark.parametrize(
    "wrong",
    [{**EXAMPLE, "IsEnabled": 1}, {**EXAMPLE, "Metrics": {"a": True}}, {**EXAMPLE, "Id": 1}, {}, None, []],
    ids=["number", "in a map", "unknown", "empty", "null", "list"],
)
def test_items_that_were_seen_hide_no_others(wrong: Any) -> None:
    """Of a list whose items were valid before, a new one is looked at, and one that differs by its type alone."""
    check = next(
        each
        for each in bundled_checks(CONTRACT, Target("http://127.0.0.1", CONTRACT))
        if each.clause == "answer.body-fits-schema"
    )
    assert check.find(listed(EXAMPLE)) is None
    for _ in range(2):
        assert check.find(listed(EXAMPLE, wrong)) is not None
        assert check.find(listed(wrong)) is not None
        assert check.find(listed(EXAMPLE, {**EXAMPLE, "Name": "other"})) is None
