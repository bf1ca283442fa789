"""Cases that are kept from run to run: the same as those that are made, and made anew where anything changes."""

from pathlib import Path

import pytest

from contract_tests.contract.document import Contract, load_contract
from contract_tests.layers.generated import kept_cases as kept
from contract_tests.layers.generated.case import Case
from contract_tests.layers.generated.cases import Cases
from tests.conftest import ROOT

AWKWARD = [
    Case(),
    Case(
        [("name", "a b"), ("name", "\ud800\0")], "application/json", {"a": [1, 1.0, -0.0, 2**70, None, "\ud800"]}, True
    ),
    Case([], "text/plain", b"\xff\0", True, "a name"),
    Case([], None, "text", True),
]


@pytest.fixture(autouse=True, name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory that is empty."""
    monkeypatch.setattr(kept.platformdirs, "user_cache_path", lambda _: tmp_path)
    return tmp_path


@pytest.fixture(scope="module", name="contract")
def _contract() -> Contract:
    return load_contract(ROOT / "openapi.yaml")


def never() -> list[Case]:
    raise AssertionError("made anew")


@pytest.mark.parametrize("release", [None, "5.3"])
def test_they_are_those_that_are_made(release: str | None) -> None:
    """What a second run finds is what the first has made, to the type of each number, for all operations."""
    contract = load_contract(ROOT / "openapi.yaml", release)
    for operation in contract.operations.values():
        made = Cases(contract, 3).of(operation, "quick")
        again = kept.kept_cases(contract, f"{operation.id} quick 3", never)
        assert list(map(repr, again)) == list(map(repr, made))
        assert [case.data for case in again] == [case.data for case in made]


def test_awkward_ones_are_kept_whole(contract: Contract) -> None:
    """Bytes, lone surrogates, big integers, minus zero and pairs come back as they were."""
    kept.kept_cases(contract, "x", lambda: AWKWARD)
    assert list(map(repr, kept.kept_cases(contract, "x", never))) == list(map(repr, AWKWARD))


@pytest.mark.parametrize("changes", ["contract", "made of", "code"])
def test_what_they_follow_from_makes_others(
    changes: str, contract: Contract, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another contract, seed or operation, and code that was changed, are not given the cases of before."""
    kept.kept_cases(contract, "x", lambda: AWKWARD)
    if changes == "code":
        (tmp_path / "changed.py").write_text("1", encoding="utf-8")
        monkeypatch.setattr(kept, "_CODE", tmp_path)
        kept._makers.cache_clear()
    other = load_contract(ROOT / "openapi.yaml", "5.3") if changes == "contract" else contract
    assert kept.kept_cases(other, "y" if changes == "made of" else "x", lambda: [Case()]) == [Case()]
    kept._makers.cache_clear()


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"query": 1}]', "null", '[{"query": [], "unknown": 1}]'])
def test_a_broken_file_is_made_anew(content: str, contract: Contract, folder: Path) -> None:
    """Whatever stands in the file, the run goes on, and the next one finds a whole file."""
    kept.kept_cases(contract, "x", lambda: AWKWARD)
    (file,) = (folder / "cases").iterdir()
    file.write_text(content, encoding="utf-8")
    assert kept.kept_cases(contract, "x", lambda: [Case()]) == [Case()]
    assert kept.kept_cases(contract, "x", never) == [Case()]


def test_without_a_folder_they_are_made(contract: Contract, folder: Path) -> None:
    """Where nothing can be written, each run makes its own."""
    (folder / "cases").write_text("", encoding="utf-8")
    assert kept.kept_cases(contract, "x", lambda: [Case()]) == [Case()]


def test_old_ones_go(contract: Contract, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more files than are of use."""
    monkeypatch.setattr(kept, "_MOST_FILES", 3)
    for number in range(6):
        kept.kept_cases(contract, str(number), lambda: [Case()])
    assert len(list((folder / "cases").iterdir())) == 3
