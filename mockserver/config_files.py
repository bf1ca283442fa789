"""Reads pgwatch's own configuration files: sources, and metrics with their presets.

The schemas of the contract name each field's key in these files (``x-config-key``), so that this module knows no
field of its own. Formats: the ``yaml:`` tags of pgwatch's types, and its ``contrib/sample.*.yaml``.
"""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mockserver.config_entries import Entry, Ignored, documents, is_null
from mockserver.contract import Contract
from mockserver.errors import StartupError
from pgwatch_contract.files import data_file


@dataclass
class Configuration:
    """What the files say, in the contract's form, and remarks about what was ignored."""

    sources: list[dict[str, Any]]
    metrics: dict[str, Any]
    presets: dict[str, Any]
    remarks: list[str]


def read_configuration(contract: Contract, sources: Path, metrics: Path) -> Configuration:
    """Read a sources file and a metrics file, each of which may be a folder of such files.

    Raises StartupError for a file that cannot be read, a value that does not fit its schema, a source without a name
    or with another's, and a preset that names an unknown metric.
    """
    ignored = Ignored()
    found: dict[str, Any] = {}
    for entry in _source_entries(sources):
        source = entry.read(contract.schema("Source"), contract.schema("SourceInput"), ignored)
        if source["Name"] in found:
            raise entry.error(f"there is another source named {source['Name']!r}: names must be unique")
        found[source["Name"]] = source
    schemas = {"metrics": contract.schema("Metric"), "presets": contract.schema("Preset")}
    definitions: dict[str, dict[str, Any]] = {section: {} for section in schemas}
    presets: dict[str, Entry] = {}
    for section, name, entry in _definition_entries(metrics, schemas):
        definitions[section][name] = entry.read(schemas[section], schemas[section], ignored)
        if section == "presets":
            presets[name] = entry
    remarks = ignored.remarks() + _check_presets(presets, definitions["presets"], definitions["metrics"])
    return Configuration(list(found.values()), definitions["metrics"], definitions["presets"], remarks)


def _check_presets(entries: dict[str, Entry], presets: dict[str, Any], metrics: dict[str, Any]) -> list[str]:
    """Metrics that pgwatch's own presets name without defining them are a remark, all others an error."""
    tolerated = yaml.safe_load(data_file("fixtures/undefined_metrics.yaml").read_bytes())
    remarks = []
    for name, entry in entries.items():
        undefined = [metric for metric in presets[name]["Metrics"] if metric not in metrics]
        for metric in undefined:
            if not any(fnmatch.fnmatchcase(metric, pattern) for pattern in tolerated):
                line = entry.lines[("Metrics", metric)]
                raise entry.error(f"preset {name!r} names the metric {metric!r}, which is not defined", line)
        if undefined:
            remarks.append(f"preset {name!r} names {len(undefined)} undefined metric(s), as pgwatch's own file does")
    return remarks


def _source_entries(place: Path) -> Iterator[Entry]:
    for root in documents(place):
        if not isinstance(root.node, yaml.SequenceNode):
            raise StartupError("must be a list of sources", root.file, root.node.start_mark.line + 1)
        for node in root.node.value:
            yield Entry(root.file, node, root.loader, "source", expands=True)


def _definition_entries(place: Path, sections: dict[str, Any]) -> Iterator[tuple[str, str, Entry]]:
    for root in documents(place):
        for section, node in root.pairs(root.node):
            if section in sections and not is_null(node):
                for name, definition in root.pairs(node):
                    yield section, name, Entry(root.file, definition, root.loader, f"{section[:-1]} {name!r}")
