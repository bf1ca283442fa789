"""The verdict as lines for a terminal or a CI log."""

import textwrap
from collections.abc import Iterator, Sequence

from contract_tests.judging.verdict import CONFORMS, Verdict
from contract_tests.report import groups
from contract_tests.words import counted, duration, first_sentence, plain

_WIDTH = 88
_NARROWEST = 40
_TIE = "\N{NO-BREAK SPACE}"
"""In place of a space at which no line may end."""
_GREEN, _RED, _BOLD, _DIM = "32;1", "31;1", "1", "2"


def in_lines(verdict: Verdict, colour: bool = False, width: int = _WIDTH) -> Iterator[str]:
    """Return the verdict in words and numbers, then each failure once, then what was not judged, then the seed.

    Nothing is wider than ``width`` but the first line and what can be copied: command lines and pointers.
    """
    page = _Page(verdict, colour, width)
    yield page.painted(_GREEN if verdict.word == CONFORMS else _RED, plain(verdict.headline))
    yield from page.ended()
    yield from page.failures()
    yield from page.known()
    yield from page.errors()
    yield from page.not_exercised()
    yield from page.uncovered()
    yield from page.not_judged()
    yield from page.run()


class _Page:
    """The sections; each begins with an empty line where it has anything to say."""

    def __init__(self, verdict: Verdict, colour: bool, width: int) -> None:
        self._verdict = verdict
        self._colour = colour
        self._width = width

    def ended(self) -> Iterator[str]:
        """Return all that there is to say of why the run did not come to its end."""
        if self._verdict.ended != first_sentence(self._verdict.ended):
            yield ""
            yield from self._heading("ended", self._verdict.ended)

    def failures(self) -> Iterator[str]:
        """Return each broken clause with its failures."""
        for broken in groups.broken_clauses(self._verdict):
            yield ""
            yield self.painted(_BOLD, plain(broken.clause.id))
            yield from self._wrapped(broken.clause.says, 2)
            for case in broken.cases:
                yield from self._case(case)
        if self._verdict.failures:
            yield ""
            yield from self._heading("before a curl line", "")
            for command in self._verdict.preparation:
                yield from self._uncut(command)

    def known(self) -> Iterator[str]:
        """Return the deviations that the ledger knows, a line for each, then those that are stale or have expired."""
        verdict = self._verdict
        if verdict.known:
            yield ""
            yield from self._heading("known deviations", f"{len(verdict.known)}, {verdict.ledger_in_words}")
        for entry, failures in verdict.known.items():
            where = f"; {self._labels(list(dict.fromkeys(each.operation for each in failures)))}"
            yield from self._wrapped(f"{entry.name}: {entry.title.rstrip('.')}{where}", 2, 4)
        for word, advice, entries in (
            ("stale", "no longer seen: take them out of the ledger", verdict.stale),
            ("expired", "their last day is over: mend the server, or give them another one", verdict.expired),
        ):
            if entries:
                yield ""
                yield from self._heading(word, advice)
            for entry in entries:
                yield from self._wrapped(f"{entry.name}: {entry.title.rstrip('.')}", 2, 4)

    def errors(self) -> Iterator[str]:
        """Return what kept tests from judging."""
        for error, tests in groups.errors(self._verdict).items():
            yield ""
            more = f" and {len(tests) - 1:,} more" if len(tests) > 1 else ""
            yield from self._heading("could not judge", f"{tests[0]}{more}")
            yield from self._wrapped(error, 2)

    def not_exercised(self) -> Iterator[str]:
        """Return the clauses that the run should have judged and did not."""
        clauses = groups.not_exercised(self._verdict)
        if clauses:
            yield ""
            yield from self._heading("not exercised", counted(len(clauses), "clause"))
        for clause, operations in clauses.items():
            yield from self._wrapped(f"{clause} - {self._labels(operations)}", 2, 4)

    def uncovered(self) -> Iterator[str]:
        """Return how much less of the document was exercised than was wanted."""
        if text := groups.uncovered(self._verdict):
            yield ""
            yield from self._heading("coverage", text)

    def not_judged(self) -> Iterator[str]:
        """Return the clauses that nobody could judge, by the option that would judge them, and the layers left out."""
        unjudged = groups.not_judged(self._verdict)
        left_out = self._verdict.layers_left_out
        if unjudged or left_out:
            yield ""
            yield from self._heading("not judged", "")
        for group in unjudged:
            yield from self._wrapped(f"{group.reason}: {group.counts}", 2, 4)
            if group.reason != groups.RUN_STOPPED:
                yield from self._wrapped(", ".join(group.wholly), 4)
        if left_out:
            yield from self._wrapped(f"--layer leaves out: {', '.join(left_out)}", 2, 4)

    def run(self) -> Iterator[str]:
        """Return what was judged by which contract, the times, and how to repeat the run."""
        settings = self._verdict.settings
        seconds = self._verdict.record.seconds
        yield ""
        yield from self._heading("target", f"{self._verdict.target}, contract {self._verdict.contract.version}")
        if self._verdict.recognised:
            yield from self._heading("release", self._verdict.recognised)
        for note in self._verdict.notes:
            yield from self._heading("note", note)
        if seconds:
            took = (f"{layer.name} {duration(layer.seconds)}" for layer in groups.layers(self._verdict))
            yield from self._heading("time", ", ".join(took))
        if text := groups.coverage(self._verdict):
            lists = "the report lists" if settings.report else "--report lists"
            rest = f"; {lists} the rest" if self._verdict.coverage and self._verdict.coverage.missing else ""
            yield from self._heading("exercised", text + rest)
        yield from self._heading(
            "seed", f"{settings.seed}, effort {settings.effort}; repeat with --seed {settings.seed}"
        )

    def painted(self, colour: str, text: str) -> str:
        """Return a text in a colour, if there are to be any."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text

    def _case(self, case: groups.Case) -> Iterator[str]:
        cases = f": {case.in_words}" if case.in_words else ""
        yield from self._wrapped(self._labels(case.operations) + cases, 2)
        yield from self._wrapped(f"expected  {case.failure.expected}", 4, 6)
        yield from self._wrapped(f"actual    {case.failure.actual}", 4, 6)
        for number, step in enumerate(case.failure.steps, 1):
            yield from self._uncut(f"step {number}    {step}")
        if case.failure.curl:
            yield from self._uncut(case.failure.curl)
        yield self.painted(_DIM, f"    {plain(case.part)}")

    def _labels(self, operations: Sequence[str]) -> str:
        return ", ".join(self._verdict.label(each).replace(" ", _TIE) for each in operations)

    def _heading(self, word: str, text: str) -> Iterator[str]:
        first, *more = self._wrapped(f"{word}: {text}", 0, 2)
        yield first.replace(word, self.painted(_BOLD, word), 1)
        yield from more

    def _wrapped(self, text: str, indent: int, hanging: int | None = None) -> Iterator[str]:
        first, further = " " * indent, " " * (indent if hanging is None else hanging)
        room = max(self._width, _NARROWEST)
        shown = plain(text, keep=_TIE)
        for line in textwrap.wrap(shown, room, initial_indent=first, subsequent_indent=further, break_on_hyphens=False):
            # CI servers take lines that begin so for commands.
            safe = line.replace("::", r"\::", 1) if line.lstrip().startswith("::") else line
            yield safe.replace(_TIE, " ")

    def _uncut(self, command: str) -> Iterator[str]:
        yield from ("    " + plain(command, keep="\n")).split("\n")
