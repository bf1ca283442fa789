"""Figures for people: spreads, tables, goals."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Numbers = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """A figure and the limit it is to keep: at most that, or at least that where ``at_least`` is set."""

    name: str
    figure: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def passed(self) -> bool:
        """Whether the figure keeps the limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def line(self) -> str:
        """Return the goal as one line, without the verdict."""
        bound = "at least" if self.at_least else "at most"
        return f"{self.name}: {number(self.figure)}{self.unit} (goal: {bound} {number(self.limit)}{self.unit})"


@dataclass
class Part:
    """What one part of the measurements found: text to print, goals, and all numbers for a machine to read."""

    text: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)


def number(value: float) -> str:
    """Return a number with about three digits that count, thousands set apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: Sequence[float]) -> str:
    """Return the median and, where there are several values, the least and the most: ``24.1 (23.5..26.0)``."""
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))}..{number(max(values))})"


def ratio(values: Sequence[float], others: Sequence[float]) -> float:
    """Return the median ratio of values measured in the same round: what slows a round slows both."""
    return statistics.median(value / other for value, other in zip(values, others, strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of text: the first column to the left, all others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)
