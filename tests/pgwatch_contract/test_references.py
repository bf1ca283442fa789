"""References of a document: what they lead to, and those that lead nowhere."""

from typing import Any

import pytest

from pgwatch_contract.references import expanded, resolved, target

DOCUMENT: dict[str, Any] = {
    "a~/b": {"n": 1},
    "first": {"$ref": "#/second"},
    "second": {"$ref": "#/third"},
    "third": {"type": "object", "$refs": [{"$ref": "#/a~0~1b"}]},
    "itself": {"$ref": "#/itself"},
    "ping": {"$ref": "#/pong"},
    "pong": {"$ref": "#/ping"},
    "tree": {"children": [{"$ref": "#/tree"}]},
    "twice": [{"$ref": "#/third"}, {"$ref": "#/third"}],
}
THIRD = {"type": "object", "$refs": [{"n": 1}]}


def test_references_are_followed_to_their_end() -> None:
    """A reference to a reference is what that leads to; what is used twice is no circle."""
    assert resolved(DOCUMENT, DOCUMENT["first"]) == DOCUMENT["third"]
    assert expanded(DOCUMENT, DOCUMENT["first"]) == THIRD
    assert expanded(DOCUMENT, DOCUMENT["twice"]) == [THIRD, THIRD]


@pytest.mark.parametrize("name", ["itself", "ping", "tree"])
def test_a_circle_is_told(name: str) -> None:
    """What leads back to itself is an error, not a wait without an end."""
    with pytest.raises(LookupError, match="leads back to itself"):
        expanded(DOCUMENT, DOCUMENT[name])


@pytest.mark.parametrize("reference", ["#/none", "other.yaml#/a", "http://127.0.0.1:1/x", "http://[", "#/third/type/x"])
def test_what_leads_nowhere_is_told(reference: str) -> None:
    """Nothing but the document itself is looked at; a reference that leads elsewhere, or nowhere, is named."""
    with pytest.raises(LookupError, match="leads to nothing in the document itself"):
        target(DOCUMENT, reference)
