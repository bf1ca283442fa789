"""How ``--help`` is laid out: its texts are as wide as the terminal, and its examples stay examples."""

import argparse
import re
import textwrap
from itertools import groupby

_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
_COMMAND = "pgwatch-contract "
_DEEPER = "    "


class HelpFormatter(argparse.HelpFormatter):
    """Fills the paragraphs of a description or an epilog; lines that are indented are kept.

    Where such a line is too long, its block has what stands after a gap on lines of their own, and a command goes on
    as it would in a shell.
    """

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        blocks = groupby(text.splitlines(), key=lambda line: line[:1] if line[:1] in ("", " ") else "a")
        filled = []
        for kind, lines in blocks:
            if kind == "a":
                filled += _wrapped(" ".join(lines), width)
            else:
                filled += _kept([*lines], width)
        return "\n".join(indent + line for line in filled)


def _kept(lines: list[str], width: int) -> list[str]:
    """Return a block of indented lines, no wider than ``width`` where that can be."""
    if all(len(line) <= width for line in lines):
        return lines
    return [part for line in lines for part in _in_parts(line, width)]


def _in_parts(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip())) + _DEEPER
    example, *words = _GAP.split(line, maxsplit=1)
    end = " \\" if example.lstrip().startswith(_COMMAND) else ""
    first = _wrapped(example, width - len(end), indent)
    parts = [part + end for part in first[:-1]] + first[-1:]
    return parts + [part for each in words for part in _wrapped(indent + each, width, indent)]


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    # Names and options are searched for: they stay whole.
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
