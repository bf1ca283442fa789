"""The command ``matrix``: shows the recorded verdicts, records one, writes the documentation."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from contract_tests.matrix import terminal
from contract_tests.matrix.data import as_data
from contract_tests.matrix.docs import write_docs
from contract_tests.matrix.errors import MatrixError
from contract_tests.matrix.html import as_page
from contract_tests.matrix.markdown import as_markdown
from contract_tests.matrix.record import record
from contract_tests.matrix.recorded import STORES, read_recorded
from contract_tests.matrix.table import Matrix, make_matrix
from contract_tests.matrix.terminal import Screen
from pgwatch_contract.command_line import Command, go_together, option

_TEXT = """\
Show which release of pgwatch keeps which clause of the contract, as recorded verdicts on real servers have it, and
which known deviation explains what is broken.

\b
  pgwatch-contract matrix
      the releases, and each theme or clause
  pgwatch-contract matrix --release 5.3
      all that 5.3 breaks, and why
  pgwatch-contract matrix --clause source.stores-every-field
      one clause at all releases
  pgwatch-contract matrix --html matrix.html
      a page
  pgwatch-contract verify URL --release 5.3 --throwaway --report DIR
  pgwatch-contract matrix --record DIR \\
          --release 5.3 --store yaml --version 5.3.0
      keep the verdict of a run on a real server, or of several
"""
_AFTER = "Exit code: 0 done, 2 not understood or not possible."


def _matrix(**options: Any) -> int:
    go_together(options, "markdown", "json", "html", "docs", "record")
    given = SimpleNamespace(**options)
    try:
        if given.record:
            return _record(given)
        if given.reports:
            raise click.UsageError(f"{given.reports[0]} is no option: folders of reports go with --record")
        _show(given, make_matrix(read_recorded(given.verdicts)))
    except MatrixError as error:
        print(f"pgwatch-contract matrix: {error}", file=sys.stderr)
        return 2
    return 0


def _record(given: SimpleNamespace) -> int:
    if not given.reports:
        raise click.UsageError("--record needs what verify --report wrote: folders, or verdict.json")
    lacking = [f"--{name}" for name in ("release", "store", "version") if getattr(given, name) is None]
    if lacking:
        raise MatrixError(f"--record needs {', '.join(lacking)}: the verdict does not say which server it was")
    file = record(given.reports, given.release, given.store, given.version, given.verdicts)
    print(f"{file}: recorded")
    return 0


def _show(given: SimpleNamespace, whole: Matrix) -> None:
    if given.docs:
        for file in write_docs(whole, given.docs):
            print(file)
        return
    shown = _chosen(given, whole)
    if given.html:
        _write(given.html, as_page(shown))
        print(given.html)
    elif given.json:
        print(json.dumps(as_data(shown), indent=2, ensure_ascii=False))
    elif given.markdown:
        print(as_markdown(shown), end="")
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        for line in _lines(given, shown, Screen(width, sys.stdout.isatty() and "NO_COLOR" not in os.environ)):
            print(line)


def _chosen(given: SimpleNamespace, whole: Matrix) -> Matrix:
    """Return the matrix without the releases, stores and clauses that were not asked for."""
    columns = whole.of(given.release) if given.release else whole.columns
    columns = [column for column in columns if given.store in (None, column.recorded.store)]
    if not columns and whole.columns:
        raise MatrixError(f"no verdict on {given.release or 'any release'} with the store {given.store} is recorded")
    clauses = whole.find(given.clause) if given.clause else whole.clauses.values()
    missing = () if given.release or given.store else whole.missing
    return Matrix(tuple(columns), {clause.id: clause for clause in clauses}, missing)


def _lines(given: SimpleNamespace, shown: Matrix, screen: Screen) -> Iterator[str]:
    if given.clause and len(shown.clauses) == 1:
        return terminal.clause(shown, next(iter(shown.clauses.values())), screen)
    if given.clause:
        return terminal.clauses(shown, screen)
    if given.release:
        return terminal.release(shown, screen)
    return terminal.overview(shown, screen, given.all)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MatrixError(f"{file}: cannot be written: {error.strerror}") from None


MATRIX = Command(
    "matrix",
    _matrix,
    {
        "what to show": [
            option("--release", metavar="X", text="a release: all that it breaks, with expected, actual and source"),
            option("--clause", metavar="ID", text="a clause at all releases; or the clauses whose id holds this"),
            option("--all", is_flag=True, text="a line for each clause, however narrow the terminal"),
        ],
        "in which form": [
            option("--markdown", is_flag=True, text="print Markdown"),
            option("--json", is_flag=True, text="print JSON, for programs"),
            option("--html", metavar="FILE", read=Path, text="write one self-contained page"),
            option("--docs", metavar="DIR", read=Path, text="write releases.md and releases/X.md, the documentation"),
            option(
                "--record",
                is_flag=True,
                text="keep the verdict of a run on a real server, or of several: REPORT is a folder of "
                "verify --report, or verdict.json",
            ),
        ],
        "of which server": [
            option("--store", type=click.Choice(STORES), text="where it keeps its sources"),
            option("--version", metavar="V", text="for --record: the version that was run, such as 5.3.0"),
            option(
                "--verdicts",
                metavar="DIR",
                read=Path,
                show_default="those that come with the tool",
                text="the folder of recorded verdicts",
            ),
        ],
    },
    [click.Argument(["reports"], nargs=-1, metavar="[REPORT ...]", type=click.Path(path_type=Path))],
    help=_TEXT,
    epilog=_AFTER,
)
