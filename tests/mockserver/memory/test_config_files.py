"""pgwatch's own configuration files: every key, and every liberty that YAML allows."""

from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import StartupError
from mockserver.memory.config_files import Configuration, read_configuration
from mockserver.settings import Settings
from tests.mockserver.memory.conftest import CONTRACT, Read
from tests.support.helpers import HOST_CONFIG_DEFAULTS, SOURCE_DEFAULTS

DEFAULT_HOST = HOST_CONFIG_DEFAULTS
DEFAULTS: dict[str, Any] = {"Group": SOURCE_DEFAULTS["Group"], "ConnStr": "", **SOURCE_DEFAULTS}
DEFAULT_METRIC: dict[str, Any] = {
    "SQLs": {},
    "InitSQL": "",
    "NodeStatus": "",
    "Gauges": None,
    "IsInstanceLevel": False,
    "StorageName": "",
    "Description": "",
}


def test_every_key_of_a_source_has_its_field(read: Read) -> None:
    """A source with all keys of pgwatch's format becomes one with all fields, none of which is left at its default."""
    configuration = read("""
- name: everything
  group: cluster
  conn_str: postgresql://u:p@db.example.com/app
  custom_metrics: {wal: 60, db_size: 0.5}
  custom_metrics_standby: {replication: 30}
  kind: patroni-continuous-discovery
  include_pattern: ^app
  exclude_pattern: test$
  preset_metrics: exhaustive
  preset_metrics_standby: basic
  is_superuser: true
  is_enabled: true
  custom_tags: {team: checkout, tier: gold}
  host_config:
    dcs_type: etcd
    dcs_endpoints: [a.example.com:2379, b.example.com:2379]
    scope: main
    namespace: /service/
    username: reader
    password: not-a-real-one
    ca_file: /ca.pem
    cert_file: /cert.pem
    key_file: /key.pem
    logs_glob_path: /var/log/*.csv
    logs_match_regex: ^(?P<log_time>.*)$
    per_metric_disabled_intervals:
      - metrics: [wal, db_size]
        disabled_times: [11:00-13:00, 17:00-18:00]
        disabled_days: 0,6
  only_if_master: true
""")
    (source,) = configuration.sources
    disabled_times = ["11:00-13:00", "17:00-18:00"]
    assert source == {
        "Name": "everything",
        "Group": "cluster",
        "ConnStr": "postgresql://u:p@db.example.com/app",
        "Metrics": {"wal": 60, "db_size": 0.5},
        "MetricsStandby": {"replication": 30},
        "Kind": "patroni-continuous-discovery",
        "IncludePattern": "^app",
        "ExcludePattern": "test$",
        "PresetMetrics": "exhaustive",
        "PresetMetricsStandby": "basic",
        "IsSuperuser": True,
        "IsEnabled": True,
        "CustomTags": {"team": "checkout", "tier": "gold"},
        "HostConfig": {
            "DcsType": "etcd",
            "DcsEndpoints": ["a.example.com:2379", "b.example.com:2379"],
            "Scope": "main",
            "Namespace": "/service/",
            "Username": "reader",
            "Password": "not-a-real-one",
            "CAFile": "/ca.pem",
            "CertFile": "/cert.pem",
            "KeyFile": "/key.pem",
            "LogsGlobPath": "/var/log/*.csv",
            "LogsMatchRegex": "^(?P<log_time>.*)$",
            "PerMetricDisabledTimes": [
                {"Metrics": ["wal", "db_size"], "DisabledTimes": disabled_times, "DisabledDays": "0,6"}
            ],
        },
        "OnlyIfMaster": True,
    }
    assert list(source) == ["Name", *DEFAULTS]
    assert not any(source[field] == default for field, default in DEFAULTS.items())
    assert not any(source["HostConfig"][field] == default for field, default in DEFAULT_HOST.items())
    assert configuration.remarks == []


def test_every_key_of_a_metric_and_of_a_preset_has_its_field(read: Read) -> None:
    """Definitions with all keys become complete ones, versions of PostgreSQL being text whatever YAML makes of them."""
    configuration = read(
        metrics="""
metrics:
  wal:
    sqls: {11: select 1, '14': "select 2"}
    init_sql: create extension x
    node_status: primary
    gauges: ['*']
    is_instance_level: true
    storage_name: stored
    description: Write-ahead log.
  shortest: {}
presets:
  basic:
    description: The least.
    metrics: {wal: 60, shortest: 0.5}
"""
    )
    assert configuration.metrics == {
        "wal": {
            "SQLs": {"11": "select 1", "14": "select 2"},
            "InitSQL": "create extension x",
            "NodeStatus": "primary",
            "Gauges": ["*"],
            "IsInstanceLevel": True,
            "StorageName": "stored",
            "Description": "Write-ahead log.",
        },
        "shortest": DEFAULT_METRIC,
    }
    assert configuration.presets == {"basic": {"Description": "The least.", "Metrics": {"wal": 60, "shortest": 0.5}}}
    assert configuration.remarks == []


def test_what_is_left_out_or_null_gets_its_default(read: Read) -> None:
    """A source with nothing but a name, and one with a null for every other key, are both full of defaults."""
    keys = [part["x-config-key"] for name, part in CONTRACT.schema("Source")["properties"].items() if name != "Name"]
    nulls = "".join(f"  {key}: {null}\n" for key, null in zip(keys, ["", "~", "null", "Null"] * 4, strict=False))
    hosts = "  host_config: {dcs_type: ~, dcs_endpoints: null, per_metric_disabled_intervals: }\n"
    configuration = read(f"- name: short\n- name: 'null'\n{nulls}- name: host\n{hosts}")
    assert configuration.sources == [{"Name": name, **DEFAULTS} for name in ("short", "null", "host")]
    assert configuration.remarks == []
    assert nulls.count("\n") == 14


def test_a_definition_without_content_gets_its_defaults(read: Read) -> None:
    """A metric and a preset that are only names are complete, as with pgwatch."""
    configuration = read(metrics="metrics:\n  wal:\n  empty: ~\npresets:\n  none:\n")
    assert configuration.metrics == {"wal": DEFAULT_METRIC, "empty": DEFAULT_METRIC}
    assert configuration.presets == {"none": {"Description": "", "Metrics": {}}}


def test_text_needs_no_quotes(read: Read) -> None:
    """Where text is expected, numbers, switches and dates that YAML would make of it are text as written."""
    (source,) = read("""
- name: 007
  group: yes
  preset_metrics: 1.50
  include_pattern: 2026-11-23
  custom_tags: {port: 5432, on: off, ratio: 1e3}
  host_config: {scope: 0x1F, dcs_endpoints: [1, true], per_metric_disabled_intervals: [{disabled_days: 0}]}
""").sources
    assert [source[field] for field in ("Name", "Group", "PresetMetrics", "IncludePattern")] == [
        "007",
        "yes",
        "1.50",
        "2026-11-23",
    ]
    assert source["CustomTags"] == {"port": "5432", "on": "off", "ratio": "1e3"}
    assert (source["HostConfig"]["Scope"], source["HostConfig"]["DcsEndpoints"]) == ("0x1F", ["1", "true"])
    assert source["HostConfig"]["PerMetricDisabledTimes"][0]["DisabledDays"] == "0"


def test_anchors_and_merge_keys_are_followed(read: Read) -> None:
    """What is merged into a source or a part of it counts unless it is given anew; anchors can be used again."""
    configuration = read("""
- &base
  name: one
  kind: pgbouncer
  custom_tags: &tags {team: a, tier: gold}
- <<: *base
  name: two
  custom_tags: {<<: *tags, team: b}
- name: three
  <<: [{group: first}, {group: second, is_enabled: true}]
  custom_tags: *tags
""")
    one, two, three = configuration.sources
    assert [(source["Name"], source["Kind"], source["Group"], source["IsEnabled"]) for source in (one, two, three)] == [
        ("one", "pgbouncer", "default", False),
        ("two", "pgbouncer", "default", False),
        ("three", "postgres", "first", True),
    ]
    gold = {"tier": "gold"}
    assert [source["CustomTags"] for source in (one, two, three)] == [
        {"team": "a", **gold},
        {"team": "b", **gold},
        {"team": "a", **gold},
    ]


def test_a_mapping_that_merges_can_be_used_again(read: Read) -> None:
    """An anchor at a mapping that merges another and replaces one of its keys is no key given twice."""
    sources = read("""
- name: one
  custom_tags: &tags {team: a, tier: gold}
- name: two
  custom_tags: &other {<<: *tags, team: b}
- name: three
  custom_tags: *other
""").sources
    assert [source["CustomTags"]["team"] for source in sources] == ["a", "b", "b"]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    """The .yaml and .yml files of a folder count in order of their names; others do not, nor those of folders in it."""
    for name in ("20.yaml", "10.yml", "15/a.yaml", "30.YAML", ".yaml"):
        file = tmp_path / "sources" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"- name: {name}\n", encoding="utf-8")
    (tmp_path / "sources/00.txt").write_text("- name: no\n", encoding="utf-8")
    (tmp_path / "sources/05.yaml").write_text("# nothing\n", encoding="utf-8")
    definitions = tmp_path / "metrics"
    definitions.mkdir()
    (definitions / "a.yaml").write_text("presets: {p: {metrics: {late: 1}}}\n", encoding="utf-8")
    (definitions / "b.yaml").write_text("metrics: {late: {}}\n", encoding="utf-8")
    configuration = read_configuration(CONTRACT, tmp_path / "sources", definitions)
    assert [source["Name"] for source in configuration.sources] == [".yaml", "10.yml", "20.yaml", "30.YAML"]
    assert (list(configuration.metrics), list(configuration.presets)) == (["late"], ["p"])


def test_a_name_of_another_file_of_the_folder_is_taken(tmp_path: Path) -> None:
    """Names are unique over all files of a folder; the error is at the second one."""
    for name, lines in (("a.yaml", "- name: demo\n"), ("b.yaml", "- name: other\n- name: demo\n")):
        (tmp_path / name).write_text(lines, encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        read_configuration(CONTRACT, tmp_path, Settings.metrics)
    assert str(caught.value) == f"{tmp_path}/b.yaml:2: there is another source named 'demo': names must be unique"


@pytest.mark.parametrize("nothing", ["", "\n", "# only a comment\n", "---\n", "null\n", "~"])
def test_an_empty_file_means_none(read: Read, nothing: str) -> None:
    """A file without content has no sources, metrics or presets, and nothing is remarked."""
    assert read(nothing, nothing) == Configuration([], {}, {}, [])
    assert read("[]", "{metrics: , presets: {}}") == Configuration([], {}, {}, [])


def test_environment_variables_are_expanded(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that begins with a dollar sign has its variables replaced; a dollar sign further on is just one."""
    monkeypatch.setenv("MOCK_TEST_HOST", "db.example.com")
    monkeypatch.setenv("MOCK_TEST_KIND", "pgpool")
    monkeypatch.setenv("MOCK_TEST_EMPTY", "")
    configuration = read("""
- name: $MOCK_TEST_HOST
  conn_str: ${MOCK_TEST_HOST}:5432/$MOCK_TEST_KIND$MOCK_TEST_EMPTY
  kind: $MOCK_TEST_KIND
  group: a$MOCK_TEST_HOST
""")
    (source,) = configuration.sources
    assert [source[field] for field in ("Name", "ConnStr", "Kind", "Group")] == [
        "db.example.com",
        "db.example.com:5432/pgpool",
        "pgpool",
        "a$MOCK_TEST_HOST",
    ]
    assert configuration.remarks == []


def test_variables_that_are_not_set_are_empty_and_remarked(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not set is empty, and leaves the others; a kind is postgres, a name stays; one line tells them."""
    monkeypatch.setenv("MOCK_TEST_USER", "me")
    configuration = read("""
- name: $MOCK_TEST_UNSET
  kind: $MOCK_TEST_KIND
  conn_str: ${A_UNSET}postgresql://$MOCK_TEST_USER@$B_UNSET/d
  group: $A_UNSET
""")
    assert configuration.sources == [
        {"Name": "$MOCK_TEST_UNSET", **DEFAULTS, "Kind": "postgres", "ConnStr": "postgresql://me@/d", "Group": ""}
    ]
    (remark,) = configuration.remarks
    assert remark == (
        f"{tmp_path}/sources.yaml: not set in the environment, so empty (a name of nothing else: as written): "
        "MOCK_TEST_UNSET (line 2), MOCK_TEST_KIND (line 3), A_UNSET (line 4), B_UNSET (line 4), A_UNSET (line 5)"
    )


def test_unknown_keys_are_remarked_with_their_line(read: Read, tmp_path: Path) -> None:
    """A key that is no field is ignored, at any depth and in either file, and one line a file says where it stands."""
    configuration = read(
        "- name: demo\n  colour: red\n  host_config:\n    port: 1\n  Group: other\n",
        "metrics:\n  wal:\n    sql: select 1\n",
    )
    said = "keys that are no fields are ignored"
    assert configuration.sources == [{"Name": "demo", **DEFAULTS}]
    assert configuration.metrics == {"wal": DEFAULT_METRIC}
    assert configuration.remarks == [
        f"{tmp_path}/sources.yaml: {said}: colour (line 2), port (line 4), Group (line 5; is group meant?)",
        f"{tmp_path}/metrics.yaml: keys that are no fields are ignored: sql (line 3)",
    ]


def test_undefined_metrics_are_only_remarked(read: Read) -> None:
    """A preset that names metrics without a definition, as pgwatch's own do, is told and does not stop the server."""
    named = ", ".join(f"m{number}: 1" for number in range(7))
    configuration = read(metrics=f"metrics: {{m0: {{}}}}\npresets:\n  full:\n    metrics: {{{named}}}\n")
    assert list(configuration.presets["full"]["Metrics"]) == [f"m{number}" for number in range(7)]
    assert configuration.remarks == ["preset 'full' names metrics that are not defined: m1, m2, m3, m4, m5 and 1 more"]


def test_the_bundled_files_load_without_remarks() -> None:
    """The sources and metrics that come with the mock are read whole, and every preset a source names exists."""
    configuration = read_configuration(CONTRACT, Settings.sources, Settings.metrics)
    assert configuration.remarks == []
    assert [source["Name"] for source in configuration.sources] == ["demo", "shop", "pooler", "unreachable", "retired"]
    assert len(configuration.metrics) > 10
    assert len(configuration.presets) > 3
    for source in configuration.sources:
        named = {source["PresetMetrics"], source["PresetMetricsStandby"]} - {""}
        assert named <= set(configuration.presets), source["Name"]
        assert set(source["Metrics"]) <= set(configuration.metrics), source["Name"]
