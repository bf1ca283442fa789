"""The commands ``verify`` and ``clauses``: a thin face on pytest, and on the list of clauses."""

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from contract_tests.contract.clauses import LAYERS, read_clauses
from contract_tests.contract.document import Operation, load_contract
from contract_tests.contract.needs import OPTIONS as NEEDS
from contract_tests.contract.needs import needs_of
from contract_tests.errors import NotJudged
from contract_tests.report.write import remove_reports
from contract_tests.run.plan import EXIT_NOT_JUDGED
from contract_tests.run.run import judge
from contract_tests.target.settings import settings_of
from pgwatch_contract.command_line import Command, option
from pgwatch_contract.files import data_file
from pgwatch_contract.suite_options import VARIABLES, suite_options, values_in

_TEXT = """\
Judge a server against the contract, openapi.yaml.

\b
  pgwatch-contract verify
      the mock, started for the purpose
  pgwatch-contract verify http://127.0.0.1:8080 --user admin
      a server, read-only
  pgwatch-contract verify URL --user admin --allow-writes
      also adds, changes and deletes sources of its own
  pgwatch-contract verify --layer log --thorough
      one layer, with patience
  pgwatch-contract verify URL --user admin --release auto
      by what its release means to do; known deviations count
  pgwatch-contract verify --deviate delete-unknown-is-200
      see the suite catch a deviation

At a URL nothing is written unless --allow-writes is given: a guard refuses such requests before they are sent. What
--allow-writes adds has names of its own and is deleted at the end, also after Ctrl-C.
"""
_LAYERS = ", ".join(LAYERS)
_AFTER = """\
Exit code: 0 the server conforms, 1 it does not, 2 it could not be judged. Every option is an environment variable
too, as named in brackets; secrets are safer there. Arguments after -- go to pytest: verify URL -- -k unknown -x
"""


class _Verify(Command):
    """The command, whose arguments after ``--`` are pytest's. A wrong option too leaves no old verdict."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments that are the command's own."""
        here = args.index("--") if "--" in args else len(args)
        ctx.obj = args[here + 1 :]
        try:
            _remove_old_reports(args[:here])
        except NotJudged as error:
            print(f"not judged: {error}", file=sys.stderr)
            ctx.exit(EXIT_NOT_JUDGED)
        return super().parse_args(ctx, args[:here])


@click.pass_context
def _verify(context: click.Context, /, url: str | None, **_: object) -> int:
    try:
        values = values_in(context)
        values["password"] = _password(url, values)
        return judge(settings_of(url, values), context.obj)
    except NotJudged as error:
        print(f"not judged: {error}", file=sys.stderr)
        return EXIT_NOT_JUDGED


VERIFY = _Verify(
    "verify",
    _verify,
    suite_options(),
    [click.Argument(["url"], required=False, metavar="[URL]")],
    variables=VARIABLES,
    help=_TEXT,
    epilog=_AFTER,
)


def _clauses(text: str, layer: str | None) -> int:
    contract = load_contract(data_file("openapi.yaml"))
    found = [clause for clause in read_clauses().values() if text in clause.id and layer in (None, clause.layer)]
    for clause in found:
        operations: list[Operation | None] = [*clause.operations_in(contract)]
        about = ", ".join(map(str, operations)) or "the server as a whole"
        needs = dict.fromkeys(need for operation in operations or [None] for need in needs_of(clause, operation))
        options = "; ".join(NEEDS[need] for need in needs)
        print(
            f"{clause.id}\n  {clause.says}\n  {clause.layer}: {about}" + (f"\n  at a URL: {options}" if needs else "")
        )
    if not found:
        print(f"no clause has {text!r} in its id; pgwatch-contract clauses lists all", file=sys.stderr)
    return 0 if found else 2


CLAUSES = Command(
    "clauses",
    _clauses,
    {
        "which": [
            option("--layer", metavar="LAYER", type=click.Choice(LAYERS), text=f"only clauses of this layer: {_LAYERS}")
        ]
    },
    [click.Argument(["text"], required=False, default="", metavar="[TEXT]")],
    help="List the clauses of the contract, or those alone whose id holds a text.",
)


def _password(url: str | None, values: Mapping[str, Any]) -> str | None:
    user, password = values["user"], values["password"]
    if url is None or user is None or password is not None:
        return str(password) if password is not None else None
    if not sys.stdin.isatty():
        raise NotJudged("--user is given and no password: give it in PGWATCH_CONTRACT_PASSWORD")
    return getpass.getpass(f"password of {user} at {url}: ")


def _remove_old_reports(arguments: list[str]) -> None:
    report = click.Option(["--report"], envvar=f"{VARIABLES}_REPORT")
    wants_help = click.Option(["-h", "--help"], is_flag=True)
    liberal = {"ignore_unknown_options": True, "allow_extra_args": True}
    seeker = click.Command("seek", params=[report, wants_help], add_help_option=False, context_settings=liberal)
    found = seeker.make_context("seek", list(arguments), resilient_parsing=True).params
    if found["report"] and not found["help"]:
        remove_reports(Path(found["report"]))
