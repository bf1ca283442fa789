"""What becomes of texts of several lines in files that yaml.v3 3.0.1 writes and reads: some it cannot read again.

It writes them as literal blocks. One that begins with a tab breaks the file; one that begins with a blank or a break
does so in a sequence and directly in one of its items, elsewhere it loses the break (v3.7.0 and v5.3.0, run).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mockserver.go.json.types import Map, Slice, Struct, Text, Type, underlying

Fault = tuple[int, str]
"""The line that a reader of YAML names, and what it says of it."""
_BREAKS = "\n\u2028\u2029"
_NOT_LITERAL = re.compile(
    r" [\n\u2028\u2029]| $|[^\t\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_back(text: str) -> str:
    """Return a text as it is read from a file that can be read at all."""
    return text[1:] if _is_literal(text) and text[0] in _BREAKS else text


def part_of_file(source: dict[str, Any], of: Struct) -> "File":
    """Return what is written of a source, as if it were the first in its file."""
    file = File()
    file.write(source, of, (0, "did not find expected key"))
    return file


def fault_of_parts(parts: Iterable["File"]) -> str | None:
    """Return why a file cannot be read again that has the sources written so; None where it can."""
    whole = File()
    for part in parts:
        if part.fault and not whole.fault:
            line, text = part.fault
            whole.fault = whole.line + line, text
        whole.line += part.line
        whole.merges = whole.merges or part.merges
    return whole.reason


def fault_of_definitions(sections: list[tuple[dict[str, Any], Struct]]) -> str | None:
    """Return why a file of metrics and presets cannot be read again; sections in the order of the file, each typed."""
    file = File()
    for entries, of in sections:
        file.line += 1
        file.write(entries, Map(Text(), of))
    return file.reason


@dataclass
class File:
    """A file that is imagined to be written: how many lines it has, and the first fault that its reader finds."""

    line: int = 0
    fault: "Fault | None" = None
    merges: bool = False

    @property
    def reason(self) -> str | None:
        """What the reader says: a fault of the syntax first, then a key for which it wants a map."""
        if self.fault:
            return f"yaml: line {self.fault[0]}: {self.fault[1]}"
        return "yaml: map merge requires map or sequence of maps as the value" if self.merges else None

    def write(self, value: Any, of: Type, where_no_blank: "Fault | None" = None) -> None:
        """Write a value behind its key; ``where_no_blank``: what a blank or break at its beginning is called."""
        of = underlying(of)
        match of:
            case Struct():
                for field in of.fields:
                    if value[field.key] or of.name != "Metric" or isinstance(underlying(field.type), Map):
                        self.line += 1
                        self.write(value[field.key], field.type, where_no_blank)
            case Map():
                for key in sorted(value or {}, key=str):
                    self.line += 1
                    self._write_key(str(key), of.value)
                    self.write(value[key], of.value)
            case Slice():
                where_no_blank = self.line, "did not find expected '-' indicator"
                for item in value or []:
                    self.line += 1
                    self.write(item, of.item, where_no_blank)
            case Text():
                self._write_text(value, where_no_blank)

    def _write_key(self, key: str, of: Type) -> None:
        self.merges = self.merges or (key == "<<" and not isinstance(underlying(of), Struct))
        before = self.line
        self._write_text(key, None)
        self.line += self.line > before  # the value of a key of several lines has a line of its own

    def _write_text(self, text: str, where_no_blank: "Fault | None") -> None:
        if not _is_literal(text):
            return
        is_deeper = text.startswith((" ", *_BREAKS)) and text.strip(_BREAKS) != ""
        if text.startswith("\t") or (is_deeper and where_no_blank and text.lstrip(_BREAKS).startswith("\t")):
            self.fault = self.fault or (self.line, "found a tab character where an indentation space is expected")
        elif is_deeper:
            self.fault = self.fault or where_no_blank
        self.line += text.count("\n") + (not text.endswith("\n"))


def _is_literal(text: str) -> bool:
    return "\n" in text and not _NOT_LITERAL.search(text)
