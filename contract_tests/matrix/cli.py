"""The command ``matrix``: shows the recorded verdicts, records one, writes the documentation."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

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
from pgwatch_contract.help_format import HelpFormatter

_DESCRIPTION = """\
Show which release of pgwatch keeps which clause of the contract, as recorded verdicts on real servers have it, and
which known deviation explains what is broken.

  pgwatch-contract matrix                                 the releases, and each theme or clause
  pgwatch-contract matrix --release 5.3                   all that 5.3 breaks, and why
  pgwatch-contract matrix --clause source.stores-every-field
  pgwatch-contract matrix --html matrix.html
  pgwatch-contract verify URL --release 5.3 --throwaway --report DIR
  pgwatch-contract matrix --record DIR --release 5.3 --store yaml --version 5.3.0
"""
_EPILOG = "Exit code: 0 done, 2 not understood or not possible."


def matrix(arguments: Sequence[str]) -> int:
    """Run the command with these arguments, and return its exit code: 0 done, 2 not understood or not possible."""
    try:
        given = _parser().parse_args(list(arguments))
        if given.record:
            return _record(given)
        _show(given, make_matrix(read_recorded(given.verdicts)))
    except MatrixError as error:
        print(f"pgwatch-contract matrix: {error}", file=sys.stderr)
        return 2
    return 0


def _record(given: argparse.Namespace) -> int:
    lacking = [f"--{name}" for name in ("release", "store", "version") if getattr(given, name) is None]
    if lacking:
        raise MatrixError(f"--record needs {', '.join(lacking)}: the verdict does not say which server it was")
    file = record(given.record, given.release, given.store, given.version, given.verdicts)
    print(f"{file}: recorded")
    return 0


def _show(given: argparse.Namespace, whole: Matrix) -> None:
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


def _chosen(given: argparse.Namespace, whole: Matrix) -> Matrix:
    """Return the matrix without the releases, stores and clauses that were not asked for."""
    columns = whole.of(given.release) if given.release else whole.columns
    columns = [column for column in columns if given.store in (None, column.recorded.store)]
    if not columns and whole.columns:
        raise MatrixError(f"no verdict on {given.release or 'any release'} with the store {given.store} is recorded")
    clauses = whole.find(given.clause) if given.clause else whole.clauses.values()
    missing = () if given.release or given.store else whole.missing
    return Matrix(tuple(columns), {clause.id: clause for clause in clauses}, missing)


def _lines(given: argparse.Namespace, shown: Matrix, screen: Screen) -> Iterator[str]:
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pgwatch-contract matrix",
        usage="%(prog)s [OPTION ...]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    what = parser.add_argument_group("what to show")
    what.add_argument("--release", metavar="X", help="a release: all that it breaks, with expected, actual and source")
    what.add_argument("--clause", metavar="ID", help="a clause at all releases; or the clauses whose id holds this")
    what.add_argument("--all", action="store_true", help="a line for each clause, however narrow the terminal")
    form = parser.add_argument_group("in which form").add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument(
        "--json",
        action="store_true",
        help="print JSON, for programs",
    )
    form.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page")
    form.add_argument("--docs", type=Path, metavar="DIR", help="write releases.md and releases/X.md, the documentation")
    form.add_argument(
        "--record", type=Path, metavar="REPORT", nargs="+",
        help="keep the verdict of a run on a real server, or of several: folders of verify --report, or verdict.json",
    )  # fmt: skip
    which = parser.add_argument_group("of which server")
    which.add_argument("--store", choices=STORES, help="where it keeps its sources")
    which.add_argument("--version", metavar="V", help="for --record: the version that was run, such as 5.3.0")
    which.add_argument(
        "--verdicts", type=Path, metavar="DIR",
        help="the folder of recorded verdicts; default: those that come with the tool",
    )  # fmt: skip
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see --help", file=sys.stderr)
        raise SystemExit(2)
