"""The matrix as Markdown, and the parts of it that the documentation shows too."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from contract_tests.contract.clauses import Clause
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_JUDGED
from contract_tests.matrix.recorded import WORDS
from contract_tests.matrix.table import SIGNS, Cell, Column, Matrix
from contract_tests.words import plain

KEY = "✓ kept, ✗ broken in a known way, **!** broken in a way that is not known, - not judged, empty: does not apply"


_MARKUP = r"[\\`*_\[\]|~]"


def as_markdown(matrix: Matrix) -> str:
    """Return the matrix as a page: the releases with counts, the clauses by theme, the deviations that explain them."""
    lines = [
        "# Which release of pgwatch keeps which clause",
        "",
        *summary(matrix),
        "",
        KEY,
        *clauses(matrix),
        *deviations(matrix),
    ]
    return "\n".join(lines) + "\n"


def summary(matrix: Matrix, link: Callable[[str], str] = str) -> Iterator[str]:
    """Return a table of the recorded verdicts with the counts of clauses; ``link`` makes a release's name a link."""
    rows = (
        (
            link(column.recorded.release),
            column.recorded.store,
            column.recorded.version,
            column.recorded.date,
            *(str(column.counts[word]) for word in WORDS),
        )
        for column in matrix.columns
    )
    yield from table(("release", "store", "version", "recorded", *WORDS), rows, right=len(WORDS))
    if matrix.missing:
        yield from ("", f"No verdict is recorded of {', '.join(map(link, matrix.missing))}.")


def themes(matrix: Matrix) -> Iterator[str]:
    """Return a table with a row for each theme: how many of its clauses each release breaks."""
    rows = (
        (f"{theme} ({len(group)})", *(_theme_sign(column, group) for column in matrix.columns))
        for theme, group in matrix.themes.items()
    )
    yield from table(("theme", *(column.title for column in matrix.columns)), rows, right=len(matrix.columns))


def clauses(matrix: Matrix, heading: str = "##") -> Iterator[str]:
    """Return a table for each theme: clauses, the sign for each release, the deviations that explain what is broken."""
    for theme, group in matrix.themes.items():
        yield from ("", f"{heading} {theme}", "")
        rows = (
            (
                code(clause.id),
                *(_sign(column.cells[clause.id]) for column in matrix.columns),
                ", ".join(_explanations(matrix, clause)),
            )
            for clause in group
        )
        yield from table(("clause", *(column.title for column in matrix.columns), "explained by"), rows)


def deviations(matrix: Matrix) -> Iterator[str]:
    """Return the deviations that explain broken clauses, with what they do and where they were seen."""
    if matrix.deviations:
        yield from ("", "## Deviations", "")
    for name, columns in matrix.deviations.items():
        seen = ", ".join(column.title for column in columns)
        yield f"- {code(name)} ({seen}): {text(columns[0].known.title(name))}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> Iterator[str]:
    """Return a table; its last ``right`` columns are aligned to the right."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * (len(head) - right)}{'--:|' * right}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def text(words: str) -> str:
    """Return a text so that nothing in it is Markdown or HTML; ``|`` in it ends no cell of a table."""
    return re.sub(_MARKUP, r"\\\g<0>", escape(plain(words), quote=False))


def code(words: str) -> str:
    """Return a text as code within a line; in HTML, where every character can stand in a cell of a table."""
    shown = escape(plain(words), quote=False)
    return f"<code>{re.sub(_MARKUP, lambda found: f'&#{ord(found[0])};', shown)}</code>"


def _explanations(matrix: Matrix, clause: Clause) -> Iterator[str]:
    """Return the deviations that explain a clause, each with its releases where others break the clause without it."""
    broken = [column for column in matrix.columns if column.cells[clause.id].word == BROKEN]
    names = dict.fromkeys(name for column in broken for name in column.cells[clause.id].deviations)
    for name in names:
        where = [column.title for column in broken if name in column.cells[clause.id].deviations]
        yield code(name) + (f" ({', '.join(where)})" if len(where) < len(broken) else "")
    if new := [column.title for column in broken if column.cells[clause.id].is_new]:
        yield f"**not known** ({', '.join(new)})"


def _sign(cell: Cell) -> str:
    return "**!**" if cell.is_new else "-" if cell.word == NOT_JUDGED else SIGNS[cell.word]


def _theme_sign(column: Column, group: Sequence[Clause]) -> str:
    counts = column.theme(group)
    if counts[BROKEN]:
        return str(counts[BROKEN])
    return "✓" if counts[KEPT] else "-" if counts[NOT_JUDGED] else ""
