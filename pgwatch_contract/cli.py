"""The ``pgwatch-contract`` command: it hands over to the tool that its first argument names."""

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from pgwatch_contract import __version__
from pgwatch_contract.command_line import WIDTH, run
from pgwatch_contract.surroundings import settle


@dataclass(frozen=True)
class Tool:
    """A tool: the module and the Click command in it; what it does.

    Its module is imported when it is asked for: each has heavy dependencies of its own.
    """

    module: str
    command: str
    text: str


COMMANDS = {
    "mock": Tool("mockserver.command.cli", "MOCK", "serve the API from memory, in place of a pgwatch server"),
    "verify": Tool("contract_tests.run.cli", "VERIFY", "judge a server, or the mock, against the contract"),
    "clauses": Tool("contract_tests.run.cli", "CLAUSES", "list what a server is judged by"),
    "matrix": Tool("contract_tests.matrix.cli", "MATRIX", "show which release of pgwatch keeps which clause"),
    "spec": Tool("pgwatch_contract.releases.spec_cli", "SPEC", "write the contract, or that of a release"),
    "diff": Tool("pgwatch_contract.releases.spec_cli", "DIFF", "say what changed between two releases"),
    "record": Tool("pgwatch_contract.parity.cli", "RECORD", "write down what a server answers to many requests"),
    "parity": Tool("pgwatch_contract.parity.cli", "PARITY", "say how far another server, or the mock, is alike"),
    "compare": Tool("pgwatch_contract.parity.compare.cli", "COMPARE", "look for a difference between two servers"),
}
"""All commands, in the order in which ``--help`` lists them."""


class Tools(click.Group):
    """All commands; of each the module is imported once it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Return the command of a name; raise UsageError, which lists them, where there is none."""
        tool = COMMANDS.get(cmd_name)
        if tool is None:
            raise click.UsageError(f"unknown command {cmd_name!r}: the commands are {', '.join(COMMANDS)}", ctx)
        command: click.Command = getattr(importlib.import_module(tool.module), tool.command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, tool.text) for name, tool in COMMANDS.items()])


TOOLS = Tools(
    "pgwatch-contract",
    help="The contract of pgwatch's HTTP API and log stream, put to work.",
    epilog="pgwatch-contract COMMAND --help explains a command and its options.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            help="Show the version and exit.",
            callback=lambda context, _, given: _tell_version(context) if given else None,
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)


def _tell_version(context: click.Context) -> None:
    print(f"pgwatch-contract {__version__}")
    context.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 2 not understood or not possible.

    Takes the arguments after the program's name; by default those of the process.
    """
    try:
        settle()
        return run(TOOLS, list(sys.argv[1:] if arguments is None else arguments) or ["--help"], "pgwatch-contract")
    except BrokenPipeError:  # whoever reads the output has seen enough, as in: ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("pgwatch-contract: interrupted", file=sys.stderr)
        return 2
