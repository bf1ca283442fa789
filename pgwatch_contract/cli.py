"""The ``pgwatch-contract`` command: it hands over to the tool that its first argument names."""

import os
import sys
from collections.abc import Sequence

from pgwatch_contract import __version__

USAGE = """\
usage: pgwatch-contract COMMAND [OPTION ...]

The contract of pgwatch's HTTP API and log stream, put to work.

commands:
  mock        serve the API from memory, in place of a pgwatch server
  verify      judge a server, or the mock, against the contract
  clauses     list what a server is judged by

  pgwatch-contract COMMAND --help   explains a command and its options
  pgwatch-contract --version        prints the version
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 2 not understood or not possible.

    Takes the arguments after the program's name; by default those of the process.
    """
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except BrokenPipeError:  # whoever reads the output has seen enough, as in: ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(given: list[str]) -> int:
    command = given[0] if given else "--help"
    if command in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if command == "--version":
        print(f"pgwatch-contract {__version__}")
        return 0
    # The tools are imported when they are asked for: each has heavy dependencies of its own.
    if command == "mock":
        from mockserver.cli import main as mock  # noqa: PLC0415

        return mock(given[1:])
    if command == "verify":
        from contract_tests.cli import verify  # noqa: PLC0415

        return verify(given[1:])
    if command == "clauses":
        from contract_tests.cli import clauses  # noqa: PLC0415

        return clauses(given[1:])
    print(
        f"pgwatch-contract: unknown command {command!r}: the commands are: mock, verify, clauses; see --help",
        file=sys.stderr,
    )
    return 2
