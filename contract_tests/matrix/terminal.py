"""The matrix as lines for a terminal."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contract_tests.contract.clauses import Clause
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_JUDGED
from contract_tests.matrix.recorded import DOES_NOT_APPLY, WORDS
from contract_tests.matrix.table import SIGNS, Case, Cell, Column, Matrix
from contract_tests.words import counted, plain

_RED, _BOLD, _DIM = "31;1", "1", "2"
_CELL = 5
"""The columns of a terminal that a release takes."""
_STORES = {"yaml": "yaml", "postgres": "pg"}
_NARROWEST = 40


@dataclass(frozen=True)
class Screen:
    """How wide the lines may be, and whether they may have colours."""

    width: int = 80
    colour: bool = False

    def painted(self, colour: str, text: str) -> str:
        """Return a text in a colour, if there are to be any."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and text.strip() else text

    def wrapped(self, text: str, indent: int = 0, hanging: int | None = None) -> Iterator[str]:
        """Return a text in lines with an indent; the further lines with another one."""
        first, further = " " * indent, " " * (indent if hanging is None else hanging)
        yield from textwrap.wrap(
            plain(text),
            max(self.width, _NARROWEST),
            initial_indent=first,
            subsequent_indent=further,
            break_on_hyphens=False,
        )


def overview(matrix: Matrix, screen: Screen, is_whole: bool = False) -> Iterator[str]:
    """Return the releases with their counts, then the clauses: a line for each where the screen is wide enough for it.

    On a narrow one there is a line for each theme, unless ``is_whole`` asks for all clauses.
    """
    yield from _summary(matrix, screen)
    needed = _widest(matrix.clauses.values()) + _CELL * len(matrix.columns)
    if is_whole or screen.width >= needed:
        yield from clauses(matrix, screen)
        yield from _deviations(matrix, screen)
    else:
        yield from _themes(matrix, screen)
        yield ""
        hint = f"--all, or a terminal of {needed} columns, shows a line for each clause; --clause source shows a theme"
        yield from screen.wrapped(hint)
    yield from screen.wrapped("--release X and --clause ID say what was broken, and which deviation explains it")


def clauses(matrix: Matrix, screen: Screen) -> Iterator[str]:
    """Return a line for each clause, with a sign for each release."""
    yield ""
    yield from screen.wrapped(_KEY)
    width = _widest(matrix.clauses.values())
    yield ""
    yield from _heads(matrix, width, screen)
    for theme, group in matrix.themes.items():
        yield screen.painted(_BOLD, theme)
        for clause in group:
            signs = (_sign(column.cells[clause.id], screen) for column in matrix.columns)
            yield f"  {_rest(clause):{width - 2}}{''.join(signs)}".rstrip()


def clause(matrix: Matrix, chosen: Clause, screen: Screen) -> Iterator[str]:
    """Return what was found of a clause at each release, and why."""
    yield screen.painted(_BOLD, chosen.id)
    yield from screen.wrapped(chosen.says, 2)
    for columns in matrix.alike(chosen.id):
        cell, titles = columns[0].cells[chosen.id], ", ".join(column.title for column in columns)
        yield ""
        yield from _painted_first(screen.wrapped(f"{titles}: {_on_what(columns[0], cell)}", 0, 2), screen)
        for case in cell.cases:
            yield from _case(columns, case, screen)


def release(matrix: Matrix, screen: Screen) -> Iterator[str]:
    """Return all that each release breaks, by clause, with what explains it; and what could not be judged."""
    for number, column in enumerate(matrix.columns):
        yield from [""] * (2 if number else 0)
        yield from _column(column, matrix, screen)


_KEY = "✓ kept   ✗ broken, explained by a known deviation   ! broken, not known   - not judged   empty: does not apply"


def _summary(matrix: Matrix, screen: Screen) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("release", "store", "version", "recorded", *WORDS)]
    rows += [
        (
            column.recorded.release,
            column.recorded.store,
            column.recorded.version,
            column.recorded.date,
            *(str(column.counts[word]) for word in WORDS),
        )
        for column in matrix.columns
    ]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        texts = (f"{text:<{width}}" for text, width in zip(row[:4], widths[:4], strict=True))
        numbers = (f"{text:>{width}}" for text, width in zip(row[4:], widths[4:], strict=True))
        line = "  ".join([*texts, *numbers])
        yield screen.painted(_DIM, line) if number == 0 else line
    if matrix.missing:
        yield from screen.wrapped(f"no verdict is recorded of {', '.join(matrix.missing)}")
    for column in matrix.columns:
        new = sum(column.cells[name].is_new for name in matrix.clauses)
        if new:
            yield f"! {column.title}: {counted(new, 'clause')} broken in a way that is not known"


def _themes(matrix: Matrix, screen: Screen) -> Iterator[str]:
    yield ""
    yield from screen.wrapped("✓ all kept   3: so many clauses are broken   - none judged   empty: does not apply")
    yield ""
    width = max(len(f"{theme} ({len(group)})") for theme, group in matrix.themes.items()) + 2
    yield from _heads(matrix, width, screen)
    for theme, group in matrix.themes.items():
        cells = (_theme_sign(column.theme(group), screen) for column in matrix.columns)
        yield f"{f'{theme} ({len(group)})':{width}}{''.join(cells)}".rstrip()


def _theme_sign(counts: Counter[str], screen: Screen) -> str:
    if counts[BROKEN]:
        return screen.painted(_RED, f"{counts[BROKEN]:>{_CELL - 1}} ")
    word = next((word for word in (KEPT, NOT_JUDGED) if counts[word]), DOES_NOT_APPLY)
    return f"{SIGNS[word]:>{_CELL - 1}} "


def _heads(matrix: Matrix, width: int, screen: Screen) -> Iterator[str]:
    heads = [f"{column.recorded.release:>{_CELL - 1}} " for column in matrix.columns]
    yield screen.painted(_DIM, f"{'':{width}}{''.join(heads)}".rstrip())
    stores = [
        f"{_STORES[column.recorded.store] if ' ' in column.title else '':>{_CELL - 1}} " for column in matrix.columns
    ]
    if any(store.strip() for store in stores):
        yield screen.painted(_DIM, f"{'':{width}}{''.join(stores)}".rstrip())


def _sign(cell: Cell, screen: Screen) -> str:
    text = f"{'!' if cell.is_new else SIGNS[cell.word]:>{_CELL - 1}} "
    return screen.painted(_RED, text) if cell.word == BROKEN else text


def _deviations(matrix: Matrix, screen: Screen) -> Iterator[str]:
    if matrix.deviations:
        yield from ("", screen.painted(_BOLD, "deviations that explain what is broken"))
    for name, columns in matrix.deviations.items():
        broken = dict.fromkeys(
            key for column in columns for key, cell in column.cells.items() if name in cell.deviations
        )
        where = ", ".join(column.title for column in columns)
        yield from screen.wrapped(f"{name} ({where}): {', '.join(broken)}", 2, 4)


def _column(column: Column, matrix: Matrix, screen: Screen) -> Iterator[str]:
    recorded, counts = column.recorded, column.counts
    head = f"pgwatch {recorded.version} ({column.in_words}), judged on {recorded.date}, effort {recorded.effort}"
    yield from _painted_first(screen.wrapped(head, 0, 2), screen)
    yield from screen.wrapped(", ".join(f"{counts[word]} {word}" for word in WORDS if counts[word]), 2)
    cells = {name: column.cells[name] for name in matrix.clauses}
    for name, cell in cells.items():
        if cell.word == BROKEN:
            yield ""
            yield screen.painted(_BOLD, name)
            yield from screen.wrapped(matrix.clauses[name].says, 2)
            for case in cell.cases:
                yield from _case([column], case, screen)
    for word in (NOT_JUDGED, DOES_NOT_APPLY):
        names = [name for name, cell in cells.items() if cell.word == word]
        if names:
            yield ""
            yield from screen.wrapped(f"{word}: {counted(len(names), 'clause')}", 0)
            yield from screen.wrapped(", ".join(names), 2)


def _case(columns: Sequence[Column], case: Case, screen: Screen) -> Iterator[str]:
    """Return a failure that some columns have alike."""
    label, known = columns[0].recorded.label, columns[0].known
    yield from screen.wrapped(", ".join(map(label, case.failure.operations)), 2)
    yield from screen.wrapped(f"expected  {case.failure.expected}", 4, 6)
    yield from screen.wrapped(f"actual    {case.failure.actual}", 4, 6)
    for name in case.deviations:
        yield from screen.wrapped(f"known     {name}: {known.title(name)}", 4, 6)
        sources = dict.fromkeys(entry.source for column in columns for entry in column.known.of(name))
        for source in sources:
            yield from screen.wrapped(f"seen      {source}", 4, 6)
    if case.unexplained:
        on = ", ".join(map(label, case.unexplained))
        yield from screen.wrapped(f"not known on {on}: the release's ledger has nothing for it", 4, 6)


def _on_what(column: Column, cell: Cell) -> str:
    if cell.word == DOES_NOT_APPLY:
        return f"{cell.word}; the release has no operation that it is about"
    if not cell.operations:
        return f"{cell.word}; the verdict is older than the clause"
    words = [word for word in (BROKEN, KEPT, NOT_JUDGED) if cell.operations.get(word)]
    parts = (f"{word} on {', '.join(map(column.recorded.label, cell.operations[word]))}" for word in words)
    return "; ".join(parts)


def _painted_first(lines: Iterable[str], screen: Screen) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line if number else screen.painted(_BOLD, line)


def _widest(chosen: Iterable[Clause]) -> int:
    return max(len(_rest(clause)) for clause in chosen) + 3


def _rest(clause: Clause) -> str:
    return clause.id.partition(".")[2] or clause.id
