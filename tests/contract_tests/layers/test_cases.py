"""What the suite says of the requests that it makes: which rule of the document one breaks, if any."""

import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import JSON, load_contract
from contract_tests.judging.faults import peculiarity_of
from contract_tests.layers.generated.case import Case
from contract_tests.layers.generated.cases import Cases
from tests.conftest import ROOT

DRAWING = """
import sys, near
exec(sys.argv[1])
from hypothesis import Phase, given, seed, settings, strategies
found = []
@seed(1)
@settings(max_examples=3000, database=None, deadline=None, phases=[Phase.generate])
@given(strategies.text())
def draw(text):
    found.append(near.WORD in text)
draw()
print(any(found))
"""
"""Prints whether a word of the module ``near`` is drawn, after what the first argument says."""


@pytest.mark.parametrize(("release", "operation"), [("3.1", "setMetric"), ("5.3", "setMetric"), ("5.3", "addMetrics")])
@pytest.mark.parametrize(
    ("version", "fault"), [("14", ""), ("9999", ""), *((each, "x") for each in ("", "next", "12345", "9\n"))]
)
def test_names_of_versions(release: str, operation: str, version: str, fault: str) -> None:
    """SQL under what is no version breaks x-propertyNames, at any depth of the body."""
    contract = load_contract(ROOT / "openapi.yaml", release)
    value = {"SQLs": {version: "select 1"}}
    body = {"m": value} if operation == "addMetrics" else value
    case = Case([("name", "m")], JSON, body, has_body=True)
    found = Cases(contract, 0).fault(contract.operations[operation], case)
    assert found == (fault and "a name breaks x-propertyNames")


@pytest.mark.parametrize(("release", "operation"), [("3.1", "setMetric"), ("5.3", "setMetric"), ("5.3", "addMetrics")])
def test_names_that_break_their_rule_are_sent(release: str, operation: str) -> None:
    """Where names have a rule, each way to break it that a server may take for a number is sent, in a body in order."""
    contract = load_contract(ROOT / "openapi.yaml", release)
    cases = Cases(contract, 0)
    asked = contract.operations[operation]
    made = [case for case in cases.of(asked, "quick") if "x-propertyNames" in (cases.fault(asked, case) or "")]
    bodies = [next(iter(case.body.values())) if operation == "addMetrics" else case.body for case in made]
    sent = {name for body in bodies for name in body["SQLs"]}
    assert {"null", "-1", " 1", "12345", "1.0", "", "12"} <= sent


def test_without_a_name_nothing_is_said() -> None:
    """A body for a metric whose name is missing in the query is neither right nor wrong; a clause of its own judges."""
    contract = load_contract(ROOT / "openapi.yaml", "3.1")
    for query in ([], [("name", "")], [("name", ""), ("name", "m")]):
        case = Case(query, JSON, {"SQLs": {"14": "select 1"}}, has_body=True)
        assert Cases(contract, 0).fault(contract.operations["setMetric"], case) is None


@pytest.mark.parametrize("kept_apart", [True, False])
def test_nothing_of_code_near_by_is_drawn(kept_apart: bool, tmp_path: Path) -> None:
    """What stands in modules beside the suite, as in a user's conftest.py, is in no request; Hypothesis draws it."""
    (tmp_path / "near.py").write_text("WORD = 'word-of-code-near-by'\n", encoding="utf-8")
    keep = "from contract_tests.run.chance import keep_chance_apart; keep_chance_apart()" if kept_apart else ""
    drawn = subprocess.run(
        [sys.executable, "-c", DRAWING, keep], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=100
    )
    assert drawn.stdout == f"{not kept_apart}\n"


@pytest.mark.parametrize(
    ("release", "target", "what"),
    [
        ("3.5", "/metric?name=m", "a body with a quotation mark in a key"),
        ("3.5", "/metric?name=m&x%00y=1&z=%00", "a body with a quotation mark in a key"),
        ("3.5", "/metric?name=m%00", "a name with a NUL"),
        ("5.3", "/metric/m?x=%00", "a body with a quotation mark in a key"),
        ("5.3", "/metric/m%00", "a name with a NUL"),
    ],
)
def test_only_the_name_of_what_a_request_is_about_counts(release: str, target: str, what: str) -> None:
    """A NUL in a parameter that nobody reads says nothing of why a server refused a request."""
    operation = load_contract(ROOT / "openapi.yaml", release).operations["setMetric"]
    body = rb'{"SQLs": {"14": "select 1"}, "a \"key\"": 1}'
    exchange = Exchange("setMetric", operation.method, f"http://127.0.0.1{target}", {}, body)
    assert peculiarity_of(operation, exchange) == what
