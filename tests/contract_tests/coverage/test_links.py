"""When a link of the document counts as followed."""

import json

from contract_tests.contract.document import Contract, load_contract
from contract_tests.coverage.links import links_of
from tests.conftest import ROOT
from tests.support.exercised import CONTRACT, SOURCE, asked, exercised_by

LINK = "addSource 200 link "
ADDED = asked("addSource", 200, SOURCE)


def test_the_target_is_to_be_asked_with_the_value() -> None:
    """A deletion of another name, or one before the addition, follows no link."""
    other, right = (asked("deleteSource", 404, url=f"/source?name={name}") for name in ("b", "a"))
    assert exercised_by(ADDED, other, begin=LINK) == set()
    assert exercised_by(right, ADDED, begin=LINK) == set()
    assert exercised_by(ADDED, other, right, begin=LINK) == {"deleteSource: followed"}


def test_a_refused_addition_leads_nowhere() -> None:
    """The link is one of the 200 alone, and a request without a right token follows nothing."""
    right = asked("deleteSource", 404, url="/source?name=a")
    assert exercised_by(asked("addSource", 409, SOURCE), right, begin=LINK) == set()
    assert exercised_by(ADDED, asked("deleteSource", 401, url="/source?name=a"), begin=LINK) == set()


def test_a_body_is_the_same_in_any_order() -> None:
    """The body of the link is sent again, however its fields are ordered; another body does not follow it."""
    same = json.dumps(dict(reversed(SOURCE.items()))).encode()
    assert exercised_by(ADDED, asked("updateSource", 200, same), begin=LINK) == {"updateSource: followed"}
    assert exercised_by(ADDED, asked("updateSource", 200, {**SOURCE, "Kind": "pgpool"}), begin=LINK) == set()


def test_a_link_without_values() -> None:
    """Where the link names no value, the target is to be asked afterwards."""
    listing = asked("listSources", 200, answer=b"[]")
    assert exercised_by(listing, begin=LINK) == exercised_by(listing, ADDED, begin=LINK) == set()
    assert exercised_by(ADDED, listing, begin=LINK) == {"listSources: followed"}


def test_a_value_in_a_path() -> None:
    """A release has the name in its path, below whatever base the server has: the value is looked for there."""
    contract = load_contract(ROOT / "openapi.yaml", "5.3")
    added = asked("addSource", 201, {**SOURCE, "Name": "a/b"}, contract=contract)
    got = asked("getSource", 200, url="/base/source/a%2Fb", contract=contract)
    found = exercised_by(added, got, contract=contract, begin="addSource 201 link ")
    assert found == {"getSource: followed"}


def test_a_link_to_nothing_is_none() -> None:
    """A link that names no operation of the document has no item."""
    document = json.loads(CONTRACT.text)
    document["paths"]["/source"]["post"]["responses"]["200"]["links"]["lost"] = {"operationId": "loseSource"}
    contract = Contract(document, CONTRACT.file)
    names = [item.name for link in links_of(contract, contract.operations["addSource"]) for item in link.items]
    assert names == [f"{LINK}{name}: followed" for name in ("listSources", "updateSource", "deleteSource")]
