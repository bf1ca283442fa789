"""The commands ``verify`` and ``clauses``: a thin face on pytest, and on the list of clauses."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from contract_tests.contract.clauses import LAYERS, read_clauses
from contract_tests.contract.document import Operation, load_contract
from contract_tests.contract.needs import OPTIONS as NEEDS
from contract_tests.contract.needs import needs_of
from contract_tests.errors import NotJudged
from contract_tests.report.write import remove_reports
from contract_tests.run.plan import EXIT_NOT_JUDGED
from contract_tests.run.run import judge
from contract_tests.target.settings import settings_of
from pgwatch_contract.files import data_file
from pgwatch_contract.help_format import HelpFormatter
from pgwatch_contract.suite_options import add_options, values_of

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
        _remove_old_reports(_before(arguments))
        given = _parser().parse_args(_before(arguments))
        _ask_for_password(given)
        values = values_of(lambda name: getattr(given, name, None), os.environ)
        return judge(settings_of(given.url, values), _after(arguments))
    except (NotJudged, ValueError) as error:
        print(f"not judged: {error}", file=sys.stderr)
        return EXIT_NOT_JUDGED


def clauses(arguments: Sequence[str]) -> int:
    """Print all clauses, or those whose id contains a text; return 0, or 2 where none does."""
    parser = _Parser(prog="pgwatch-contract clauses", description="List the clauses of the contract.")
    parser.add_argument("text", nargs="?", default="", help="only clauses whose id holds this")
    parser.add_argument(
        "--layer", choices=LAYERS, metavar="LAYER", help=f"only clauses of this layer: {', '.join(LAYERS)}"
    )
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


def _ask_for_password(given: argparse.Namespace) -> None:
    user = given.contract_user or os.environ.get("PGWATCH_CONTRACT_USER")
    password = given.contract_password or os.environ.get("PGWATCH_CONTRACT_PASSWORD")
    if given.url is None or user is None or password is not None:
        return
    if not sys.stdin.isatty():
        raise NotJudged("--user is given and no password: give it in PGWATCH_CONTRACT_PASSWORD")
    given.contract_password = getpass.getpass(f"password of {user} at {given.url}: ")


def _remove_old_reports(arguments: list[str]) -> None:
    """Remove what an earlier run has reported: a wrong option too is to leave no old verdict."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--report", default=os.environ.get("PGWATCH_CONTRACT_REPORT"))
    parser.add_argument("-h", "--help", action="store_true")
    found, _ = parser.parse_known_args([each for each in arguments if each != "--report" or arguments[-1] != each])
    if found.report and not found.help:
        remove_reports(Path(found.report))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pgwatch-contract verify",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("url", nargs="?", metavar="URL", help="the server to judge; without it, the mock is started")
    add_options(parser.add_argument_group, "add_argument", "--")
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
