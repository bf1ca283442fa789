"""``verify`` and servers that allow any origin, or that let the suite wait."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.support import verify_helpers


def verify(*options: str) -> int:
    """Run the command and return its exit code."""
    return verify_helpers.verify("--quick", *options).returncode


@pytest.mark.parametrize(("allowed", "code"), [("*", 0), ("http://localhost:4000", 1)])
def test_any_origin(start: Callable[..., Server], allowed: str, code: int) -> None:
    """With --cors-origin '*' a server conforms that lets in whoever asks, and one that names a single one does not."""
    server = start("--quiet", "--cors-origin", allowed)
    assert verify(server.url, "--throwaway", "--layer", "cors", "--cors-origin", "*") == code


@pytest.mark.once
@pytest.mark.parametrize("origin", ["*", "http://ui.example"])
def test_the_mock_of_a_run_allows_the_origin_that_is_expected(origin: str) -> None:
    """Without a URL --cors-origin is what the mock is started with, too."""
    assert verify("--layer", "cors,http", "--cors-origin", origin) == 0


def test_a_silent_server_is_asked_once(tmp_path: Path) -> None:
    """Where a ping is not answered in time the verdict says so, and no further pings are waited for."""
    options = ["--deviate", "client-pings-are-not-answered", "--wait", "2", "--layer", "log"]
    assert verify(*options, "--report", str(tmp_path)) == 1
    failures = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["failures"]
    assert {each["clause"]: each["cases"] for each in failures}["log.client.ping-is-answered"] == 1
