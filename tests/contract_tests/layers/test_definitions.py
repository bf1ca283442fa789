"""The suite on metrics and presets: what it finds at a server that keeps them wrongly, and what it leaves there."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server, start_server
from tests.support import verify_helpers
from tests.support.counting_proxy import CountingProxy

pytestmark = pytest.mark.once

RELEASE = ("--release", "5.3", "--store", "yaml")
SERVER = ("--quiet", *RELEASE)
LOGIN = ("--user", "admin", "--password", "pa55word")


def verify(url: str, report: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return verify_helpers.verify(url, "--quick", "--report", str(report), *options)


def broken(report: Path) -> set[tuple[str, bool]]:
    """Return the clauses on metrics and presets that a report has new failures of, each with ``Metric`` or not."""
    verdict = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
    return {
        (failure["clause"].removeprefix("definition."), "Metric" in failure["operation"])
        for failure in verdict["failures"]
        if failure["clause"].startswith("definition.")
    }


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("breakage", "clauses"),
    [
        ("lenient", {"add.existing-is-409", "set.replaces-the-whole", "delete.deletes-it"}),
        ("forgetful", {"is-stored", "defaults-are-filled-in", "stores-any-name"}),
        ("accepted", {"add.succeeds", "set.is-200", "delete.is-200"}),
    ],
)
def test_what_is_broken_is_found(breakage: str, clauses: set[str], tmp_path: Path) -> None:
    """Each clause on metrics and presets turns red, for either of them, at a server that breaks it."""
    server = start_server(*SERVER, module=("tests.support.broken_release", breakage))
    result = verify(server.url, tmp_path, "--throwaway", *RELEASE, "--layer", "operations", "--", "-k", "definitions")
    server.stop()
    assert result.returncode == 1, result.stdout + result.stderr
    found = {clause for clause, _ in broken(tmp_path)}
    assert clauses <= found, result.stdout
    assert {is_metric for _, is_metric in broken(tmp_path)} == {True, False}


@pytest.fixture
def proxied() -> Iterator[tuple[Server, CountingProxy]]:
    """A release with credentials, and a counting proxy in front of it."""
    server = start_server(*SERVER, *LOGIN)
    proxy = CountingProxy(server.address)
    yield server, proxy
    proxy.close()
    server.stop()


@pytest.mark.timeout(180)
def test_only_own_ones_are_written(proxied: tuple[Server, CountingProxy], tmp_path: Path) -> None:
    """With --allow-writes all metrics and presets that are written bear the run's prefix, and none of them stays."""
    server, proxy = proxied
    before = listed(server)
    layers = [option for layer in ("http", "operations", "generated") for option in ("--layer", layer)]
    result = verify(proxy.url, tmp_path, "--allow-writes", *RELEASE, *LOGIN, *layers)
    assert result.returncode == 0, result.stdout + result.stderr
    written = [each for each in proxy.writes if each[1].startswith(("/metric", "/preset"))]
    assert len(written) > 100
    for _, target, body in written:
        assert target.partition("/contract-")[1] or b'"' not in body or keys(body) <= {"contract-"}, (target, body)
    assert listed(server) == before


def listed(server: Server) -> list[object]:
    with server.client(server.login("admin", "pa55word")) as client:
        return [client.get(path).json() for path in ("/metric", "/preset")]


def keys(body: bytes) -> set[str]:
    """Return how the keys of a JSON object begin."""
    value = json.loads(body)
    return {key[: len("contract-")] for key in value} if isinstance(value, dict) else set()


@pytest.mark.timeout(180)
def test_deletions_that_fail_are_red(tmp_path: Path) -> None:
    """Where what is added could not be deleted again, nothing is added, and the run is red and says why."""
    server = start_server(*SERVER, *LOGIN, module=("tests.support.broken_release", "stuck"))
    before = listed(server)
    result = verify(server.url, tmp_path, "--allow-writes", *RELEASE, *LOGIN, "--layer", "operations")
    assert result.returncode == 1, result.stdout + result.stderr
    assert "the disk is full" in result.stdout
    assert "definition.delete.is-200" in result.stdout
    assert listed(server) == before
    server.stop()


@pytest.mark.timeout(180)
def test_built_in_ones_are_not_judged(tmp_path: Path) -> None:
    """Where metrics cannot be changed, as in a pgwatch without a metrics file, that is said, and nothing turns red."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "a.yaml").write_text("metrics: {up: {sqls: {11: select 1 as up}}}\npresets: {p: {metrics: {up: 60}}}\n")
    server = start_server(*SERVER, *LOGIN, "--metrics", str(folder))
    result = verify(server.url, tmp_path / "report", "--allow-writes", *RELEASE, *LOGIN, "--layer", "operations")
    server.stop()
    assert result.returncode == 0, result.stdout + result.stderr
    assert "whose metrics can be changed" in result.stdout
