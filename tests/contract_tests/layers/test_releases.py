"""The suite judges the mock that stands for a release as that release: all it finds is in the ledger."""

import json
from pathlib import Path

import pytest

from tests.support.verify_helpers import verify

pytestmark = pytest.mark.once

LAYERS = ("http", "authentication", "operations")


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("release", "store"), [("3.0", "yaml"), ("3.1", "yaml"), ("5.3", "postgres")])
def test_a_mock_of_a_release_has_its_deviations(release: str, store: str, tmp_path: Path) -> None:
    """Nothing is new, operations that the release lacks are not judged, and its own are."""
    layers = [option for layer in LAYERS for option in ("--layer", layer)]
    options = ["--release", release, "--store", store, "--quick", *layers, "--report", str(tmp_path)]
    ended = verify(*options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    verdict = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["headline"].startswith(f"conforms to pgwatch {release} in ")
    assert len(verdict["known"]) > 15
    asked = {cell["operation"] for clause in verdict["clauses"] for cell in clause["operations"]}
    assert ("updateSource" in asked) is (release == "5.3")
    assert ("getSource" in asked) is (release == "5.3")
    assert ("getLiveness" in asked) is (release != "3.0")
