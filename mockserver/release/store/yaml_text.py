"""What becomes of texts of several lines in files that yaml.v3 3.0.1 writes and reads: some it cannot read again.

It writes them as literal blocks. One that begins with a tab breaks the file; one that begins with a blank or a break
does so in a sequence and directly in one of its items, elsewhere it loses the break (v3.7.0 and v5.3.0, run).
"""

import re
from dataclasses import dataclass
from typing import Any

from mockserver.go.json.types import Map, Slice, Struct, Text, Type, underlying

_BREAKS = "\n\u2028\u2029"
_NOT_LITERAL = re.compile(
    r" [\n\u2028\u2029]| $|[^\t\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_back(text: str) -> str:
    """Return a text as it is read from a file that can be read at all."""
    return text[1:] if _is_literal(text) and text[0] in _BREAKS else text


def fault_of_sources(sources: list[dict[str, Any]], of: Struct) -> str | None:
    """Return why a file of sources cannot be read again, in yaml.v3's words; None where it can."""
    file = _File()
    for source in sources:
        file.write(source, of, f"line {file.line}: did not find expected key")
    return file.reason


def fault_of_definitions(sections: list[tuple[dict[str, Any], Struct]]) -> str | None:
    """Return why a file of metrics and presets cannot be read again; sections in the order of the file, each typed."""
    file = _File()
    for entries, of in sections:
        file.line += 1
        file.write(entries, Map(Text(), of))
    return file.reason


@dataclass
class _File:
    """A file that is imagined to be written: how many lines it has, and the first fault that its reader finds."""

    line: int = 0
    fault: str = ""
    merges: bool = False

    @property
    def reason(self) -> str | None:
        """What the reader says: a fault of the syntax first, then a key for which it wants a map."""
        merge = "map merge requires map or sequence of maps as the value" if self.merges else ""
        return f"yaml: {self.fault or merge}" if self.fault or merge else None

    def write(self, value: Any, of: Type, where_no_blank: str = "") -> None:
        """Write a value behind its key; the text says what a blank or break at its beginning is called, if a fault."""
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
                where_no_blank = f"line {self.line}: did not find expected '-' indicator"
                for item in value or []:
                    self.line += 1
                    self.write(item, of.item, where_no_blank)
            case Text():
                self._write_text(value, where_no_blank)

    def _write_key(self, key: str, of: Type) -> None:
        self.merges = self.merges or (key == "<<" and not isinstance(underlying(of), Struct))
        before = self.line
        self._write_text(key, "")
        self.line += self.line > before  # the value of a key of several lines has a line of its own

    def _write_text(self, text: str, where_no_blank: str) -> None:
        if not _is_literal(text):
            return
        is_deeper = text.startswith((" ", *_BREAKS)) and text.strip(_BREAKS) != ""
        if text.startswith("\t") or (is_deeper and where_no_blank and text.lstrip(_BREAKS).startswith("\t")):
            self.fault = self.fault or f"line {self.line}: found a tab character where an indentation space is expected"
        elif is_deeper:
            self.fault = self.fault or where_no_blank
        self.line += text.count("\n") + (not text.endswith("\n"))


def _is_literal(text: str) -> bool:
    return "\n" in text and not _NOT_LITERAL.search(text)
