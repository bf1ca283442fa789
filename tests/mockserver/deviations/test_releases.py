"""Deviations of a mock that stands for a release: those that it takes show, the others are refused at the start."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.deviations.catalogue import listing, read_catalogue
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import all_shows
from pgwatch_contract.releases.release import read_release
from tests.conftest import JSON, ROOT, Server
from tests.support.mock_command import refused
from tests.support.release_script import answers

pytestmark = pytest.mark.once

CONTRACT = ROOT / "openapi.yaml"
CATALOGUE = read_catalogue()
RELEASE = "5.3"
NOT_ASKED_FOR = {
    "add-is-201": "the release does that, and means to",
    "update-unknown-is-200": "the release does that, and means to",
    "delete-without-name-is-200": "the release has no deletion without a name",
    "expired-token-counts-once-accepted": "it takes the time that a token lasts",
    "open-login-wants-a-user": "the script asks a server that has a user",
    "slow-reader-holds-up-the-api": "it takes a reader of the log, on a connection",
    "parallel-adds-are-500": "it takes requests at the same time",
    "list-is-null-during-writes": "it takes requests at the same time",
    "list-is-cut-off-during-writes": "it takes requests at the same time",
}
"""What the script of requests cannot meet, and why."""


def listed(release: str) -> list[str]:
    """The names that a mock of a release takes."""
    text = listing(read_release(release), CONTRACT)
    return [line for line in text.splitlines() if line and not line.startswith(" ")]


def plan_for(name: str) -> Plan:
    plan = Plan()
    all_shows()[name](plan)
    return plan


def scripted(release: str) -> list[str]:
    """The names of those that answers to the script must show: not those of the log alone, nor what it does anyway."""
    anyway = {each.name for each in read_release(release).deviations}
    return [
        name
        for name in listed(release)
        if name not in anyway
        and name not in NOT_ASKED_FOR
        and not plan_for(name).changed_parts & {"log_stream", "log_connection"}
    ]


@functools.cache
def sources(number: int, folder: Path) -> Path:
    """A file of so many sources."""
    file = folder / f"{number}.yaml"
    entries = [
        {"name": f"s{each}", "conn_str": "host=db", "kind": "postgres", "preset_metrics": "basic"}
        for each in range(number)
    ]
    file.write_text(yaml.safe_dump(entries), encoding="utf-8")
    return file


@functools.cache
def clean(number: int, folder: Path) -> list[Any]:
    """What a mock of the release answers that deviates in nothing."""
    return answers(RELEASE, sources(number, folder))


@pytest.mark.parametrize("name", scripted(RELEASE))
def test_what_a_release_takes_shows(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With the deviation, some answer of the release's mock is another; where few sources hide it, with many."""
    folder = tmp_path_factory.getbasetemp()
    assert any(answers(RELEASE, sources(number, folder), name) != clean(number, folder) for number in (3, 101))


def test_a_release_answers_alike_each_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a deviation nothing in the answers depends on chance: otherwise the tests above would prove nothing."""
    folder = tmp_path_factory.getbasetemp()
    assert answers(RELEASE, sources(3, folder)) == clean(3, folder)


@pytest.mark.parametrize("name", [name for name in all_shows() if CATALOGUE[name].shown is None])
def test_what_no_release_has_is_of_the_contract_alone(name: str) -> None:
    """A release has a store, a protocol and ways to read bodies of its own: deviations of those are marked."""
    plan = plan_for(name)
    assert not plan.changed_parts & {"state", "protocol", "document"}


def test_update_and_delete_deviate_where_their_paths_have_names(start: Callable[..., Server]) -> None:
    """An operation is known wherever its path is."""
    server = start("--release", "5.3", "--deviate", "update-is-405", "--deviate", "delete-is-405")
    with server.client() as client:
        assert client.put("/source/demo", content='{"Name": "demo"}', headers=JSON).status_code == 405
        assert client.delete("/source/demo").status_code == 405
        assert client.delete("/preset/none").status_code == 200


@pytest.mark.parametrize(
    ("release", "name", "line"),
    [
        ("5.3", "add-stores-nothing", "pgwatch 5.3 has ways of its own there"),
        ("5.3", "delete-takes-the-last-name", "pgwatch 5.3 has names in its paths, not in the query"),
        ("3.7", "update-merges", "pgwatch 3.5 has no updateSource"),
        ("3.7", "readiness-lies", ""),
    ],
)
def test_what_a_release_cannot_show_is_refused(release: str, name: str, line: str) -> None:
    """One line says why, and where the names of the others are; what the release does anyway is no mistake."""
    if line:
        assert refused("--release", release, "--deviate", name).endswith(
            f"--deviate {name} cannot be shown here: {line}; --list-deviations lists what can be"
        )
    assert (name in listed(release)) is not bool(line)


def test_tokens_deviate_by_the_rules_of_the_contract_and_of_a_release(start: Callable[..., Server]) -> None:
    """A deviation of tokens comes on top of golang-jwt's rules and words."""
    server = start("--release", "5.3", "--deviate", "any-text-counts-as-token")
    assert httpx.get(f"{server.url}/source", headers={"Token": "any"}).status_code == 200
    answer = httpx.get(f"{server.url}/source")
    assert (answer.status_code, answer.text) == (401, "can not find token in header\n")
