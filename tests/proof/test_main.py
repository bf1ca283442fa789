"""The proof itself: what counts as caught, and what the page says of it."""

import argparse
from pathlib import Path

import pytest
import yaml

from contract_tests.contract.clauses import LAYERS, read_clauses
from mockserver.deviations.kinds.pair import Pair
from proof.__main__ import _part
from proof.__main__ import main as proof
from proof.catalogue import Deviation, read_catalogue
from proof.page import page
from proof.pairs import pairs_to_find
from proof.results import Results, Shown, read_results, write_results
from proof.verify import Outcome
from tests.conftest import ROOT

DEVIATION = Deviation("delete-unknown-is-200", "DELETE of an unknown name is 200.", ("source.delete.unknown-is-404",))
RIGHT = {"source.delete.unknown-is-404": frozenset({"operations"})}
WRONG = {"source.delete.is-200": frozenset({"operations"})}


@pytest.mark.parametrize(
    ("exit_code", "caught_by", "catches"),
    [
        (1, RIGHT, True),
        (0, RIGHT, False),
        (2, RIGHT, False),
        (1, WRONG, False),
        (1, {}, False),
        (1, RIGHT | WRONG, True),
    ],
)
def test_only_a_red_run_with_the_right_clause_counts(
    exit_code: int, caught_by: dict[str, frozenset[str]], catches: bool
) -> None:
    """A green run, one that could not judge, and one that is red for another reason do not catch a deviation."""
    assert Outcome(exit_code, caught_by, 1, "").catches(DEVIATION) is catches


def test_the_catalogue_is_read_whole() -> None:
    """Every deviation that a mock of the contract shows is to be caught, and each breaks clauses that there are."""
    names = [deviation.name for deviation in read_catalogue()]
    entries = yaml.safe_load((ROOT / "deviations.yaml").read_text(encoding="utf-8"))
    assert names == [name for name, entry in entries.items() if entry.get("shown") != "release"]
    assert len(names) >= 60
    assert {clause for deviation in read_catalogue() for clause in deviation.breaks} <= set(read_clauses())


def test_parts_cover_the_catalogue() -> None:
    """All parts together show every deviation once, and today's part is one of them."""
    catalogue = read_catalogue()
    shown = [each for number in range(1, 13) for each in catalogue[_part(f"{number}/12")[0] - 1 :: 12]]
    assert sorted(each.name for each in shown) == sorted(each.name for each in catalogue)
    assert 1 <= _part("today/12")[0] <= 12


@pytest.mark.parametrize("text", ["0/3", "4/3", "x/3", "3", "3/0", ""])
def test_what_is_no_part(text: str) -> None:
    """A part that there is not is refused, instead of showing nothing and being green."""
    with pytest.raises(argparse.ArgumentTypeError, match="is not a part"):
        _part(text)


def test_the_page_names_what_was_missed() -> None:
    """The page counts what was caught, marks the layers, names a miss, and tells a run that found nothing from none."""
    names = "delete-unknown-is-200", "add-is-201", "cors-missing"
    catalogue = [Deviation(name, "It deviates.", ("source.delete.unknown-is-404",)) for name in names]
    shown = {
        names[0]: Shown(True, frozenset({"operations"})),
        names[1]: Shown(False, frozenset()),
        names[2]: Shown(True, frozenset({"cors"})),
    }
    clean = dict.fromkeys(range(1, 200), True) | {200: False}
    text = page(catalogue, Results(shown, {names[0]: False, names[1]: True}, clean), "--quick")
    assert "**2 of 3** deviations" in text
    assert "**1 of 2** are caught by Schemathesis alone" in text
    assert "**199 of 200** runs" in text
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    marks = {name: [mark.strip() for mark in row.split("|")[2:-1]] for name, row in rows.items()}
    assert marks[names[0]] == ["x" if layer == "operations" else "" for layer in LAYERS] + [""]
    assert marks[names[2]] == ["x" if layer == "cors" else "" for layer in LAYERS] + ["-"]
    assert "| `add-is-201` **missed** |" in text
    assert "Schemathesis" not in page(catalogue, Results(shown), "")


def test_results_are_kept(tmp_path: Path) -> None:
    """What was shown is read again as it was written, and a file that is not there holds nothing."""
    file = tmp_path / "results.json"
    assert read_results(file) == Results()
    pairs = {"lookup-ignores-case@addSource": "quick", "list-ends-at-500@listSources": ""}
    results = Results({"a-b": Shown(True, frozenset({"log", "http"}))}, {"a-b": False}, {2: True, 1: False}, {}, pairs)
    write_results(file, results)
    assert read_results(file) == results


def test_only_missing_runs_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that is resumed shows what was not shown before, keeps the rest, and is red for an old miss too."""
    file = tmp_path / "results.json"
    first, second, *_ = read_catalogue()
    write_results(file, Results({first.name: Shown(False, frozenset())}, {}, {1: True}))
    asked = []

    def verify(deviations: list[str], options: list[str]) -> Outcome:
        asked.append((deviations, options[-1]))
        caught = dict.fromkeys(second.breaks, frozenset({"http"}))
        return Outcome(1, caught, 1, "") if deviations else Outcome(0, {}, 1, "")

    monkeypatch.setattr("proof.__main__.verify", verify)
    monkeypatch.setattr("sys.argv", ["proof", first.name, second.name, "--clean", "2", "--resume", str(file)])
    assert proof() == 1
    assert asked == [([], "2"), ([second.name], "1")]
    assert read_results(file).shown[second.name] == Shown(True, frozenset({"http"}))


@pytest.mark.parametrize(("is_caught", "runs"), [(True, ["cors"]), (False, ["cors", ""])])
def test_a_known_layer_is_asked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_caught: bool, runs: list[str]
) -> None:
    """The quickest layer that is known to catch a deviation sees it alone, and all layers where that one misses it."""
    file = tmp_path / "results.json"
    first, *_ = read_catalogue()
    write_results(file, Results({first.name: Shown(True, frozenset({"generated", "cors"}))}))
    asked = []

    def verify(_deviations: list[str], options: list[str]) -> Outcome:
        layer = options[options.index("--layer") + 1] if "--layer" in options else ""
        asked.append(layer)
        caught = dict.fromkeys(first.breaks, frozenset({"http"})) if is_caught or not layer else {}
        return Outcome(1, caught, 1, "")

    monkeypatch.setattr("proof.__main__.verify", verify)
    given = [first.name, "--clean", "0", "--resume", str(file), "--anew", "--known-layers"]
    monkeypatch.setattr("sys.argv", ["proof", *given])
    assert proof() == 0
    assert asked == runs
    assert read_results(file).shown[first.name].layers == ({"generated", "cors"} if is_caught else {"http"})


def test_a_sample_is_of_pairs_that_were_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs that are not known, or known as missed, are in no sample, whatever its size."""
    file = tmp_path / "results.json"
    found, missed = "list-is-by-name@listSources", "list-is-by-kind@listSources"
    write_results(file, Results(pairs={found: "quick", missed: ""}))
    shown: list[str] = []

    def show_group(group: list[Pair]) -> dict[str, str]:
        shown.extend(pair.name for pair in group)
        return {pair.name: "quick" for pair in group}

    monkeypatch.setattr("proof.__main__.show_group", show_group)
    monkeypatch.setattr("proof.__main__.read_catalogue", list)
    monkeypatch.setattr("sys.argv", ["proof", "--clean", "0", "--resume", str(file), "--sample", "500"])
    assert proof() == 1  # the one that was missed before still is
    assert shown == [found]


def test_the_published_page_is_of_this_catalogue() -> None:
    """docs/proof.md is made of docs/proof.json, has a row for every deviation of the catalogue, and no miss."""
    text = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    catalogue = read_catalogue()
    assert text == page(catalogue, read_results(ROOT / "docs" / "proof.json"), "--quick")
    rows = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    pairs = read_results(ROOT / "docs" / "proof.json").pairs
    assert rows == [*(each.name for each in catalogue), *dict.fromkeys(name.partition("@")[0] for name in pairs)]
    assert list(pairs) == [pair.name for pair in pairs_to_find() if pair.name in pairs]
    assert len(pairs) > 1_000
    assert sum(effort in ("quick", "default") for effort in pairs.values()) >= 0.98 * len(pairs)
    assert "missed" not in text
