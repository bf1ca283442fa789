"""Mistakes in pgwatch's configuration files: each is told with its line."""

from pathlib import Path

import pytest

from mockserver.command.cli import main
from mockserver.errors import StartupError
from mockserver.memory.config_files import read_configuration
from mockserver.settings import Settings
from tests.mockserver.memory.conftest import CONTRACT, Refused

KINDS = (
    "postgres, postgres-continuous-discovery, pgbouncer, pgpool, patroni, patroni-continuous-discovery, "
    "patroni-namespace-discovery, prometheus"
)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ("- name: a\n  kind: [b}\n", "2: not valid YAML: did not find expected ',' or ']'"),
        ("- name: a\n\tgroup: b\n", "2: not valid YAML: found a tab character that violates indentation"),
        ("- name: *nobody\n", "1: unknown anchor 'nobody' referenced"),
        ("# first\nname: a\n", "2: must be a list of sources"),
        ("just text", "1: must be a list of sources"),
        ("- name: a\n- b\n", "2: source: must be a mapping of keys to values"),
        ("- name: a\n- group: b\n", "2: source: name is missing"),
        ("- name: a\n-\n  name: ~\n", "3: source: name is missing"),
        ("- kind: pgpool\n  name: ''\n", "2: source: name must not be empty"),
        ("- name: a\n- name: b\n\n- name: a\n", "4: there is another source named 'a': names must be unique"),
        ("- name: a\n\n  kind: oracle\n", f"3: source: kind must be one of {KINDS}"),
        ("- name: a\n  name: b\n", "2: source: 'name' is given twice, first in line 1"),
        ("- name: a\n  custom_tags:\n    b: 1\n    c: 1\n    b: 2\n", "5: source: 'b' is given twice, first in line 3"),
        ("- name: a\n  custom_metrics:\n    wal: -1\n", "3: source: custom_metrics.wal must be greater than 0"),
        ("- name: a\n  custom_metrics:\n    wal: 0\n", "3: source: custom_metrics.wal must be greater than 0"),
        (
            "- name: a\n  custom_metrics:\n    wal: '1'\n",
            "3: source: custom_metrics.wal must be a number, not a string",
        ),
        (
            "- name: a\n  custom_metrics:\n    a: 1\n    14: '1'\n",
            "4: source: custom_metrics.14 must be a number, not a string",
        ),
        ("- name: a\n  custom_metrics: [wal]\n", "2: source: must be a mapping of keys to values"),
        ("- name: a\n  is_enabled: 1\n", "2: source: is_enabled must be a boolean, not a number"),
        ("- name: a\n  group: [b]\n", "2: source: group must be a string, not an array"),
        (
            "- name: a\n  host_config:\n    dcs_endpoints: b\n",
            "3: source: host_config.dcs_endpoints must be an array or null, not a string",
        ),
        ("- Name: a\n", "1: source: name is missing: Name is not it"),
        ("- name: a\n  custom_metrics: {wal: }\n", "2: source: custom_metrics.wal must be greater than 0"),
        ("- name: a\n  is_enabled: 'true'\n", "2: source: is_enabled must be a boolean, not a string"),
        ("- name: a\n  custom_metrics: {wal: 1:30}\n", "2: source: custom_metrics.wal must be a number, not a string"),
    ],
)
def test_a_mistake_in_the_sources_is_told_with_its_line(refused: Refused, sources: str, message: str) -> None:
    """A sources file that cannot be used is refused in one line with file, line, field and reason."""
    assert refused(sources) == f"sources.yaml:{message}"


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("metrics:\n  wal: {]\n", "2: not valid YAML: did not find expected node content"),
        ("- wal\n", "1: file: must be a mapping of keys to values"),
        ("metrics:\n- wal\n", "2: file: must be a mapping of keys to values"),
        ("metrics:\n  wal: x\n", "2: metric 'wal': must be a mapping of keys to values"),
        ("metrics: {}\nmetrics: {}\n", "2: file: 'metrics' is given twice, first in line 1"),
        ("metrics:\n  wal: {}\n  wal: {}\n", "3: file: 'wal' is given twice, first in line 2"),
        (
            "metrics:\n  w:\n    sqls:\n      13: a\n      14: [a]\n",
            "5: metric 'w': sqls.14 must be a string, not an array",
        ),
        ("metrics:\n  wal:\n    gauges: a\n", "3: metric 'wal': gauges must be an array or null, not a string"),
        (
            "metrics: {wal: {}}\npresets:\n  p:\n    metrics:\n      wal: -60\n",
            "5: preset 'p': metrics.wal must be greater than 0",
        ),
    ],
)
def test_a_mistake_in_the_metrics_is_told_with_its_line(refused: Refused, metrics: str, message: str) -> None:
    """A metrics file that cannot be used is refused in one line with file, line, definition and reason."""
    assert refused(metrics=metrics) == f"metrics.yaml:{message}"


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        ("- name: a\n  is_enabled: 2026-11-23\n", 2),
        ("- name: a\n  is_enabled: 2026-13-45\n", 2),
        ("- name: a\n  is_enabled: !!binary aGVsbG8=\n", 2),
        ("- name: a\n  is_enabled: !env SOMETHING\n", 2),
        ("- name: a\n  group: [b, 2026-11-23]\n", 2),
        ("- name: a\n  custom_tags:\n    ? [b, c]\n    : d\n", 3),
        ("- name: a\n  <<: text\n", 2),
        ("- name: a\n  custom_tags: &tags {self: *tags}\n", 2),
    ],
)
def test_odd_yaml_is_refused_with_its_line(refused: Refused, sources: str, line: int) -> None:
    """YAML that no field can hold (dates, tags, references to themselves) is a refusal as well, never a traceback."""
    assert refused(sources).startswith(f"sources.yaml:{line}: ")


def test_an_endless_interval_is_not_explained_by_a_contradiction(refused: Refused) -> None:
    """Infinity is a number in YAML and cannot be one in JSON: the reason does not say that a number is no number."""
    message = refused("- name: a\n  custom_metrics: {wal: .inf}\n")
    assert message.startswith("sources.yaml:2: source: custom_metrics.wal must be ")
    assert "must be a number, not a number" not in message


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """A missing file, of either kind, and one that is not text are refused with the file's name."""
    missing, binary = tmp_path / "missing.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"- name: \xff\n")
    reasons = []
    for places in ((missing, Settings.metrics), (Settings.sources, missing), (binary, Settings.metrics)):
        with pytest.raises(StartupError) as caught:
            read_configuration(CONTRACT, *places)
        reasons.append(str(caught.value))
    assert reasons[:2] == [f"{missing}: cannot read the file: No such file or directory"] * 2
    assert reasons[2].startswith(f"{binary}: not valid YAML: ")


def test_the_command_ends_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mock server's command prints file, line and reason on standard error and exits with 2."""
    file = tmp_path / "sources.yaml"
    file.write_text("- name: a\n  kind: oracle\n", encoding="utf-8")
    assert main(["--port", "0", "--sources", str(file)]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"pgwatch-contract mock: {file}:2: source: kind must be one of {KINDS}\n")
