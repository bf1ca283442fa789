"""The commands ``verify`` and ``clauses``: a thin face on pytest, and on the list of clauses."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from contract_tests.clauses import LAYERS, read_clauses
from contract_tests.contract import Operation, load_contract
from contract_tests.errors import NotJudged
from contract_tests.ledger import ledger_of
from contract_tests.needs import OPTIONS as NEEDS
from contract_tests.needs import needs_of
from contract_tests.options import AUTO, OPTIONS, PYTEST_PREFIX, add_options, settings_of
from contract_tests.plugin import EXIT_NOT_JUDGED, plan_of
from contract_tests.progress import Progress
from contract_tests.report.terminal import in_lines
from pgwatch_contract.files import data_file

_DESCRIPTION = """\
Judge a server against the contract, openapi.yaml.

  pgwatch-contract verify                                       the mock, started for the purpose
  pgwatch-contract verify http://127.0.0.1:8080 --user admin    a server, read-only
  pgwatch-contract verify URL --user admin --allow-writes       also adds, changes and deletes sources of its own
  pgwatch-contract verify --layer log --thorough                one layer, with patience
  pgwatch-contract verify URL --user admin --release auto       by what its release means to do; known deviations count
  pgwatch-contract verify --deviate delete-unknown-is-200       see the suite catch a deviation

At a URL nothing is written unless --allow-writes is given: a guard refuses such requests before they are sent. What
--allow-writes adds has names of its own and is deleted at the end, also after Ctrl-C.
"""
_EPILOG = """\
Exit code: 0 the server conforms, 1 it does not, 2 it could not be judged. Every option is an environment variable
too, as named in brackets; secrets are safer there. Arguments after -- go to pytest: verify URL -- -k unknown -x
"""


def verify(arguments: Sequence[str]) -> int:
    """Judge a server and print the verdict; return 0 (conforms), 1 (does not) or 2 (not judged)."""
    try:
        given = _parser().parse_args(_before(arguments))
        _ask_for_password(given)
        return _run(given, _after(arguments))
    except NotJudged as error:
        print(f"not judged: {error}", file=sys.stderr)
        return EXIT_NOT_JUDGED


def clauses(arguments: Sequence[str]) -> int:
    """Print all clauses, or those whose id contains a text; return 0, or 2 where none does."""
    parser = _Parser(prog="pgwatch-contract clauses", description="List the clauses of the contract.")
    parser.add_argument("text", nargs="?", default="", help="only clauses whose id holds this")
    parser.add_argument("--layer", choices=LAYERS, help="only clauses of this layer")
    chosen = parser.parse_args(list(arguments))
    contract = load_contract(data_file("openapi.yaml"))
    found = [
        clause
        for clause in read_clauses().values()
        if chosen.text in clause.id and chosen.layer in (None, clause.layer)
    ]
    for clause in found:
        operations: list[Operation | None] = [*clause.operations_in(contract)]
        about = ", ".join(map(str, operations)) or "the server as a whole"
        needs = dict.fromkeys(need for operation in operations or [None] for need in needs_of(clause, operation))
        options = "; ".join(NEEDS[need] for need in needs)
        print(
            f"{clause.id}\n  {clause.says}\n  {clause.layer}: {about}" + (f"\n  at a URL: {options}" if needs else "")
        )
    if not found:
        print(f"no clause has {chosen.text!r} in its id; pgwatch-contract clauses lists all", file=sys.stderr)
    return 0 if found else 2


def _run(given: argparse.Namespace, for_pytest: Sequence[str]) -> int:
    values = {option.key: getattr(given, f"contract_{option.key}") for group in OPTIONS.values() for option in group}
    settings = settings_of(given.url, values)
    release = None if settings.release == AUTO else settings.release
    load_contract(settings.spec, release)  # a wrong file is to be one line, not pytest's several
    ledger_of(release, settings.store, settings.ledger, read_clauses())
    command = ["--pyargs", "contract_tests", *map(str, given.checks), *for_pytest]
    command += ["-p", "contract_tests.plugin", "-p", "no:terminal", "-p", "no:cacheprovider", "--assert=plain"]
    command += ["-c", str(Path(__file__).parent / "pytest.ini")]
    if given.url:
        command += ["--base-url", given.url]
    if settings.report:
        command += ["--junitxml", str(settings.report / "junit.xml")]
    for group in OPTIONS.values():
        for option in group:
            command += _as_arguments(PYTEST_PREFIX + option.name, values[option.key])
    os.environ.pop("PYTEST_ADDOPTS", None)
    progress = Progress(sys.stderr)
    pytest.main(command, plugins=[progress])
    progress.clear()
    plan = plan_of(progress.config) if progress.config else None
    if progress.stopped_by or plan is None or plan.verdict is None:
        print(f"not judged: {progress.stopped_by or 'the suite did not run: see above'}", file=sys.stderr)
    if plan is None or plan.verdict is None:
        return EXIT_NOT_JUDGED
    for line in in_lines(plan.verdict, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ):
        print(line)
    return EXIT_NOT_JUDGED if progress.stopped_by or not plan.verdict.judged else int(plan.verdict.is_red)


def _as_arguments(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [name] if value else []
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [f"{name}={each}" for each in values]


def _ask_for_password(given: argparse.Namespace) -> None:
    if given.url is None or given.contract_user is None or given.contract_password is not None:
        return
    if not sys.stdin.isatty():
        raise NotJudged("--user is given and no password: give it in PGWATCH_CONTRACT_PASSWORD")
    given.contract_password = getpass.getpass(f"password of {given.contract_user} at {given.url}: ")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pgwatch-contract verify",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", nargs="?", metavar="URL", help="the server to judge; without it, the mock is started")
    add_options(parser.add_argument_group, "add_argument", "--")
    parser.add_argument(
        "--checks", action="append", default=[], type=Path, metavar="FOLDER",
        help="a folder with a conftest.py (and tests) of your own, which count too (repeatable)",
    )  # fmt: skip
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see --help", file=sys.stderr)
        raise SystemExit(EXIT_NOT_JUDGED)


def _before(arguments: Sequence[str]) -> list[str]:
    given = list(arguments)
    return given[: given.index("--")] if "--" in given else given


def _after(arguments: Sequence[str]) -> list[str]:
    given = list(arguments)
    return given[given.index("--") + 1 :] if "--" in given else []
