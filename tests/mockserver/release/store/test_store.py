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


def test_variables_of_the_files_are_expanded_when_read(start: Start, tmp_path: Path) -> None:
    """A text of a file that begins with a dollar sign has its variables put in; a connection string from 5.0 on."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: $WHO-x, conn_str: '${UNSET}postgresql://$WHO@h/d'}\n", encoding="utf-8")
    for release, text in (("5.3", "postgresql://me@h/d"), ("3.7", "${UNSET}postgresql://$WHO@h/d")):
        with start("--release", release, "--sources", str(file), WHO="me").client() as client:
            (source,) = client.get("/source").json()
            assert (source["Name"], source["ConnStr"]) == ("me-x", text)


def test_what_a_client_sends_reads_no_environment(start: Start, tmp_path: Path) -> None:
    """Only names that the files have, or that --env gives, are put into what is posted; any other is empty."""
    file = tmp_path / "sources.yaml"
    file.write_text("- {name: $IN_FILE, conn_str: 'x $NOT_EXPANDED'}\n", encoding="utf-8")
    environment = {name: f"value of {name}" for name in ("IN_FILE", "GIVEN", "OTHER", "NOT_EXPANDED")}
    server = start("--release", "5.3", "--sources", str(file), "--env", "GIVEN", **environment)
    with server.client() as client:
        for name in environment:
            posted = {"Name": name, "ConnStr": f"${name}", "Group": f"${{{name}}}"}
            assert client.post("/source", json=posted).status_code == 201
        read = {source["Name"]: source["ConnStr"] + source["Group"] for source in client.get("/source").json()}
        assert (read["IN_FILE"], read["GIVEN"]) == ("value of IN_FILE" * 2, "value of GIVEN" * 2)
        assert (read["OTHER"], read["NOT_EXPANDED"]) == ("", "")
        assert client.post("/source", json={"Name": "$OTHER-x", "Kind": "$OTHER"}).status_code == 201
        assert "value of OTHER" not in client.get("/source").text


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


@pytest.fixture
def config_map(tmp_path: Path) -> Path:
    """A folder as Kubernetes makes it of a ConfigMap: links into a folder behind a link."""
    folder = tmp_path / "map"
    (folder / "..1").mkdir(parents=True)
    (folder / "..1/sources.yaml").write_text("- {name: one}\n", encoding="utf-8")
    (folder / "..data").symlink_to("..1")
    (folder / "sources.yaml").symlink_to("..data/sources.yaml")
    return folder


def test_folders_are_walked_before_5_2(start: Start, config_map: Path) -> None:
    """Up to 5.1 a ConfigMap's folder has each source twice, and one behind a link nothing; from 5.2 on neither."""
    link = config_map.parent / "link"
    link.symlink_to(config_map)
    seen = {}
    for release in ("3.0", "5.0", "5.2"):
        for place in (config_map, link):
            with start("--release", release, "--sources", str(place)).client() as client:
                answer = client.get("/source")
                names = [source["Name"] for source in answer.json() or []] if answer.status_code == 200 else answer.text
                seen[release, place] = names
    assert seen == {
        ("3.0", config_map): ["one", "one"],
        ("3.0", link): [],
        ("5.0", config_map): "duplicate source with name 'one' found\n",
        ("5.0", link): [],
        ("5.2", config_map): ["one"],
        ("5.2", link): ["one"],
    }


def test_a_folder_of_metrics_can_be_read_since_4(start: Start, tmp_path: Path) -> None:
    """3.1 does not start with one; 3.7 answers 500 to all that reads or writes one; 4.0 reads it."""
    (tmp_path / "m.yaml").write_text("metrics: {up: {sqls: {11: select 1}}}\n", encoding="utf-8")
    with start("--release", "3.7", "--metrics", str(tmp_path)).client() as client:
        for answer in (
            client.get("/metric"),
            client.get("/preset"),
            client.post("/metric", params={"name": "a"}, json={}),
            client.delete("/preset", params={"name": "a"}),
        ):
            assert (answer.status_code, answer.text) == (500, f"read {tmp_path}: is a directory\n")
        assert client.get("/source").status_code == 200
    with start("--release", "4.0", "--metrics", str(tmp_path)).client() as client:
        assert list(client.get("/metric").json()) == ["up"]
        assert client.get("/preset").text == "{}"


def test_files_are_read_into_go_s_types(start: Start, tmp_path: Path) -> None:
    """Scalars, nulls, merges and a second document are what they are to the real ones (v3.7.0 and v5.3.0, run)."""
    sources, metrics = tmp_path / "sources.yaml", tmp_path / "metrics.yaml"
    sources.write_text(
        """
- name: a
  is_enabled: y
  only_if_master: 'off'
  custom_metrics: {e: 1e2, o: 0o17, n: , f: 1.9, u: 1_000}
  custom_tags: {t: , u: 0o17}
  unknown: {x: 1, x: 2}
-
- name: ~
  group: 1:30
  <<: {group: g, include_pattern: p}
---
[}
""",
        encoding="utf-8",
    )
    metrics.write_text(
        """
metrics: {m: {sqls: {11: x, 0o14: y}, gauges: [a, ~, b], is_instance_level: yes}, e: }
presets: {p: {metrics: {m: 1e2, nosuch: }}, n: }
""",
        encoding="utf-8",
    )
    for release, fraction in (("3.7", 1.9), ("5.3", 1)):
        options = ("--sources", str(sources), "--metrics", str(metrics))
        with start("--release", release, *options).client() as client:
            one, two = client.get("/source").json()
            assert one["Metrics"] == {"e": 100, "o": 15, "n": 0, "f": fraction, "u": 1000}
            assert (one["IsEnabled"], one["OnlyIfMaster"], one["CustomTags"]) == (True, False, {"t": "", "u": "0o17"})
            assert (two["Name"], two["Group"], two["IncludePattern"], two["Metrics"]) == ("", "1:30", "p", None)
            metric = client.get("/metric").json()
            assert metric["m"]["SQLs"] == {"11": "x", "12": "y"}
            assert (metric["m"]["Gauges"], metric["m"]["IsInstanceLevel"]) == (["a", "b"], True)
            assert (metric["e"]["SQLs"], metric["e"]["Gauges"]) == (None, None)
            presets = client.get("/preset").json()
            assert (presets["p"]["Metrics"], presets["n"]["Metrics"]) == ({"m": 100, "nosuch": 0}, None)


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
