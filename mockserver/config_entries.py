"""Entries of configuration files: YAML nodes that become values of the contract's form, and know their lines."""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mockserver.contract import yaml_error
from mockserver.errors import StartupError
from mockserver.validation import Schema, Validator, completer

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
FieldPath = tuple[str | int, ...]


@dataclass
class Ignored:
    """What the files say and the mock leaves aside: by file, each with its line."""

    keys: dict[Path, list[str]] = field(default_factory=dict)
    variables: dict[Path, list[str]] = field(default_factory=dict)

    def remarks(self) -> list[str]:
        """Return one line for each file and kind of thing."""
        keys = [f"{file}: keys that are no fields are ignored: {', '.join(them)}" for file, them in self.keys.items()]
        variables = [
            f"{file}: not set in the environment, so taken as written (a kind: as left out): {', '.join(them)}"
            for file, them in self.variables.items()
        ]
        return keys + variables


@dataclass
class Entry:
    """One entry of a file: its node, what errors call it, and whether its texts can name environment variables.

    Once it was read, ``lines`` has the lines at which its fields stand.
    """

    file: Path
    node: yaml.Node
    loader: yaml.CSafeLoader
    what: str
    expands: bool = False
    lines: dict[FieldPath, int] = field(default_factory=dict)

    def read(self, keys: Schema, schema: Schema, ignored: Ignored) -> Any:
        """Return the entry with the API's field names and all its fields.

        ``keys`` is the schema with the ``x-config-key``s, ``schema`` the one to validate and complete by. Raises
        StartupError for a value that does not fit.
        """
        value = self._convert(self.node, keys, (), ignored)
        whole = completer(schema)(value or {}, [])
        nullable = {name for name, part in schema["properties"].items() if part.get("nullable")}
        given = {name: part for name, part in whole.items() if part is not None or name in nullable}
        for path, message in Validator(schema).errors(given):
            raise self._misfit(tuple(path), message)
        return whole

    def error(self, message: str, line: int | None = None) -> StartupError:
        """Return an error that names the file and a line: the entry's own unless one is given."""
        return StartupError(message, self.file, line or _line(self.node))

    def pairs(self, node: yaml.Node) -> list[tuple[str, yaml.Node]]:
        """Return the keys and values of a mapping, merge keys resolved; raises StartupError for a key given twice."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"{self.what}: must be a mapping of keys to values", _line(node))
        # PyYAML's own flatten_mapping lets the first of several merged mappings win before 6.0.4, and the last since.
        merged: dict[str, yaml.Node] = {}
        for value in (value for key, value in node.value if key.tag == _MERGE):
            for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(part, yaml.MappingNode):
                    reason = f"{self.what}: what is merged must be a mapping, or a list of mappings"
                    raise self.error(reason, _line(value))
                merged = dict(self.pairs(part)) | merged
        own = {key.value: value for key, value in node.value if key.tag != _MERGE}
        return list((merged | own).items())

    def _misfit(self, path: FieldPath, message: str) -> StartupError:
        """Return an error at the line of the innermost field of a path that the file has."""
        ends = range(len(path), -1, -1)
        line = next((self.lines[path[:end]] for end in ends if path[:end] in self.lines), None)
        where = f"{'.'.join(map(str, path))} " if path else ""
        return self.error(f"{self.what}: {where}{message}", line)

    def _convert(self, node: yaml.Node, schema: Schema, path: FieldPath, ignored: Ignored) -> Any:
        self.lines[path] = _line(node)
        schema = schema["allOf"][0] if "allOf" in schema else schema
        if is_null(node):
            return None
        if schema["type"] == "object":
            return self._convert_mapping(node, schema, path, ignored)
        if schema["type"] == "array" and isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [self._convert(part, schema["items"], (*path, index), ignored) for index, part in items]
        if schema["type"] == "string" and isinstance(node, yaml.ScalarNode):
            return self._expand(node, schema, ignored) if self.expands and len(path) == 1 else node.value
        return self._plain(node)

    def _convert_mapping(self, node: yaml.Node, schema: Schema, path: FieldPath, ignored: Ignored) -> Any:
        properties = {part["x-config-key"]: (name, part) for name, part in schema.get("properties", {}).items()}
        converted = {}
        for key, value in self.pairs(node):
            name, part = properties.get(key, (key, schema.get("additionalProperties")))
            if isinstance(part, dict):
                converted[name] = self._convert(value, part, (*path, name), ignored)
            else:
                ignored.keys.setdefault(self.file, []).append(f"{key} (line {_line(value)})")
        return converted

    def _plain(self, node: yaml.Node) -> Any:
        """Return a switch or a number as one; else what shows the validator that the type is wrong."""
        if not isinstance(node, yaml.ScalarNode):
            return [] if isinstance(node, yaml.SequenceNode) else {}
        if node.tag.rpartition(":")[2] in ("bool", "int", "float"):
            with contextlib.suppress(ValueError, KeyError):
                return self.loader.construct_object(node)
        return node.value

    def _expand(self, node: yaml.ScalarNode, schema: Schema, ignored: Ignored) -> str | None:
        """Expand environment variables in a value that begins with a dollar sign, as pgwatch does."""
        text: str = node.value
        if not text.startswith("$"):
            return text
        names = [plain or braced for plain, braced in _VARIABLE.findall(text)]
        missing = [f"{name} (line {_line(node)})" for name in names if name not in os.environ]
        if missing:
            ignored.variables.setdefault(self.file, []).extend(missing)
            return None if "enum" in schema else text
        return _VARIABLE.sub(lambda match: os.environ[match[1] or match[2]], text)


def documents(place: Path) -> Iterator[Entry]:
    """Read the files in order of their names; a folder's are those that end in .yaml or .yml, at any depth.

    Returns the root of each file that is not empty. Raises StartupError for what cannot be read or is not YAML.
    """
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
        if root is not None and not is_null(root):
            _check_keys(root, file)
            yield Entry(file, root, loader, "file")


def _check_keys(root: yaml.Node, file: Path) -> None:
    """Raise StartupError for a key that is given twice in a mapping, or is no text; before merge keys are resolved."""
    nodes, checked = [root], set()
    while nodes:
        node = nodes.pop()
        if id(node) in checked:
            continue
        checked.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            nodes += [part for _, part in node.value]
            seen: dict[str, int] = {}
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise StartupError("a key must be text", file, _line(key))
                if key.value in seen:
                    raise StartupError(
                        f"{key.value!r} is given twice, first in line {seen[key.value]}", file, _line(key)
                    )
                seen[key.value] = _line(key)


def is_null(node: yaml.Node) -> bool:
    """Say whether a node is YAML's null, which a key without a value is too."""
    return bool(node.tag == _NULL)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
