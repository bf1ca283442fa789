"""Entries of configuration files: YAML nodes that become values of the contract's form, and know their lines."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockserver.contract.validation import Complete, Schema, Validator, completer
from mockserver.errors import StartupError
from mockserver.go.env import expand, names_in
from mockserver.go.yaml_nodes import Node, read_document
from mockserver.go.yaml_values import Misfit, as_bool, as_number, as_text, is_null, pairs, resolve

FieldPath = tuple[str | int, ...]
_ZEROS = {"string": "", "number": 0, "integer": 0, "boolean": False}
"""What yaml.v3 makes of a null in a map."""


@dataclass
class Ignored:
    """What the files say and the mock leaves aside: by file, each with its line."""

    keys: dict[Path, list[str]] = field(default_factory=dict)
    variables: dict[Path, list[str]] = field(default_factory=dict)
    documents: dict[Path, int] = field(default_factory=dict)

    def remarks(self) -> list[str]:
        """Return one line for each file and kind of thing."""
        keys = [f"{file}: keys that are no fields are ignored: {', '.join(them)}" for file, them in self.keys.items()]
        variables = [
            f"{file}: not set in the environment, so empty (a name of nothing else: as written): {', '.join(them)}"
            for file, them in self.variables.items()
        ]
        documents = [
            f"{file}: only the first YAML document counts, another one begins in line {line}"
            for file, line in self.documents.items()
        ]
        return keys + variables + documents


@dataclass(frozen=True)
class Form:
    """What entries of one kind look like: the schema with the ``x-config-key``s, and another one's demands."""

    keys: Schema
    nullable: frozenset[str]
    validator: Validator
    complete: Complete

    @classmethod
    def of(cls, keys: Schema, schema: Schema) -> "Form":
        """Compile the form of entries that are validated and completed by ``schema``."""
        nullable = frozenset(name for name, part in schema["properties"].items() if part.get("nullable"))
        return cls(keys, nullable, Validator(schema), completer(schema))

    def in_file_keys(self, path: list[str | int]) -> list[str]:
        """Return a path of fields as the keys of files."""
        schema, keys = self.keys, []
        for step in path:
            schema = _only_member(schema)
            part = schema.get("properties", {}).get(step) or schema.get("additionalProperties") or schema["items"]
            keys.append(part.get("x-config-key") or str(step))
            schema = part
        return keys


@dataclass
class Entry:
    """One entry of a file: its node, what errors call it, and whether its texts can name environment variables.

    Once it was read, ``lines`` has the lines at which its fields stand, and ``near`` the keys that are none by those
    they are nearly.
    """

    file: Path
    node: Node
    what: str
    expands: bool = False
    lines: dict[FieldPath, int] = field(default_factory=dict)
    near: dict[str, str] = field(default_factory=dict)
    ignored: Ignored = field(default_factory=Ignored)

    def read(self, form: Form) -> Any:
        """Return the entry with the API's field names and all its fields; raises StartupError for what does not fit."""
        try:
            value = self._convert(self.node, form.keys, ())
        except Misfit as misfit:
            raise self.error(f"{self.what}: {misfit}", misfit.line) from None
        whole = form.complete(value or {}, [])
        given = {name: part for name, part in whole.items() if part is not None or name in form.nullable}
        if not form.validator.is_valid(given):
            for path, message in form.validator.errors(given):
                where = ".".join(form.in_file_keys(path))
                hint = f": {self.near[where]} is not it" if message == "is missing" and where in self.near else ""
                raise self.error(f"{self.what}: {where} {message}{hint}", self._line_of(tuple(path)))
        return whole

    def error(self, message: str, line: int | None = None) -> StartupError:
        """Return an error that names the file and a line: the entry's own unless one is given."""
        return StartupError(message, self.file, line or self.node.line)

    def pairs(self, node: Node) -> list[tuple[str, Node]]:
        """Return the keys and values of a mapping, merge keys followed; raises StartupError for what is none."""
        try:
            return [(as_text(key), value) for key, value in pairs(node)]
        except Misfit as misfit:
            raise self.error(f"{self.what}: {misfit}", misfit.line) from None

    def _line_of(self, path: FieldPath) -> int | None:
        """Return the line of the innermost field of a path that the file has."""
        ends = range(len(path), -1, -1)
        return next((self.lines[path[:end]] for end in ends if path[:end] in self.lines), None)

    def _convert(self, node: Node, schema: Schema, path: FieldPath) -> Any:
        self.lines[path] = node.line
        schema = _only_member(schema)
        kind = schema["type"]
        if is_null(node):
            return None
        if kind == "object":
            return self._convert_mapping(node, schema, path)
        if kind == "array" and node.items is not None:
            items = [item for item in node.items if not is_null(item)]
            return [self._convert(item, schema["items"], (*path, index)) for index, item in enumerate(items)]
        if kind == "string" and node.is_scalar:
            return self._expand(node, schema) if self.expands and len(path) == 1 else as_text(node)
        return _plain(node, kind)

    def _convert_mapping(self, node: Node, schema: Schema, path: FieldPath) -> Any:
        properties = {part["x-config-key"]: (name, part) for name, part in schema.get("properties", {}).items()}
        converted = {}
        for key, value in self.pairs(node):
            name, part = properties.get(key, (key, schema.get("additionalProperties")))
            if not isinstance(part, dict):
                self._ignore(key, value, properties)
            elif is_null(value) and key not in properties and part["type"] in _ZEROS:
                self.lines[(*path, name)] = value.line
                converted[name] = _ZEROS[part["type"]]
            else:
                converted[name] = self._convert(value, part, (*path, name))
        return converted

    def _ignore(self, key: str, value: Node, known: dict[str, Any]) -> None:
        meant = next((own for own in known if own.replace("_", "") == key.replace("_", "").lower()), None)
        hint = f"; is {meant} meant?" if meant else ""
        if meant:
            self.near[meant] = key
        self.ignored.keys.setdefault(self.file, []).append(f"{key} (line {value.line}{hint})")

    def _expand(self, node: Node, schema: Schema) -> str | None:
        """Put in environment variables as pgwatch does; a name of which nothing is left stays as it is written."""
        text = as_text(node)
        missing = [f"{name} (line {node.line})" for name in names_in(text) if name not in os.environ]
        if missing:
            self.ignored.variables.setdefault(self.file, []).extend(missing)
        expanded = expand(text, os.environ)
        if text and not expanded:
            return None if "enum" in schema else text if schema.get("minLength") else ""
        return expanded


def documents(place: Path, ignored: Ignored | None = None, walks: bool = False) -> Iterator[Entry]:
    """Read the files at a place in order of their names; ``walks`` as for ``files_at``.

    Returns the root of each file that is not empty, of its first document. Raises StartupError for what cannot be
    read or is not YAML.
    """
    ignored = ignored or Ignored()
    for file in files_at(place, walks):
        document = read_document(file)
        if document.next_line is not None:
            ignored.documents[file] = document.next_line
        if document.root is not None and not is_null(document.root):
            yield Entry(file, document.root, "file", ignored=ignored)


def files_at(place: Path, walks: bool = False) -> list[Path]:
    """Return a file, or those of a folder that end in .yaml or .yml.

    From 5.2 on pgwatch reads a folder's direct entries; before it ``walks`` into folders, but follows no link to one,
    not even at the top (v5.0.0 and v5.2.0, run). Raises StartupError for a folder that cannot be read.
    """
    if not place.is_dir():
        return [place]
    if walks and place.is_symlink():
        return []
    try:
        entries = ((folder, name) for folder, _, names in os.walk(place) for name in names)
        found = [Path(folder, name) for folder, name in entries] if walks else list(place.iterdir())
    except OSError as error:
        raise StartupError(f"cannot read the folder: {error.strerror}", place) from None
    return sorted(file for file in found if file.name.lower().endswith((".yaml", ".yml")))


def _only_member(schema: Schema) -> Schema:
    return schema["allOf"][0] if "allOf" in schema else schema


def _plain(node: Node, kind: str) -> Any:
    """Return a switch or a number as one; else what shows the validator that the type is wrong."""
    if not node.is_scalar:
        return {} if node.items is None else []
    try:
        return as_bool(node) if kind == "boolean" else as_number(node)
    except Misfit:
        return resolve(node)[1]
