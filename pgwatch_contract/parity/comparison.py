"""Answers held against recorded ones: what is identical, what differs, and whether somebody said why."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pgwatch_contract.parity.entry import Entry, Mark
from pgwatch_contract.parity.exchange import Answer
from pgwatch_contract.parity.recording import Recorded, Recording

LEAST_SHARE = 99.0
"""The share of identical answers, in percent, that makes two servers alike where all differences have a reason."""

_WIDTH = 140


@dataclass(frozen=True)
class Difference:
    """A request that was answered differently, both answers, and the reason (None: nobody knows one)."""

    entry: Entry
    expected: Answer
    actual: Answer
    reason: str | None

    @property
    def lines(self) -> list[str]:
        """What differs, as a short unified diff: - expected, + actual."""
        return _difference(in_lines(self.expected), in_lines(self.actual))


@dataclass(frozen=True)
class Verdict:
    """How far a server answers as it was recorded."""

    recording: Recording
    server: str
    differences: tuple[Difference, ...]
    unneeded: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many requests were played."""
        return len(self.recording.answers)

    @property
    def identical(self) -> int:
        """How many were answered identically."""
        return self.count - len(self.differences)

    @property
    def share(self) -> float:
        """The share of identical answers in percent."""
        return 100 * self.identical / self.count

    @property
    def failures(self) -> tuple[Difference, ...]:
        """The differences without a reason."""
        return tuple(each for each in self.differences if each.reason is None)

    @property
    def alike(self) -> bool:
        """Whether every difference has a reason, and enough is identical."""
        return not self.failures and self.share >= LEAST_SHARE


def compare(
    recording: Recording, play: Callable[[Entry], Answer], server: str, marks: Mapping[str, tuple[Mark, ...]]
) -> Verdict:
    """Play what was recorded, in its order, and return the verdict.

    ``play`` returns the normalised answer; ``marks`` are the stated differences by the id of a request. One that is
    stated, but does not show, is among ``unneeded``.
    """
    differences, unneeded = [], []
    for recorded in recording.answers:
        reason = reason_for(marks.get(recorded.entry.id, ()), recording)
        actual = play(recorded.entry)
        if actual != recorded.answer:
            differences.append(Difference(recorded.entry, recorded.answer, actual, reason))
        elif reason is not None:
            unneeded.append(recorded.entry.id)
    return Verdict(recording, server, tuple(differences), tuple(unneeded))


def reason_for(marks: Iterable[Mark], recording: Recording) -> str | None:
    """Return why an answer of the mock may differ from a recording; None where nothing is stated."""
    for mark in marks:
        if recording.release in (mark.releases or (recording.release,)) and mark.store in (None, recording.store):
            return mark.reason
    return None


def in_lines(answer: Answer) -> list[str]:
    """Return an answer as lines of text: status, headers, an empty line, body; a frame after that."""
    lines = [f"{answer.status} {answer.reason}".rstrip(), *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.body:
        lines += ["", *(ascii_text(line) for line in answer.body.split(b"\n"))]
    return lines if answer.frame is None else [*lines, "", f"frame: {answer.frame!r}"]


def ascii_text(line: bytes) -> str:
    """Return a line with what no terminal shows, and bytes that are not UTF-8, escaped."""
    text = line.decode(errors="backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _difference(expected: list[str], actual: list[str]) -> list[str]:
    found = [line for line in difflib.ndiff(expected, actual) if line[0] in "-+"]
    if len(found) == 2:
        return [_window(found[0], found[1]), _window(found[1], found[0])]
    return [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}... ({len(line)} characters)" for line in found]


def _window(line: str, other: str) -> str:
    # The line around the first place where it differs from the other.
    if len(line) <= _WIDTH:
        return line
    pairs = zip(line[1:], other[1:], strict=False)
    first = next((index for index, (one, two) in enumerate(pairs, 1) if one != two), min(len(line), len(other)))
    start = max(first - 40, 2)
    return f"{line[0]} ...{line[start : start + _WIDTH - 20]}{'...' if start + _WIDTH - 20 < len(line) else ''}"


def recorded_by(entries: Iterable[Entry], play: Callable[[Entry], Answer]) -> tuple[Recorded, ...]:
    """Play requests in their order and return them with their answers."""
    return tuple(Recorded(entry, play(entry)) for entry in entries)
