"""Reads pgwatch's own configuration files: sources, and metrics with their presets.

The schemas of the contract name each field's key in these files (``x-config-key``), so that this module knows no
field of its own. Formats: the ``yaml:`` tags of pgwatch's types, and its ``contrib/sample.*.yaml``.
"""

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mockserver.contract import Contract, yaml_error
from mockserver.errors import StartupError
from mockserver.validation import Schema, Validator, completer
from pgwatch_contract.files import data_file

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_NULL = "tag:yaml.org,2002:null"


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
    remarks: list[str] = []
    found: dict[str, Any] = {}
    for item in _items_of_lists(sources):
        source = item.read(contract.schema("Source"), contract.schema("SourceInput"), remarks)
        if source["Name"] in found:
            raise item.error(f"there is another source named {source['Name']!r}: names must be unique")
        found[source["Name"]] = source
    definitions: dict[str, dict[str, Any]] = {"metrics": {}, "presets": {}}
    schemas = {"metrics": contract.schema("Metric"), "presets": contract.schema("Preset")}
    preset_items = {}
    for section, name, item in _items_of_sections(metrics, tuple(schemas)):
        definitions[section][name] = item.read(schemas[section], schemas[section], remarks)
        if section == "presets":
            preset_items[name] = item
    for name, item in preset_items.items():
        _check_preset(name, item, definitions["presets"][name], definitions["metrics"], remarks)
    return Configuration(list(found.values()), definitions["metrics"], definitions["presets"], remarks)


def _check_preset(
    name: str, item: "_Item", preset: dict[str, Any], metrics: dict[str, Any], remarks: list[str]
) -> None:
    """Metrics that pgwatch's own presets name without defining them are a remark, all others an error."""
    undefined = [metric for metric in preset["Metrics"] if metric not in metrics]
    tolerated = yaml.safe_load(data_file("fixtures/undefined_metrics.yaml").read_bytes())
    for metric in undefined:
        if not any(fnmatch.fnmatchcase(metric, pattern) for pattern in tolerated):
            line = item.lines.get(("Metrics", metric))
            raise item.error(f"preset {name!r} names the metric {metric!r}, which is not defined", line)
    if undefined:
        remarks.append(f"preset {name!r} names {len(undefined)} metric(s) that are not defined, as pgwatch's own does")


@dataclass
class _Item:
    """One entry of a file: its node, and the lines at which its fields stand once it was read."""

    file: Path
    node: yaml.Node
    loader: yaml.CSafeLoader
    what: str
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def read(self, keys: Schema, schema: Schema, remarks: list[str]) -> Any:
        """Return the entry with the API's field names and all its fields.

        ``keys`` is the schema with the ``x-config-key``s, ``schema`` the one to validate and complete by.
        """
        value = self._convert(self.node, keys, (), remarks)
        whole = completer(schema)(value, [])
        nullable = {name for name, part in schema["properties"].items() if part.get("nullable")}
        given = {name: part for name, part in whole.items() if part is not None or name in nullable}
        for path, message in Validator(schema).errors(given):
            self._raise(path, message)
        return whole

    def error(self, message: str, line: int | None = None) -> StartupError:
        """Return an error that names the file and a line: the entry's own unless one is given."""
        return StartupError(message, self.file, line or self.node.start_mark.line + 1)

    def _raise(self, path: list[str | int], message: str) -> None:
        line = next(
            (self.lines[tuple(path[:end])] for end in range(len(path), -1, -1) if tuple(path[:end]) in self.lines), None
        )
        where = f"{'.'.join(map(str, path))} " if path else ""
        raise self.error(f"{self.what}: {where}{message}", line)

    def _convert(self, node: yaml.Node, schema: Schema, path: tuple[str | int, ...], remarks: list[str]) -> Any:
        self.lines[path] = node.start_mark.line + 1
        schema = schema["allOf"][0] if "allOf" in schema else schema
        if node.tag == _NULL:
            return None
        if schema["type"] == "object":
            return self._convert_mapping(node, schema, path, remarks)
        if schema["type"] == "array" and isinstance(node, yaml.SequenceNode):
            return [
                self._convert(part, schema["items"], (*path, index), remarks) for index, part in enumerate(node.value)
            ]
        if schema["type"] == "string" and isinstance(node, yaml.ScalarNode):
            return self._expand(node, schema, remarks)
        return self.loader.construct_object(node, deep=True)

    def _convert_mapping(
        self, node: yaml.Node, schema: Schema, path: tuple[str | int, ...], remarks: list[str]
    ) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            self._raise(list(path), "must be a mapping of keys to values")
        properties = {part["x-config-key"]: (name, part) for name, part in schema.get("properties", {}).items()}
        converted = {}
        for key, value in _pairs(node, self):
            name, part = properties.get(key, (key, schema.get("additionalProperties")))
            if not isinstance(part, dict):
                remarks.append(f"{self.file}:{value.start_mark.line + 1}: {key!r} is not a field, ignored")
                continue
            converted[name] = self._convert(value, part, (*path, name), remarks)
        return converted

    def _expand(self, node: yaml.ScalarNode, schema: Schema, remarks: list[str]) -> str | None:
        """Pgwatch expands environment variables in values that begin with a dollar sign."""
        text: str = node.value
        if not text.startswith("$"):
            return text
        missing = [name for pair in _VARIABLE.findall(text) for name in pair if name and name not in os.environ]
        if missing:
            place = f"{self.file}:{node.start_mark.line + 1}"
            remarks.append(f"{place}: {', '.join(missing)} is not set in the environment, the value stays as it is")
            return None if "enum" in schema else text
        return _VARIABLE.sub(lambda match: os.environ[match[1] or match[2]], text)


def _items_of_lists(place: Path) -> Iterator[_Item]:
    for file, loader, root in _documents(place):
        if not isinstance(root, yaml.SequenceNode):
            raise StartupError("must be a list of sources", file, root.start_mark.line + 1)
        for node in root.value:
            yield _Item(file, node, loader, "source")


def _items_of_sections(place: Path, sections: tuple[str, ...]) -> Iterator[tuple[str, str, _Item]]:
    for file, loader, root in _documents(place):
        whole = _Item(file, root, loader, "file")
        for section, node in _pairs(root, whole):
            if section in sections and node.tag != _NULL:
                for name, entry in _pairs(node, whole):
                    yield section, name, _Item(file, entry, loader, f"{section[:-1]} {name!r}")


def _pairs(node: yaml.Node, item: _Item) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise item.error("must be a mapping of keys to values", node.start_mark.line + 1)
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if key.value in seen:
            raise item.error(f"{key.value!r} is given twice, first in line {seen[key.value]}", key.start_mark.line + 1)
        seen[key.value] = key.start_mark.line + 1
    item.loader.flatten_mapping(node)
    return [(key.value, value) for key, value in node.value]


def _documents(place: Path) -> Iterator[tuple[Path, yaml.CSafeLoader, yaml.Node]]:
    """The files in order of their names; a folder's are those that end in .yaml or .yml, at any depth."""
    files = [place]
    if place.is_dir():
        files = sorted(path for path in place.rglob("*") if path.suffix.lower() in (".yaml", ".yml"))
    for file in files:
        try:
            loader = yaml.CSafeLoader(file.read_bytes())
            root = loader.get_single_node()
        except OSError as error:
            raise StartupError(f"cannot read the file: {error.strerror}", file) from None
        except yaml.YAMLError as error:
            raise yaml_error(error, file) from None
        if root is not None and root.tag != _NULL:
            yield file, loader, root
