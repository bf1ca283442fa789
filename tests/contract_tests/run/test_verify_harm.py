"""``verify --allow-writes`` against servers that harm what others have: the first harm is the last."""

import httpx
import pytest

from tests.conftest import start_server
from tests.support.verify_helpers import PASSWORD, USER, WITH_LOGIN, names, verify

BUNDLED = ["demo", "shop", "pooler", "unreachable", "retired"]


@pytest.mark.parametrize(
    ("how", "layer", "lost"),
    [
        ("delete-first", "http", "the source demo is gone after DELETE /source"),
        ("refused-delete-takes-last", "operations", "the source retired is gone after DELETE /source"),
        ("post-replaces-first", "http", "the source demo is gone after POST /source"),
        ("refused-post-loses-first", "operations", "the source demo is gone after POST /source"),
    ],
)
def test_a_server_that_destroys_loses_one_source_at_most(how: str, layer: str, lost: str) -> None:
    """The run ends with the first loss, names it and the request, writes nothing more, and could not judge."""
    server = start_server(*WITH_LOGIN, module=("tests.support.destroyer", how))
    try:
        result = verify(server.url, "--quick", "--allow-writes", "--layer", layer)
        left = names(server)
    finally:
        server.stop()
    assert result.returncode == 2, result.stdout
    said = result.stdout + result.stderr
    assert lost in said
    assert "curl -i" in said
    assert len([name for name in BUNDLED if name in left]) == len(BUNDLED) - 1


def test_an_update_that_writes_to_others_ends_the_run() -> None:
    """A source of another whose name begins like the run's is changed by an update: one, and no second time."""
    server = start_server(*WITH_LOGIN, module=("tests.support.destroyer", "put-writes-to-all"))
    try:
        token = server.login(USER, PASSWORD)
        for name in ("contact", "contract"):
            body = {"Name": name, "ConnStr": "host=a.invalid", "Group": "mine"}
            httpx.post(f"{server.url}/source", json=body, headers={"Token": token}).raise_for_status()
        result = verify(server.url, "--quick", "--allow-writes", "--layer", "operations")
    finally:
        server.stop()
    assert result.returncode == 2, result.stdout
    assert "after PUT /source" in result.stdout


def test_a_list_that_breaks_ends_the_run() -> None:
    """The write before it, the server's words without secrets, and what to do with the file are told."""
    server = start_server(*WITH_LOGIN, module=("tests.support.destroyer", "list-breaks"))
    try:
        result = verify(server.url, "--quick", "--allow-writes", "--layer", "http")
    finally:
        server.stop()
    assert result.returncode == 2, result.stdout
    assert result.stdout.startswith("stopped: GET /source gives no list any more after ")
    assert "yaml: line 9: did not find expected key" in " ".join(result.stdout.split())
    assert "before it is started again" in " ".join(result.stdout.split())
    assert "s3cr3t" not in result.stdout


@pytest.mark.parametrize("deviation", ["delete-deletes-nothing", "add-stores-nothing", "every-source-is-enabled"])
def test_a_server_that_would_keep_what_is_added_gets_no_more(deviation: str) -> None:
    """What cannot be taken away again, is not found under its name, or would be monitored, is added once at most."""
    server = start_server(*WITH_LOGIN, "--deviate", deviation)
    try:
        before = len(names(server))
        result = verify(server.url, "--quick", "--allow-writes", "--layer", "http")
        assert result.returncode == 2
        assert "leave out --allow-writes" in result.stderr
        assert len(names(server)) <= before + 1
    finally:
        server.stop()
