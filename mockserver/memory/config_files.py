"""Reads pgwatch's own configuration files: sources, and metrics with their presets.

The schemas of the contract name each field's key in these files (``x-config-key``), so that this module knows no
field of its own. Formats: the ``yaml:`` tags of pgwatch's types, and its ``contrib/sample.*.yaml``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockserver.contract.document import Contract
from mockserver.errors import StartupError
from mockserver.go.yaml_values import is_null
from mockserver.memory.config_entries import Entry, Form, Ignored, documents

MOST_NAMED = 5


@dataclass
class Configuration:
    """What the files say, in the contract's form, and remarks about what was ignored."""

    sources: list[dict[str, Any]]
    metrics: dict[str, Any]
    presets: dict[str, Any]
    remarks: list[str]


def read_configuration(contract: Contract, sources: Path, metrics: Path) -> Configuration:
    """Read a sources file and a metrics file, each of which may be a folder of such files.

    Raises StartupError for a file that cannot be read, a value that does not fit its schema, and a source without a
    name or with another's.
    """
    ignored = Ignored()
    form = Form.of(contract.schema("Source"), contract.schema("SourceInput"))
    found: dict[str, Any] = {}
    for entry in _source_entries(sources, ignored):
        source = entry.read(form)
        if source["Name"] in found:
            raise entry.error(f"there is another source named {source['Name']!r}: names must be unique")
        found[source["Name"]] = source
    schemas = {"metrics": contract.schema("Metric"), "presets": contract.schema("Preset")}
    forms = {section: Form.of(schema, schema) for section, schema in schemas.items()}
    definitions: dict[str, dict[str, Any]] = {section: {} for section in forms}
    for section, name, entry in _definition_entries(metrics, ignored):
        definitions[section][name] = entry.read(forms[section])
    remarks = ignored.remarks() + list(_undefined(definitions["presets"], definitions["metrics"]))
    return Configuration(list(found.values()), definitions["metrics"], definitions["presets"], remarks)


def _undefined(presets: dict[str, Any], metrics: dict[str, Any]) -> Iterator[str]:
    """Yield a remark for each preset that names metrics which nothing defines; pgwatch's own do, and it starts."""
    for name, preset in presets.items():
        undefined = [metric for metric in preset["Metrics"] if metric not in metrics]
        if undefined:
            more = f" and {len(undefined) - MOST_NAMED} more" if len(undefined) > MOST_NAMED else ""
            yield f"preset {name!r} names metrics that are not defined: {', '.join(undefined[:MOST_NAMED])}{more}"


def _source_entries(place: Path, ignored: Ignored) -> Iterator[Entry]:
    for root in documents(place, ignored):
        if root.node.items is None:
            raise StartupError("must be a list of sources", root.file, root.node.line)
        for node in root.node.items:
            if not is_null(node):
                yield Entry(root.file, node, "source", expands=True, ignored=ignored)


def _definition_entries(place: Path, ignored: Ignored) -> Iterator[tuple[str, str, Entry]]:
    for root in documents(place, ignored):
        for section, node in root.pairs(root.node):
            if section in ("metrics", "presets") and not is_null(node):
                for name, definition in root.pairs(node):
                    yield section, name, Entry(root.file, definition, f"{section[:-1]} {name!r}", ignored=ignored)
