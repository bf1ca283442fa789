"""Reads pgwatch's configuration files as a release reads them: nothing is filled in, nothing validated.

A key that is absent or null leaves Go's zero value; a map or list that is absent stays null until the file is
written.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mockserver.config_entries import Entry, documents, is_null
from mockserver.errors import StartupError
from mockserver.release.body_types import BodyTypes
from mockserver.release.go_types import Bool, Float, Int, Map, Slice, Struct, Text, Type, underlying, zero
from mockserver.release.store import Definition, Source


@dataclass
class Files:
    """What two places hold, each a file or a folder of files; None for a section that is null or absent."""

    sources_place: Path
    metrics_place: Path
    sources: list[Source]
    metrics: dict[str, Definition] | None
    presets: dict[str, Definition] | None
    metrics_are_empty: bool = False


def read_files(sources: Path, metrics: Path, types: BodyTypes) -> Files:
    """Read both places; raises StartupError for a file that is no YAML or whose values are of other types."""
    reader = _Reader(types)
    found = Files(sources, metrics, [], None, None)
    for root in documents(sources):
        if not isinstance(root.node, yaml.SequenceNode):
            raise StartupError("must be a list of sources", root.file, root.node.start_mark.line + 1)
        for node in root.node.value:
            found.sources.append(reader.read(Entry(root.file, node, root.loader, "source"), types.source))
    roots = list(documents(metrics))
    found.metrics_are_empty = not roots
    for root in roots:
        for section, node in root.pairs(root.node):
            if section == "metrics":
                found.metrics = reader.section(root, node, types.metric, found.metrics)
            elif section == "presets":
                found.presets = reader.section(root, node, types.preset, found.presets)
    return found


class _Reader:
    def __init__(self, types: BodyTypes) -> None:
        self._keys = types.config_keys

    def section(
        self, root: Entry, node: yaml.Node, of: Struct, before: dict[str, Definition] | None
    ) -> dict[str, Definition] | None:
        """Return the entries of a section, added to those of files before."""
        if is_null(node):
            return before
        entries = {
            name: self.read(Entry(root.file, part, root.loader, repr(name)), of) for name, part in root.pairs(node)
        }
        return {**(before or {}), **entries}

    def read(self, entry: Entry, of: Type) -> Any:
        """Return an entry as a value of a Go type; raises StartupError for one of another type."""
        return self._value(entry, entry.node, of)

    def _value(self, entry: Entry, node: yaml.Node, of: Type) -> Any:
        of = underlying(of)
        if is_null(node):
            return zero(of)
        if isinstance(of, Struct):
            return self._struct(entry, node, of)
        if isinstance(of, Map):
            key = int if isinstance(underlying(of.key), Int) else str
            return {key(name): self._value(entry, part, of.value) for name, part in entry.pairs(node)}
        if isinstance(of, Slice) and isinstance(node, yaml.SequenceNode):
            return [self._value(entry, part, of.item) for part in node.value]
        if not isinstance(node, yaml.ScalarNode):
            raise self._misfit(entry, node, of)
        return self._scalar(entry, node, of)

    def _struct(self, entry: Entry, node: yaml.Node, of: Struct) -> dict[str, Any]:
        keys = self._keys[of.name]
        fields = {keys.get(field.key): field for field in of.fields}
        value: dict[str, Any] = zero(of)
        for key, part in entry.pairs(node):
            if (field := fields.get(key)) is not None:
                value[field.key] = self._value(entry, part, field.type)
        return value

    def _scalar(self, entry: Entry, node: yaml.ScalarNode, of: Type) -> Any:
        if isinstance(of, Text):
            return node.value
        try:
            value = entry.loader.construct_object(node)
            if isinstance(of, Bool) and isinstance(value, bool):
                return value
            if isinstance(of, (Int, Float)) and isinstance(value, (int, float)) and not isinstance(value, bool):
                return int(value) if isinstance(of, Int) else float(value)
        except (ValueError, OverflowError):
            pass
        raise self._misfit(entry, node, of)

    def _misfit(self, entry: Entry, node: yaml.Node, of: Type) -> StartupError:
        kind = type(of).__name__.lower()
        return entry.error(f"{entry.what}: {str(node.value)[:40]!r} is no {kind}", node.start_mark.line + 1)
