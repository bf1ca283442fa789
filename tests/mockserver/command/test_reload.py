"""``--reload``: changed files are served, wrong ones are not."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.command.reload import Reloading
from mockserver.console import Console
from mockserver.serving.app import create_app
from mockserver.serving.backend import create_backend
from mockserver.settings import Settings
from tests.conftest import ROOT, Server


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with copies of the contract and the fixtures."""
    for name in ("openapi.yaml", "fixtures/sources.yaml", "fixtures/metrics.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def server(start: Callable[..., Server], files: Path) -> Server:
    """A server that reloads these files."""
    return start(
        "--reload",
        "--quiet",
        "--spec",
        str(files / "openapi.yaml"),
        "--sources",
        str(files / "sources.yaml"),
        "--metrics",
        str(files / "metrics.yaml"),
    )


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def eventually(happened: Callable[[], Any]) -> None:
    for _ in range(100):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 10 s")


def names(client: httpx.Client) -> list[str]:
    return [source["Name"] for source in client.get("/source").json()]


def test_changed_sources_replace_the_old_ones(server: Server, files: Path) -> None:
    """Sources that a changed file names are served, those that were added are gone."""
    with server.client() as client:
        client.post("/source", json={"Name": "added", "ConnStr": ""})
        change(files / "sources.yaml", "name: demo", "name: renamed")
        eventually(lambda: "renamed" in names(client))
        assert "added" not in names(client)


def test_a_changed_contract_keeps_state_and_tokens(server: Server, files: Path) -> None:
    """A changed contract counts at once; sources that were added stay, and so do tokens."""
    with server.client() as client:
        client.post("/source", json={"Name": "added", "ConnStr": ""})
        change(files / "openapi.yaml", "source not found", "no source has that name")
        eventually(lambda: client.delete("/source", params={"name": "x"}).text == "no source has that name\n")
        assert "added" in names(client)


@pytest.mark.parametrize(
    ("name", "mistake", "line"),
    [
        ("openapi.yaml", ("operationId: addSource", "operationId: growSource"), "this server has no function for it"),
        ("openapi.yaml", ("openapi: 3.0.3", "openapi: ["), "not valid YAML"),
        ("sources.yaml", ("name: demo", "nam: demo"), "name is missing"),
    ],
)
def test_a_wrong_file_changes_nothing(
    server: Server, files: Path, name: str, mistake: tuple[str, str], line: str
) -> None:
    """While a changed file is wrong the console says so once, the old one is served, and a mended one is taken."""
    with server.client() as client:
        served = client.get("/source").json()
        change(files / name, *mistake)
        time.sleep(2)
        assert client.get("/source").json() == served
        assert client.post("/source", json={"Name": "still", "ConnStr": ""}).status_code == 200
        change(files / name, *reversed(mistake))
        time.sleep(2)
        assert client.get("/source").status_code == 200
    errors = [json.loads(text).get("error", "") for text in server.stop()[1].splitlines()]
    assert [line in error for error in errors] == [True], errors


def test_a_file_counts_once_it_is_written_to_its_end(files: Path) -> None:
    """A look between an editor's first byte and its last finds no mistake, and the looks after it find the file."""
    settings = Settings(sources=files / "sources.yaml", metrics=files / "metrics.yaml", spec=files / "openapi.yaml")
    backend = create_backend(settings, Console(verbosity=-1))
    reloading = Reloading(create_app(backend), backend)
    whole = settings.sources.read_text(encoding="utf-8")
    settings.sources.write_text(whole.partition("name: demo")[0], encoding="utf-8")
    asyncio.run(reloading.look())
    settings.sources.write_text(whole.replace("name: demo", "name: renamed"), encoding="utf-8")
    asyncio.run(reloading.look())
    assert backend.state.sources[0]["Name"] == "demo"
    asyncio.run(reloading.look())
    assert backend.state.sources[0]["Name"] == "renamed"


def fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


BOMB = "- &a0 {name: a, group: b}\n" + "".join(
    f"- &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}\n" for level in range(1, 12)
)
TERRIBLE = {
    "itself": lambda file: file.write_text("- &a {<<: *a}\n", encoding="utf-8"),
    "bomb": lambda file: file.write_text(BOMB, encoding="utf-8"),
    "deep": lambda file: file.write_text("[" * 100_000, encoding="utf-8"),
    "fifo": fifo,
}


@pytest.mark.parametrize("spoil", TERRIBLE.values(), ids=TERRIBLE)
def test_a_good_file_after_a_terrible_one_is_served(server: Server, files: Path, spoil: Callable[[Path], Any]) -> None:
    """A file without an end is one line on the console, all is served meanwhile, and the next good file is taken."""
    good = (files / "sources.yaml").read_text(encoding="utf-8")
    with server.client() as client:
        spoil(files / "sources.yaml")
        time.sleep(2)
        assert names(client)[0] == "demo"
        (files / "sources.yaml").unlink()
        (files / "sources.yaml").write_text(good.replace("name: demo", "name: renamed"), encoding="utf-8")
        eventually(lambda: names(client)[0] == "renamed")
    errors = [error for text in server.stop()[1].splitlines() if (error := json.loads(text).get("error"))]
    assert len(errors) == 1, errors
    assert errors[0].startswith("not reloaded, the old files stay: ")


def test_a_mistake_of_the_mock_does_not_end_the_watching(files: Path) -> None:
    """Two looks after a failure that nobody foresaw, a good file is served."""
    settings = Settings(sources=files / "sources.yaml", metrics=files / "metrics.yaml", spec=files / "openapi.yaml")
    backend = create_backend(settings, Console(verbosity=-1))
    told: list[str] = []
    backend.console.error = told.append  # type: ignore[method-assign]  # what is told is what is waited for
    load = backend.load_configuration
    backend.load_configuration = lambda: 1 // 0  # type: ignore[method-assign]  # a mistake that is made up

    async def watch() -> None:
        watching = asyncio.create_task(Reloading(create_app(backend), backend)._watch())
        change(settings.sources, "name: demo", "name: first")
        await until(lambda: told)
        backend.load_configuration = load  # type: ignore[method-assign]
        change(settings.sources, "name: first", "name: second")
        await until(lambda: backend.state.sources[0]["Name"] == "second")
        watching.cancel()

    asyncio.run(watch())
    assert [line.partition("ZeroDivisionError")[0] for line in told] == [
        "not reloaded, the old files stay: the mock server failed: "
    ]


async def until(happened: Callable[[], Any]) -> None:
    for _ in range(200):
        if happened():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen within 20 s")


def test_a_folder_whose_link_is_changed_is_read_anew(start: Callable[..., Server], tmp_path: Path) -> None:
    """A folder of links into a folder behind a link, as Kubernetes makes it, is read when that link is changed."""
    for version, name in (("1", "one"), ("2", "two")):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}/sources.yaml").write_text(f"- name: {name}\n", encoding="utf-8")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "sources.yaml").symlink_to("..data/sources.yaml")
    with start("--reload", "--quiet", "--sources", str(tmp_path)).client() as client:
        assert names(client) == ["one"]
        (tmp_path / "..new").symlink_to("..2")
        (tmp_path / "..new").replace(tmp_path / "..data")
        eventually(lambda: names(client) == ["two"])
