"""The matrix as one self-contained HTML page, in the look of the suite's report."""

from pathlib import Path

from markupsafe import Markup

import contract_tests.report
from contract_tests.judging.verdict import BROKEN
from contract_tests.matrix.recorded import WORDS
from contract_tests.matrix.table import SIGNS, Column, Matrix
from contract_tests.report.html import environment_of
from contract_tests.words import counted, plain

_FOLDER = Path(__file__).parent
_STYLES = (Path(contract_tests.report.__file__).parent / "page.css", _FOLDER / "matrix.css")


def as_page(matrix: Matrix) -> str:
    """Return the matrix as an HTML page that needs no other file."""
    environment = environment_of(_FOLDER)
    environment.filters["plain"] = plain
    style = "".join(file.read_text(encoding="utf-8") for file in _STYLES)
    return environment.get_template("page.html").render(
        matrix=matrix,
        style=Markup(style),  # noqa: S704  # our own files
        broken=_broken(matrix),
        sources=lambda name: _sources(matrix, name),
        words=WORDS,
        signs=SIGNS,
        counted=counted,
    )


def _broken(matrix: Matrix) -> dict[str, list[list[Column]]]:
    """Return the broken clauses; of each, the releases that broke it in the very same way together."""
    found = {}
    for clause in matrix.clauses:
        groups = [group for group in matrix.alike(clause) if group[0].cells[clause].word == BROKEN]
        if groups:
            found[clause] = groups
    return found


def _sources(matrix: Matrix, name: str) -> list[str]:
    """Return where a deviation was seen, in all releases that it explains something of."""
    return list(dict.fromkeys(entry.source for column in matrix.deviations[name] for entry in column.known.of(name)))
