"""The ``pgwatch-contract`` command: it hands over to the tool that its first argument names."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pgwatch_contract import __version__
from pgwatch_contract.surroundings import settle


@dataclass(frozen=True)
class Command:
    """A tool: the module and the function in it, which takes the arguments and returns the exit code; what it does.

    Its module is imported when it is asked for: each has heavy dependencies of its own.
    """

    module: str
    function: str
    text: str


COMMANDS = {
    "mock": Command("mockserver.command.cli", "main", "serve the API from memory, in place of a pgwatch server"),
    "verify": Command("contract_tests.run.cli", "verify", "judge a server, or the mock, against the contract"),
    "clauses": Command("contract_tests.run.cli", "clauses", "list what a server is judged by"),
    "matrix": Command("contract_tests.matrix.cli", "matrix", "show which release of pgwatch keeps which clause"),
    "spec": Command("pgwatch_contract.releases.spec_cli", "spec", "write the contract, or that of a release"),
    "diff": Command("pgwatch_contract.releases.spec_cli", "diff", "say what changed between two releases"),
    "record": Command("pgwatch_contract.parity.cli", "record", "write down what a server answers to many requests"),
    "parity": Command("pgwatch_contract.parity.cli", "parity", "say how far another server, or the mock, is alike"),
    "compare": Command("pgwatch_contract.parity.compare.cli", "compare", "look for a difference between two servers"),
}
"""All commands, in the order in which ``--help`` lists them."""


def usage() -> str:
    """Return what ``--help`` prints."""
    commands = "".join(f"  {name:11} {command.text}\n" for name, command in COMMANDS.items())
    return f"""\
usage: pgwatch-contract COMMAND [OPTION ...]

The contract of pgwatch's HTTP API and log stream, put to work.

commands:
{commands}
  pgwatch-contract COMMAND --help   explains a command and its options
  pgwatch-contract --version        prints the version
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 2 not understood or not possible.

    Takes the arguments after the program's name; by default those of the process.
    """
    try:
        settle()
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except BrokenPipeError:  # whoever reads the output has seen enough, as in: ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("pgwatch-contract: interrupted", file=sys.stderr)
        return 2


def _run(given: list[str]) -> int:
    name = given[0] if given else "--help"
    if name in ("-h", "--help", "help"):
        print(usage(), end="")
        return 0
    if name == "--version":
        print(f"pgwatch-contract {__version__}")
        return 0
    command = COMMANDS.get(name)
    if command is None:
        print(
            f"pgwatch-contract: unknown command {name!r}: the commands are: {', '.join(COMMANDS)}; see --help",
            file=sys.stderr,
        )
        return 2
    run: Callable[[Sequence[str]], int] = getattr(importlib.import_module(command.module), command.function)
    return run(given[1:])
