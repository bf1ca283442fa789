"""A client that was made for another release than the mock: who runs it is told which option it needs."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from mockserver.http.exchange import item_of
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import release_names
from tests.conftest import JSON, Server
from tests.support.verify_helpers import verify

pytestmark = pytest.mark.once

Start = Callable[..., Server]
NEWEST = release_names()[-1]
OF_ITEMS = f"mock --release {NEWEST}: PUT /source/{{name}} is of pgwatch 4.0 to {NEWEST}"
REPLACES = "mock --release 3.7: POST /source changes what is there in pgwatch 3.0 to 3.7"
OF_QUERIES = "mock --release 3.7: DELETE /metric is of pgwatch 3.0 to 3.7"
DEMO = json.dumps({"Name": "demo", "ConnStr": "host=db.example.com"})
ASKED = [("PUT", "/source/demo"), ("PUT", "/source/a%2Fb"), ("POST", "/source"), ("DELETE", "/metric?name=x")]
CASES: dict[str, tuple[list[str], list[int], set[str]]] = {
    "contract": ([], [404, 404, 409, 405], {OF_ITEMS, REPLACES, OF_QUERIES}),
    "3.5": (["--release", "3.5"], [405, 405, 200, 200], {OF_ITEMS}),
    "5.3": (["--release", "5.3"], [200, 400, 409, 405], {REPLACES, OF_QUERIES}),
}
"""By server: its options, the statuses of what is asked, and what the console says, each once."""


@pytest.mark.parametrize("server", CASES)
def test_the_console_says_what_a_client_needs(start: Start, server: str) -> None:
    """A request that only other releases take is answered as ever; the console names them and the option, once."""
    options, statuses, hints = CASES[server]
    mock = start("--console", "json", *options)
    with mock.client() as client:
        answers = [client.request(*asked, content=DEMO, headers=JSON) for asked in ASKED]
        client.get("/source/")
        client.put("/nothing/demo")
    assert [answer.status_code for answer in answers] == statuses
    _, out = mock.stop()
    notes = [line["note"] for line in map(json.loads, out.splitlines()) if "note" in line]
    assert sorted(note for note in notes if "mock --release" in note) == sorted(hints)


def test_the_contracts_own_mock_says_it_to_the_client_too(start: Start) -> None:
    """A refusal has the option among the 45 characters that a web interface shows; the rest is as in any refusal."""
    with start().client() as client:
        answers = [client.request(*asked, content=DEMO, headers=JSON) for asked in ASKED]
    assert [answer.text.rstrip("\n").split("; ")[1] for answer in answers] == [OF_ITEMS, OF_ITEMS, REPLACES, OF_QUERIES]
    assert [re.findall("mock --release ...", answer.text[:45]) for answer in answers] == [
        [f"mock --release {release}"] for release in (NEWEST, NEWEST, "3.7", "3.7")
    ]
    assert answers[3].headers["allow"] == "GET, OPTIONS"
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("/source/demo", "/source/{name}"),
        ("/source", ""),
        ("/source/", ""),
        ("/source/a%2Fb", "/source/{name}"),
        ("", ""),
        ("/a/b/c", "/a/b/{name}"),
    ],
)
def test_items(path: str, item: str) -> None:
    """The last segment of a path is the name of an item, where there is one."""
    assert item_of(path.encode()) == item


@pytest.mark.parametrize("name", release_names())
def test_a_release_serves_its_document(start: Start, name: str) -> None:
    """As JSON, as YAML and as pages it is the release's contract, and ``mock --spec`` takes it for that release's."""
    expected = release_document(name)
    server = start("--release", name)
    shown = httpx.get(f"{server.url}/openapi.yaml")
    assert yaml.safe_load(shown.content) == httpx.get(f"{server.url}/openapi.json").json() == expected
    assert "swagger" in httpx.get(f"{server.url}/docs").text
    assert httpx.get(f"{server.url}/docs/openapi.json").json()["paths"].keys() == expected["paths"].keys()


def test_the_document_of_a_release_is_served_as_that_release(start: Start, tmp_path: Path) -> None:
    """``mock --spec`` and ``verify --spec`` take what ``spec --release`` writes, changed or not."""
    document = release_document("5.3")
    document["info"]["title"] = "ours"
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with start("--spec", str(file)).client() as client:
        assert client.put("/source/demo", content=DEMO, headers=JSON).status_code == 200
        assert client.get("/openapi.json").json() == document


def test_a_document_with_names_in_paths_that_is_of_no_release_is_one_line(tmp_path: Path) -> None:
    """It says which option helps."""
    document = release_document("5.3")
    document["info"]["version"] = "ours"
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "mockserver", "--port", "0", "--spec", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 2
    line = "names in paths are of releases of pgwatch: say which with --release"
    assert line in process.stderr
    assert process.stderr.count("\n") == 1


def test_the_suite_judges_the_document_of_a_release_as_that_release(tmp_path: Path) -> None:
    """``verify --spec`` knows the release's deviations, in the mock that it starts and in the ledger."""
    file = tmp_path / "pgwatch.json"
    file.write_text(json.dumps(release_document("5.3")), encoding="utf-8")
    run = verify("--spec", str(file), "--quick", "--layer", "cors")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "conforms to pgwatch 5.3 in cors but for" in run.stdout
