"""Reads pgwatch's configuration files as a release reads them: nothing is filled in, nothing validated.

A key that is absent or null leaves Go's zero value; a map or list that is absent stays null until the file is
written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockserver.errors import StartupError
from mockserver.go.json.types import Bool, Float, Int, Map, Slice, Struct, Text, Type, go_name, underlying, zero
from mockserver.go.yaml_nodes import Node
from mockserver.go.yaml_values import Misfit, as_bool, as_int, as_number, as_text, is_null, misfit, pairs
from mockserver.memory.config_entries import Entry, documents
from mockserver.release.store.body_types import BodyTypes
from mockserver.release.store.store import Definition, Source


@dataclass
class Files:
    """What two places hold, each a file or a folder of files; None for a section that is null or absent."""

    sources_place: Path
    metrics_place: Path
    sources: list[Source]
    metrics: dict[str, Definition] | None
    presets: dict[str, Definition] | None
    metrics_are_empty: bool = False


def read_files(sources: Path, metrics: Path, types: BodyTypes, walks: bool) -> Files:
    """Read both places, folders as ``walks`` says (see ``files_at``).

    Raises StartupError for a file that is no YAML or whose values are of other types.
    """
    reader = _Reader(types)
    found = Files(sources, metrics, [], None, None)
    for root in documents(sources, walks=walks):
        if root.node.items is None:
            raise StartupError("must be a list of sources", root.file, root.node.line)
        entries = [Entry(root.file, node, "source") for node in root.node.items if not is_null(node)]
        found.sources += [reader.read(entry, types.source) for entry in entries]
    roots = list(documents(metrics, walks=walks))
    found.metrics_are_empty = not roots
    if metrics.is_dir():
        found.metrics, found.presets = {}, {}
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
        self, root: Entry, node: Node, of: Struct, before: dict[str, Definition] | None
    ) -> dict[str, Definition] | None:
        """Return the entries of a section, added to those of files before."""
        if is_null(node):
            return before
        entries = {name: self.read(Entry(root.file, part, repr(name)), of) for name, part in root.pairs(node)}
        return {**(before or {}), **entries}

    def read(self, entry: Entry, of: Type) -> Any:
        """Return an entry as a value of a Go type; raises StartupError for one of another type."""
        try:
            return self._value(entry.node, of)
        except Misfit as misfit:
            raise entry.error(f"{entry.what}: {misfit}", misfit.line) from None

    def _value(self, node: Node, of: Type) -> Any:
        """Return a node as a value of a type; a null is the type's zero, and left out of a list (yaml.v3 v3.0.1)."""
        of = underlying(of)
        if is_null(node):
            return zero(of)
        if isinstance(of, Struct):
            return self._struct(node, of)
        if isinstance(of, Map):
            as_key = as_int if isinstance(underlying(of.key), Int) else as_text
            return {as_key(key): self._value(part, of.value) for key, part in pairs(node)}
        if isinstance(of, Slice) and node.items is not None:
            return [self._value(part, of.item) for part in node.items if not is_null(part)]
        if type(of) not in _SCALARS:
            raise misfit(node, go_name(of))
        return _SCALARS[type(of)](node)

    def _struct(self, node: Node, of: Struct) -> dict[str, Any]:
        keys = self._keys[of.name]
        fields = {keys.get(field.key): field for field in of.fields}
        value: dict[str, Any] = zero(of)
        for key, part in pairs(node):
            if (field := fields.get(as_text(key))) is not None:
                value[field.key] = self._value(part, field.type)
        return value


_SCALARS: dict[type, Callable[[Node], Any]] = {
    Text: as_text,
    Bool: as_bool,
    Int: as_int,
    Float: lambda node: float(as_number(node)),
}
