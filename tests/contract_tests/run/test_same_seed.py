"""The same seed: the same requests, and the same judgements."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.verify_helpers import verify


def verdict_of(folder: Path, *options: str) -> dict[str, Any]:
    """The verdict of a quick run, without what differs in any two: times."""
    ended = verify("--quick", "--report", str(folder), *options)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    verdict: dict[str, Any] = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    return verdict


@pytest.mark.timeout(180)
@pytest.mark.parametrize("options", [("--seed", "5"), ("--deviate", "delete-unknown-is-200")], ids=" ".join)
def test_two_runs_judge_the_same(options: tuple[str, ...], tmp_path: Path) -> None:
    """Of two runs at the same time, which wait for each other now here and now there, none asks or judges more."""
    with ThreadPoolExecutor() as pool:
        folders = [tmp_path / name for name in ("one", "other", "third")]
        found = list(pool.map(lambda folder: verdict_of(folder, *options), folders))
    for other in found[1:]:
        for part in ("counts", "clauses", "verdict"):
            assert other[part] == found[0][part]
        assert [each["clause"] for each in other["failures"]] == [each["clause"] for each in found[0]["failures"]]


@pytest.mark.timeout(180)
def test_another_seed_judges_others(tmp_path: Path) -> None:
    """Another seed sends other requests."""
    one, other = (verdict_of(tmp_path / seed, "--seed", seed, "--layer", "generated") for seed in ("1", "2"))
    assert one["counts"]["requests"] != other["counts"]["requests"]
