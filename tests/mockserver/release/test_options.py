"""The options of the mock together with ``--release``, and what a start that is not possible says."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from pgwatch_contract.releases.release import read_release, release_names
from tests.conftest import ROOT, Server

pytestmark = pytest.mark.once

Start = Callable[..., Server]


def refused(*options: str) -> str:
    """Start a mock that cannot start; return its one line."""
    command = [sys.executable, "-m", "mockserver", "--port", "0", *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_unknown_releases_are_refused() -> None:
    """The line names the releases there are."""
    assert "3.1" in refused("--release", "1.0")


def test_a_store_needs_a_release() -> None:
    """Without a release there is no store to choose, and a store that nobody knows is refused."""
    assert "--release" in refused("--store", "yaml")
    assert "neither yaml nor postgres" in refused("--release", "5.3", "--store", "etcd")


def test_variables_need_a_release() -> None:
    """--env is for what clients send to a release; what is no name is refused."""
    assert "--env needs --release" in refused("--env", "PATH")
    assert "'$PATH' is not the name of a variable" in refused("--release", "5.3", "--env", "$PATH")


def test_the_oldest_releases_do_not_start_with_a_folder_of_metrics(tmp_path: Path) -> None:
    """3.0 and 3.1 end at once (v3.0.0, run), and so does the mock."""
    assert f"{tmp_path}: is a folder" in refused("--release", "3.1", "--metrics", str(tmp_path))


def test_a_file_of_wrong_types_is_refused_in_go_s_words(tmp_path: Path) -> None:
    """The line has what the release would answer to GET /source (v3.7.0 and v5.3.0, run)."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: a, custom_metrics: {w: 1:30}}\n", encoding="utf-8")
    for release, kind in (("3.5", "float64"), ("5.3", "int")):
        line = refused("--release", release, "--sources", str(file))
        assert f"{file}:1: source: cannot unmarshal !!str `1:30` into {kind}" in line


def test_releases_have_no_limit_of_bodies() -> None:
    """--max-body would do nothing there, so it is refused."""
    assert "leave --max-body out" in refused("--release", "5.3", "--max-body", "10")


def test_base_paths_came_with_5() -> None:
    """Releases that cannot serve below a path refuse to."""
    assert "cannot serve below a base path" in refused("--release", "3.5", "--base-path", "x")


@pytest.mark.parametrize("name", [*release_names(), "v5.1.0"])
def test_every_release_serves(start: Start, name: str) -> None:
    """Every release starts, by its name and by a tag, says in its banner which it is, and lists its sources."""
    server = start("--release", name)
    with server.client() as client:
        assert client.get("/source").json()[0]["Name"] == "demo"
        assert client.get("/").text.count(read_release(name).title) == 2


def test_base_path(start: Start) -> None:
    """All is below the base path, which redirects to itself with a slash; outside there is nothing."""
    server = start("--release", "5.3", "--base-path", "pgwatch")
    root = server.url.removesuffix("/pgwatch")
    assert httpx.get(f"{root}/pgwatch/liveness").status_code == 200
    outside = httpx.post(f"{root}/liveness")
    assert (outside.status_code, outside.text) == (404, "404 page not found\n")
    inside = httpx.post(f"{root}/pgwatch")
    assert (inside.status_code, inside.headers["location"]) == (307, "/pgwatch/")


def test_a_release_without_a_probe_is_always_ready() -> None:
    """--not-ready can change nothing in 3.0, which says so and serves; in 3.1 nothing is said."""
    for name, notes in (("3.0", ["pgwatch 3.0 has no readiness probe: --not-ready changes nothing"]), ("3.1", [])):
        command = [sys.executable, "-m", "mockserver", "--port", "0", "--console", "json", "--not-ready", "9"]
        with subprocess.Popen([*command, "--release", name], cwd=ROOT, stdout=subprocess.PIPE, text=True) as mock:
            said = []
            for line in mock.stdout or ():
                said.append(json.loads(line))
                if "url" in said[-1]:
                    break
            mock.kill()
        assert [line["note"] for line in said if "note" in line] == notes
        assert "url" in said[-1]


def test_changed_files_are_reloaded(start: Start, tmp_path: Path) -> None:
    """With --reload a release reads its sources anew when their file changes."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: one}\n")
    with start("--release", "5.3", "--sources", str(file), "--reload").client() as client:
        file.write_text("- {name: two, group: g}\n")
        deadline = time.monotonic() + 20
        while client.get("/source/two").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.get("/source/one").status_code == 404


def test_deviations_come_on_top(start: Start) -> None:
    """A layer of --deviate changes what the release answers."""
    server = start("--release", "5.3", "--deviate", "source-list-is-206")
    with server.client() as client:
        assert client.get("/source").status_code == 206
        assert client.get("/source").headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_other_options_hold_too(start: Start) -> None:
    """--not-ready, --jwt-secret, --cors-origin and --token-ttl act on a release as on the contract."""
    import jwt  # noqa: PLC0415

    options = ("--not-ready", "forever", "--jwt-secret", "mine", "--cors-origin", "http://ui", "--token-ttl", "60")
    server = start("--release", "5.3", *options)
    busy = httpx.get(f"{server.url}/readiness")
    assert (busy.status_code, busy.text) == (503, '{"status": "busy"}')
    assert busy.headers["access-control-allow-origin"] == "http://ui"
    assert jwt.decode(server.login(), "mine", ["HS256"])["username"] == "someone"
