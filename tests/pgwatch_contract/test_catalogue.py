"""The catalogue of deviations as it is read: words for operations are the contract's operations."""

import yaml

from pgwatch_contract.catalogue import read_entries
from tests.conftest import ROOT
from tests.support.helpers import OPERATIONS, PROTECTED

WORDS = {
    "all": [*OPERATIONS],
    "protected": [each.id for each in PROTECTED],
    "json": [name for name, each in OPERATIONS.items() if "application/json" in str(each.document.get("requestBody"))],
}


def test_a_word_is_the_operations_of_the_contract() -> None:
    """Each word stands for the operations that the contract has of that kind, and no others."""
    written = yaml.safe_load((ROOT / "deviations.yaml").read_bytes())
    by_word = {name: entry["operations"] for name, entry in written.items() if isinstance(entry["operations"], str)}
    assert set(by_word.values()) == set(WORDS)
    assert {name: read_entries()[name]["operations"] for name in by_word} == {
        name: WORDS[word] for name, word in by_word.items()
    }
    assert {*WORDS["json"]} < {"login", *WORDS["protected"]} < {*WORDS["all"]}
