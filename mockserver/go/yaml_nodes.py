"""Reads one YAML file as pgwatch reads it, by yaml.v3: its first document, as a tree of nodes that know their lines.

All is bounded: the file's size, its values, their depth, and what aliases and merge keys make of them. Plain data of
a file that is not pgwatch's (the contract) is made of the same tree.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mockserver.errors import StartupError

MOST_BYTES = 16 * 1024 * 1024
"""pgwatch's own metrics are 300 kB."""
MOST_VALUES = 300_000
"""Keys and values of a file: 10,000 complete sources, or 60,000 of the shortest; about 4 s of reading."""
MOST_DEPTH = 100
_CORE = "tag:yaml.org,2002:"


@dataclass(slots=True, eq=False)
class Node:
    """A value of a file: a scalar with its text, a list of nodes, or a mapping of keys to values.

    ``tag`` is the one that was written, shortened (``!!int``), or empty. ``size`` counts the values it stands for once
    every alias is followed.
    """

    line: int
    tag: str = ""
    text: str = ""
    is_quoted: bool = False
    items: list["Node"] | None = None
    mapping: list[tuple["Node", "Node"]] | None = None
    size: int = 1

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither a list nor a mapping."""
        return self.items is None and self.mapping is None


@dataclass(frozen=True)
class Document:
    """The first document of a file: its root, None where there is no content; the line where another one begins."""

    root: Node | None
    next_line: int | None = None


def read_document(file: Path) -> Document:
    """Read a file; raises StartupError for what cannot be read, is no YAML, or is beyond a bound."""
    return parse_document(read_bytes(file), file)


def read_bytes(file: Path) -> bytes:
    """Return the content of a regular file, or of /dev/null; raises StartupError for any other, and a large one.

    It is opened so that a FIFO does not make the reader wait, and looked at before it is read.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as opened:
            kind = os.fstat(descriptor)
            if not stat.S_ISREG(kind.st_mode) and not os.path.samestat(kind, Path(os.devnull).stat()):
                raise StartupError("is no regular file", file)
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise StartupError(f"cannot read the file: {error.strerror}", file) from None
    if len(content) > MOST_BYTES:
        raise StartupError(f"is larger than the {MOST_BYTES // 1024 // 1024} MiB that a file may have", file)
    return content


def parse_document(content: bytes, file: Path) -> Document:
    """Return the first document of a text; ``file`` is what errors name. Raises StartupError."""
    parser = _Parser(file)
    try:
        for event in yaml.parse(content, yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent) and parser.is_complete:
                return Document(parser.root, _line(event))
            parser.take(event)
    except yaml.YAMLError as error:
        # What comes after the first document is never read by yaml.v3.
        if not parser.is_complete:
            raise _not_yaml(error, file) from None
    return Document(parser.root)


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, each once."""
    seen: set[int] = set()
    left = [node]
    while left:
        node = left.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            left += node.items or [part for pair in node.mapping or () for part in pair]


@dataclass
class _Parser:
    """Makes nodes of the parser's events. It has no recursion, which a file could make too deep."""

    file: Path
    root: Node | None = None
    is_complete: bool = False
    _open: list[Node] = field(default_factory=list)
    _keys: list[Node | None] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _values: int = 0

    def take(self, event: Any) -> None:
        """Take the next event of the first document."""
        if isinstance(event, yaml.ScalarEvent):
            is_quoted = bool(event.style)
            self._add(Node(_line(event), _short(event.tag), event.value, is_quoted), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._add_alias(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(Node(_line(event), _short(event.tag), mapping=[]), event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(Node(_line(event), _short(event.tag), items=[]), event.anchor)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._keys.pop()
            self._place(self._open.pop())
        elif isinstance(event, yaml.DocumentEndEvent):
            self.is_complete = True

    def _add(self, node: Node, anchor: str | None) -> None:
        self._count(node.line)
        if anchor:
            self._anchors[anchor] = node
        self._place(node)

    def _begin(self, node: Node, anchor: str | None) -> None:
        self._count(node.line)
        if len(self._open) == MOST_DEPTH:
            raise StartupError(f"is nested more than {MOST_DEPTH} deep", self.file, node.line)
        if anchor:
            self._anchors[anchor] = node
        self._open.append(node)
        self._keys.append(None)

    def _add_alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise StartupError(f"unknown anchor {event.anchor!r} referenced", self.file, _line(event))
        if any(node is own for own in self._open):
            raise StartupError(f"anchor {event.anchor!r} value contains itself", self.file, _line(event))
        self._count(_line(event))
        self._place(node)

    def _count(self, line: int) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise StartupError(f"has more than the {MOST_VALUES} keys and values that a file may have", self.file, line)

    def _place(self, node: Node) -> None:
        """Put a complete node where it belongs."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += node.size
        if _is_excessive(parent.size, self._values):
            raise StartupError("document contains excessive aliasing", self.file, node.line)
        if parent.items is not None:
            parent.items.append(node)
        elif parent.mapping is not None:
            key = self._keys[-1]
            self._keys[-1] = node if key is None else None
            if key is not None:
                parent.mapping.append((key, node))


def _is_excessive(size: int, values: int) -> bool:
    """Say whether aliases make too much of a document; the figures are those of yaml.v3 (decode.go, v3.0.1)."""
    aliased = size - values
    allowed = 0.99 - 0.89 * min(max((size - 400_000) / 3_600_000, 0), 1)
    return aliased > 100 and size > 1000 and aliased / size > allowed


def _short(tag: str | None) -> str:
    """Return a tag with ``!!`` for YAML's own; ``!`` alone says nothing."""
    return "" if tag in (None, "!") else str(tag).replace(_CORE, "!!")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _not_yaml(error: yaml.YAMLError, file: Path) -> StartupError:
    """Return the error to raise for a file that is not YAML, with the line where the parser stopped."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return StartupError(f"not valid YAML: {problem}", file, mark.line + 1 if mark else None)
