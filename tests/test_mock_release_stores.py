"""The imagined stores of ``mock --release``: YAML files that are read anew each time, and PostgreSQL with its rules."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import Server, start_server

pytestmark = pytest.mark.once

Start = Callable[..., Server]
MINIMAL = {"Name": "a", "Group": "g", "Kind": "postgres", "PresetMetrics": "basic"}


@pytest.fixture
def database(start: Start) -> Iterator[httpx.Client]:
    """A client of pgwatch 5.3 that keeps all in PostgreSQL."""
    with start("--release", "5.3", "--store", "postgres").client() as client:
        yield client


@pytest.fixture(scope="module")
def old_database() -> Iterator[httpx.Client]:
    """A client of pgwatch 3.0 that keeps all in PostgreSQL; its tests change nothing that others look at."""
    server = start_server("--release", "3.0", "--store", "postgres")
    with server.client() as client:
        yield client
    server.stop()


def test_yaml_is_null_until_it_is_written(start: Start, tmp_path: Path) -> None:
    """Absent maps are null; any write of the API makes them empty, and an empty file is listed as null."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: one, conn_str: x}\n")
    with start("--release", "5.3", "--sources", str(file)).client() as client:
        assert client.get("/source/one").json()["Metrics"] is None
        assert client.get("/source/one").json()["Group"] == ""
        client.post("/source", json={"Name": "two"})
        assert client.get("/source/one").json()["Metrics"] == {}
        for name in ("one", "two"):
            client.delete(f"/source/{name}")
        assert client.get("/source").text == "null"


def test_kind_is_filled_in_in_3_0_alone(start: Start, tmp_path: Path) -> None:
    """3.0 reads a source without Kind as one of postgres; an unset variable is none only when it was written back."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: one}\n- {name: two, kind: $PGWATCH_NO_SUCH_VARIABLE}\n- {name: three, kind: pgpool}\n")
    for release, filled in (("3.0", "postgres"), ("3.1", "")):
        with start("--release", release, "--sources", str(file)).client() as client:
            assert [source["Kind"] for source in client.get("/source").json()] == [filled, "", "pgpool"]
            assert client.post("/source", json={"Name": "four", "Kind": ""}).status_code == 200
            assert [source["Kind"] for source in client.get("/source").json()] == [filled, filled, "pgpool", filled]


def test_sources_of_one_name(start: Start, tmp_path: Path) -> None:
    """3.0 lists them all, replaces the first and deletes all of them; later releases cannot read such a file."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: a, conn_str: x}\n- {name: b}\n- {name: a, conn_str: y}\n")
    with start("--release", "3.0", "--sources", str(file)).client() as client:
        assert client.post("/source", json={"Name": "a", "ConnStr": "new"}).status_code == 200
        listed = [(source["Name"], source["ConnStr"]) for source in client.get("/source").json()]
        assert listed == [("a", "new"), ("b", ""), ("a", "y")]
        assert client.delete("/source", params={"name": "a"}).status_code == 200
        assert [source["Name"] for source in client.get("/source").json()] == ["b"]
    with start("--release", "3.1", "--sources", str(file)).client() as client:
        unread = client.get("/source")
        assert (unread.status_code, unread.text) == (500, "duplicate source with name 'a' found\n")


def test_variables_are_expanded_when_read(start: Start) -> None:
    """A name that begins with a dollar sign is that of an environment variable; from 5.0 on a connection string too."""
    source = {"Name": "$WHO-x", "ConnStr": "$WHO"}
    with start("--release", "5.3", WHO="me").client() as client:
        client.post("/source", json=source)
        assert client.get("/source/me-x").json()["ConnStr"] == "me"
    with start("--release", "3.7", WHO="me").client() as client:
        client.post("/source", json=source)
        assert client.get("/source").json()[-1]["ConnStr"] == "$WHO"


def test_minus_zero_is_lost_in_a_file(start: Start) -> None:
    """An interval of minus zero, of a source or in a preset, is zero where it was written to a YAML file."""
    with start("--release", "3.1").client() as client:
        client.post("/source", json={"Name": "a", "ConnStr": "", "Metrics": {"up": -0.0}})
        client.post("/preset", params={"name": "a"}, json={"Metrics": {"up": -0.0}})
        assert '"Metrics":{"up":0}' in client.get("/source").text
        assert client.get("/preset").text.count('"Metrics":{"up":0}') == 1


def test_minus_zero_is_lost_in_a_column_of_json(start: Start) -> None:
    """PostgreSQL's numbers have no minus zero: it is zero in the metrics of a source, and in those of a preset."""
    with start("--release", "3.0", "--store", "postgres").client() as client:
        source = MINIMAL | {"PresetMetrics": "", "Metrics": {"up": -0.0}}
        assert client.post("/source", json=source).status_code == 200
        for _ in ("new", "replaced"):
            assert client.post("/preset", params={"name": "a"}, json={"Metrics": {"up": -0.0}}).status_code == 200
            assert client.get("/preset").text.count('"Metrics":{"up":0}') == 1
        assert client.get("/source").text.count('"Metrics":{"up":0}') == 1


def test_folders_cannot_be_written(start: Start, tmp_path: Path) -> None:
    """A folder of files is read; writes fail, but for a name that exists, which is asked first."""
    (tmp_path / "s.yaml").write_text("- {name: one}\n")
    with start("--release", "5.3", "--sources", str(tmp_path)).client() as client:
        written = client.post("/source", json={"Name": "two"})
        assert (written.status_code, written.text) == (500, f"open {tmp_path}: is a directory\n")
        assert client.post("/source", json={"Name": "one"}).status_code == 409


def test_a_section_that_is_null_makes_the_release_crash(start: Start, tmp_path: Path) -> None:
    """Writing into a metrics file whose maps are null ends the connection without an answer."""
    file = tmp_path / "metrics.yaml"
    file.write_text("metrics:\npresets: {}\n")
    with start("--release", "5.3", "--metrics", str(file)).client() as client:
        assert client.get("/metric").text == "null"
        with pytest.raises(httpx.RemoteProtocolError):
            client.put("/metric/x", json={"SQLs": {"14": "select 1"}})
        assert client.get("/liveness").status_code == 200


def test_parallel_writes_are_lost_before_5(start: Start) -> None:
    """Without a lock two adds at once leave one; with it both are there."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    for release, survive in (("4.2", False), ("5.3", True)):
        with start("--release", release).client() as client, ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda number, own=client: own.post("/source", json={"Name": f"p{number}"}), range(8))  # type: ignore[misc]
            assert {answer.status_code for answer in answers} == {201}
            added = [source for source in client.get("/source").json() if source["Name"].startswith("p")]
            assert (len([one for one in added if one["Name"][1:].isdigit()]) == 8) is survive


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"PresetMetrics": ""}, 'check constraint "preset_or_custom_config" (SQLSTATE 23514)'),
        ({"Metrics": {"x": 1}}, 'check constraint "preset_or_custom_config" (SQLSTATE 23514)'),
        ({"Kind": "foo"}, 'check constraint "source_dbtype_check" (SQLSTATE 23514)'),
        ({"Group": "-"}, 'check constraint "source_group_check" (SQLSTATE 23514)'),
        ({"PresetMetrics": "none"}, 'foreign key constraint "source_preset_config_fkey" (SQLSTATE 23503)'),
        ({"Name": "a\0b"}, 'invalid byte sequence for encoding "UTF8": 0x00 (SQLSTATE 22021)'),
    ],
)
def test_tables_have_rules(database: httpx.Client, change: dict[str, object], rule: str) -> None:
    """What the tables refuse is a 500 with PostgreSQL's own words, and nothing is stored."""
    before = database.get("/source").text
    refused = database.post("/source", json=MINIMAL | change)
    assert refused.status_code == 500
    assert refused.text.startswith("ERROR: ")
    assert refused.text.endswith(rule + "\n")
    assert database.get("/source").text == before


BYTES = 'ERROR: invalid byte sequence for encoding "UTF8": 0x00 (SQLSTATE 22021)'
ESCAPE = "ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"HostConfig": {"Scope": "\0"}}, ESCAPE),
        ({"HostConfig": {"DcsEndpoints": ["\0"]}}, ESCAPE),
        ({"CustomTags": {"\0": ""}}, ESCAPE),
        ({"CustomTags": {"a": "\0"}, "IncludePattern": "\0"}, BYTES),
        ({"Metrics": {"\0": 1}, "Kind": "\0"}, BYTES),
        ({"Metrics": {"\0": 1}, "IncludePattern": "\0"}, ESCAPE),
        ({"HostConfig": {"Scope": "\0"}, "Group": "-"}, ESCAPE),
    ],
)
def test_a_nul_is_told_as_its_column_reads_it(old_database: httpx.Client, change: dict[str, object], said: str) -> None:
    """JSON columns, HostConfig's among them, read a NUL as an escape; the first column that is wrong is told."""
    refused = old_database.post("/source", json=MINIMAL | change)
    assert (refused.status_code, refused.text) == (400, f"{said}\n")


def test_bytes_that_are_no_text_are_refused_in_json_too(start: Start) -> None:
    """3.7 hands such bytes on to PostgreSQL, which finds them before the escape of a NUL; 3.0 has replaced them."""
    body = b'{"Name":"a","Group":"g","Kind":"postgres","PresetMetrics":"basic","CustomTags":{"a":"\\u0000\xff"}}'
    for release, said in (("3.7", BYTES.replace("0x00", "0xff")), ("3.0", ESCAPE)):
        with start("--release", release, "--store", "postgres").client() as client:
            assert client.post("/source", content=body).text == f"{said}\n"


def test_a_preset_without_a_name_is_no_metric(old_database: httpx.Client) -> None:
    """Deleting the preset without a name leaves a metric without one in the other presets."""
    for name in ("", "other"):
        old_database.post("/preset", params={"name": name}, json={"Metrics": {"": 60, "up": 60}})
    assert old_database.delete("/preset", params={"name": ""}).status_code == 200
    presets = old_database.get("/preset").json()
    assert "" not in presets
    assert presets["other"]["Metrics"] == {"": 60, "up": 60}


def test_an_updated_row_comes_last(database: httpx.Client) -> None:
    """PostgreSQL lists an updated source at the end; an empty table is an empty list."""
    for name in ("a", "b"):
        assert database.post("/source", json=MINIMAL | {"Name": name}).status_code == 201
    assert database.put("/source/a", json=MINIMAL).status_code == 200
    names = [source["Name"] for source in database.get("/source").json()]
    assert names[-2:] == ["b", "a"]
    for name in names:
        database.delete(f"/source/{name}")
    assert database.get("/source").text == "[]"


def test_a_preset_in_use_stays(database: httpx.Client) -> None:
    """A preset that a source names cannot be deleted; a deleted metric leaves the presets."""
    database.post("/source", json=MINIMAL)
    kept = database.delete("/preset/basic")
    assert kept.status_code == 500
    assert 'violates foreign key constraint "source_preset_config_fkey" on table "source"' in kept.text
    metric = next(iter(database.get("/preset/basic").json()["Metrics"]))
    assert database.delete(f"/metric/{metric}").status_code == 200
    assert metric not in database.get("/preset/basic").json()["Metrics"]


def test_old_tables_do_not_store_whether_a_source_is_enabled(start: Start) -> None:
    """Before 3.4 every source in PostgreSQL is enabled."""
    with start("--release", "3.1", "--store", "postgres").client() as client:
        assert client.post("/source", json=MINIMAL | {"IsEnabled": False}).status_code == 200
        assert client.get("/source").json()[-1]["IsEnabled"] is True


def test_the_log_tells_what_a_database_refused(start: Start) -> None:
    """A refused statement is in the log with all it was given, the connection string included; an accepted one not."""
    server = start("--release", "5.3", "--store", "postgres", "--log-rate", "0")
    with server.client() as client, connect(f"{server.log_url}?Token={server.login()}", proxy=None) as log:
        for name, kind in (("kept", "postgres"), ("refused", "nosuch")):
            client.post("/source", json={**MINIMAL, "Name": name, "Kind": kind, "ConnStr": f"password={name}"})
        lines = [str(log.recv(timeout=20))]
        while "SQLSTATE" not in lines[-1]:
            lines.append(str(log.recv(timeout=20)))
    text = "".join(lines)
    assert "source_dbtype_check" in text
    assert "password=refused" in text
    assert "password=kept" not in text
