"""What requests exercise: bodies from two sides, examples, parameters, places of the token."""

from typing import Any

import pytest

from contract_tests.contract.document import load_contract
from tests.conftest import ROOT
from tests.support.exercised import CONTRACT, SOURCE, TOKEN, asked, exercised_by

BODY = "addSource body "
EXAMPLE = CONTRACT.operations["addSource"].document["requestBody"]["content"]["application/json"]["examples"]


def test_a_body_that_fits_keeps_what_it_holds() -> None:
    """Of a body that fits all keywords at its places are kept, and defaults where it leaves a field out."""
    found = exercised_by(asked("addSource", 200, {**SOURCE, "Kind": "pgpool"}), begin=BODY)
    assert {"type: kept", "required Name: kept", "Name minLength: kept", 'Kind enum "pgpool": kept'} <= found
    assert "Group default: kept" in found
    assert not {"Kind default: kept", "Group type: kept", 'Kind enum "postgres": kept'} & found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"Kind": "mysql"}, {"Kind enum: broken"}),
        ({"Kind": 1}, {"Kind type: broken"}),
        ({"Metrics": {"a": 60, "b": 0}}, {"Metrics{} exclusiveMinimum: broken"}),
        ({"HostConfig": {"DcsEndpoints": ["a", 1]}}, {"HostConfig.DcsEndpoints[] type: broken"}),
        ({"Kind": "mysql", "Group": 1}, set()),
    ],
)
def test_a_body_with_one_fault_breaks_that_alone(change: dict[str, Any], found: set[str]) -> None:
    """One fault exercises the broken side of one keyword; of two nobody knows which of them was refused."""
    assert exercised_by(asked("addSource", 400, {**SOURCE, **change}), begin=BODY) == found


def test_what_was_kept_before_hides_no_fault() -> None:
    """With less left to look for, a body with a fault that was seen before and a new one exercises none still."""
    first, second = asked("addSource", 200, SOURCE), asked("addSource", 400, {**SOURCE, "ConnStr": 1})
    third = asked("addSource", 400, {"Name": 1, "ConnStr": 1})
    before = exercised_by(first, second, begin=BODY)
    assert "ConnStr type: broken" in before
    assert exercised_by(first, second, third, begin=BODY) == before


@pytest.mark.parametrize("status", [None, 401, 403, 413, 415])
def test_a_body_that_nobody_read_exercises_nothing(status: int | None) -> None:
    """A refusal of the token, the size or the type says nothing of the body; the same body can be read later."""
    unread = asked("addSource", status, SOURCE)
    assert exercised_by(unread, begin=BODY) == set()
    assert "type: kept" in exercised_by(unread, asked("addSource", 500, SOURCE), begin=BODY)


def test_a_refused_login_was_read() -> None:
    """Where no token is asked for, a 401 is the answer to the body."""
    assert "type: kept" in exercised_by(asked("login", 401, {"user": "a", "password": "b"}), begin="login body ")


def test_no_body_and_no_json() -> None:
    """A body that is missing and one that is no JSON have items of their own, and break no keyword."""
    assert exercised_by(asked("addSource", 400), begin="addSource requestBody ") == {"required: broken"}
    no_json = asked("addSource", 400, b"{'Name'}")
    assert exercised_by(no_json, begin="addSource requestBody ") == {"application/json: broken"}
    assert exercised_by(no_json, begin=BODY) == set()


def test_a_body_of_text_cannot_be_of_another_type() -> None:
    """Of a body of text its length is looked at, and nobody waits for one that is no text."""
    found = exercised_by(
        asked("testConnection", 400, b""), asked("testConnection", 200, b"a"), begin="testConnection b"
    )
    assert found == {"ody type: kept", "ody minLength: kept", "ody minLength: broken"}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (EXAMPLE["shortest"]["value"], {"shortest: sent"}),
        ({**EXAMPLE["complete"]["value"], "Name": "contract-7"}, {"complete: sent"}),
        ({**EXAMPLE["shortest"]["value"], "ConnStr": "other"}, set()),
    ],
)
def test_an_example_counts_under_any_name(value: Any, names: set[str]) -> None:
    """A run gives its sources names of its own; all else is to be as the document has it."""
    assert exercised_by(asked("addSource", 409, value), begin="addSource example ") == names


def test_examples_of_several_things_by_their_names() -> None:
    """Where the names are the keys of a body, the values are the example."""
    contract = load_contract(ROOT / "openapi.yaml", "5.3")
    examples = contract.operations["addMetrics"].document["requestBody"]["content"]["application/json"]["examples"]
    sent = {f"contract-{name}": each for name, each in examples["several"]["value"].items()}
    found = exercised_by(
        asked("addMetrics", 201, sent, contract=contract), contract=contract, begin="addMetrics example "
    )
    assert found == {"several: sent"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?name=a", {"given", "minLength: kept"}),
        ("?name=&name=a", {"given", "minLength: broken"}),
        ("", {"required: broken"}),
        ("?Name=a", {"required: broken"}),
    ],
)
def test_a_parameter(query: str, found: set[str]) -> None:
    """A parameter is given, is missing, keeps or breaks its schema; of several the first counts."""
    names = exercised_by(asked("deleteSource", 404, url=f"/source{query}"), begin="deleteSource query name")
    assert {name.removeprefix(": ") for name in names} == found


def test_a_parameter_in_a_path() -> None:
    """A name in the path is read below whatever base the server has, and cannot be missing."""
    contract = load_contract(ROOT / "openapi.yaml", "5.3")
    seen = asked("deleteSource", 200, url="/base/source/a%2Fb", contract=contract)
    found = exercised_by(seen, contract=contract, begin="deleteSource path ")
    assert found == {"name: given", "name minLength: kept"}


@pytest.mark.parametrize(
    ("headers", "url", "status", "found"),
    [
        (TOKEN, "/source", 200, {"header Token: given"}),
        ({"token": "x"}, "/source", 200, {"header Token: given"}),
        ({"Cookie": "a=b; token=x"}, "/source", 200, {"cookie token: given"}),
        ({}, "/source?Token=x", 200, {"query Token: given"}),
        ({}, "/source?token=x", 401, {"token: left out"}),
        ({"Token": ""}, "/source", 401, {"token: left out"}),
        (TOKEN, "/source", 401, set()),
    ],
)
def test_the_places_of_the_token(headers: dict[str, str], url: str, status: int, found: set[str]) -> None:
    """A token counts in the place where it let the request in; an empty one is none."""
    seen = exercised_by(asked("listSources", status, headers=headers, url=url), begin="listSources ")
    assert {name for name in seen if "oken" in name} == found


def test_an_operation_without_a_token_has_no_such_items() -> None:
    """Where the document asks for no token there is no place for one."""
    seen = exercised_by(asked("getLiveness", 200, headers={}), begin="getLiveness ")
    assert [name for name in seen if "oken" in name] == []
