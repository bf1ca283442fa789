"""The observer, and the items of whole documents."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.contract.document import load_contract
from contract_tests.coverage.observer import Coverage, items_of
from contract_tests.coverage.once import Once
from pgwatch_contract.releases.release import release_names
from tests.conftest import ROOT
from tests.support.exercised import CONTRACT, SOURCE, asked

KEYWORDS = ("type", "required", "enum", "minLength", "minimum", "exclusiveMinimum", "nullable", "additionalProperties",
            "pattern", "default", "format")  # fmt: skip


@pytest.mark.parametrize("release", [None, *release_names()])
def test_every_item_has_a_name_of_its_own(release: str | None) -> None:
    """In every release's document no two items have the same name, and each operation has some."""
    contract = load_contract(ROOT / "openapi.yaml", release)
    items = items_of(contract)
    assert len({item.name for item in items}) == len(items) > 500
    assert {item.operation for item in items} == set(contract.operations)


def test_every_keyword_of_the_document_is_an_item() -> None:
    """Whatever keyword openapi.yaml has of those that are about values, there are items of it."""
    words = {word for item in items_of(CONTRACT) for word in item.name.partition(":")[0].split()}
    assert [keyword for keyword in KEYWORDS if keyword not in words] == []


def test_the_same_exchange_exercises_nothing_more() -> None:
    """What is exercised stays so, and an exchange of no operation is no mistake."""
    coverage = Coverage(CONTRACT)
    coverage.see(asked("addSource", 200, SOURCE))
    before = set(coverage.exercised)
    coverage.see(asked("addSource", 200, SOURCE))
    coverage.see(asked("addSource", 401, SOURCE))
    assert coverage.exercised - before == {"addSource status 401: seen", "addSource 401 body type: seen"}


def test_several_threads_lose_nothing() -> None:
    """Layers that wait beside the others tell the same observer."""
    kinds = CONTRACT.operations["addSource"].document["requestBody"]["content"]["application/json"]["schema"][
        "properties"
    ]["Kind"]["enum"]
    coverage = Coverage(CONTRACT)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(coverage.see, [asked("addSource", 200, {**SOURCE, "Kind": kind}) for kind in kinds * 20]))
    found = {name for name in coverage.exercised if "Kind enum" in name}
    assert found == {f'addSource body Kind enum "{kind}": kept' for kind in kinds}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen is told from what is new, until there is too much of it to remember."""
    monkeypatch.setattr("contract_tests.coverage.once._MOST", 2)
    once = Once()
    assert [once.is_new(each) for each in "aabba"] == [True, False, True, False, False]
    assert once.is_new("c")
    assert once.is_new("a")
