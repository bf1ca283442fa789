"""``pgwatch-contract compare``: the command line, and what it prints."""

import random
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

import click
import yaml

from pgwatch_contract.command_line import Command, option
from pgwatch_contract.files import data_file
from pgwatch_contract.parity.compare.equivalence import Outcome, Search
from pgwatch_contract.parity.compare.found import Known
from pgwatch_contract.parity.compare.operations import Words, deletions, operations_of
from pgwatch_contract.parity.compare.outcome_text import as_text, searched
from pgwatch_contract.parity.compare.sequences import sequences
from pgwatch_contract.parity.compare.servers import Play, Servers
from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.normalise import NORMALISATIONS, explained, normalisations_of, normalise
from pgwatch_contract.parity.own_mock import PASSWORD, USER
from pgwatch_contract.parity.player import Player
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import Release, ReleaseError, read_release

_TEXT = """\
Look for a difference between two servers: a mock and a real pgwatch, two versions of pgwatch, or what you like.

Both get the same random requests, in sequences of about 25: the operations of the release on a few names that are
added, replaced and deleted again and again; bodies with wrong types, missing fields and broken JSON; odd names, paths,
methods and tokens. Their answers are compared, and after each write their lists. The first difference is made as short
as it gets, and printed as curl commands to repeat it.

It adds, replaces and deletes sources, metrics and presets on both servers, and deletes again what it added. Do not
give it a server that somebody needs.

\b
  pgwatch-contract mock --release 5.3 --port 8081 \\
          --sources s.yaml --metrics m.yaml --user admin --password made-up
  pgwatch-contract compare http://127.0.0.1:8080 http://127.0.0.1:8081 \\
          --release 5.3 --password made-up --throwaway
      both servers have to start with the same sources, metrics and presets

Differences to pass over (--known FILE) are a list in YAML:

\b
  - reason: The other server has no limit for bodies.
    operation: addSource      # an operationId, or none for others
    path: ^/source            # a regular expression in path and query
    body: '"Group": "x{9}'    # one in the body of the request
    part: status              # status, body, a header's name, or list

The reason is needed, and counted in the output; one of operation, path and body has to be there; without part all
parts may differ. After a known difference of a list the sequence ends, as the servers no longer hold the same.

Answers are compared after these normalisations (map-order: not for releases before 3.5; row-order: with --store
postgres only):

\b
"""
_AFTER = "Exit code: 0 no difference, 1 the servers differ, 2 it was not possible to tell."

_THROWAWAY = (
    "it would add, replace and delete sources, metrics and presets on both servers; give --throwaway to say that both "
    "may be thrown away"
)
_KEYS = {"reason", "operation", "path", "body", "part"}


def _search(**options: Any) -> int:
    given = SimpleNamespace(**options)
    given.seed = random.randrange(10**6) if given.seed is None else given.seed
    progress = _Progress(sys.stderr, given.operations)
    try:
        outcome = _compare(given, progress.show)
    except (NotPossible, ReleaseError, OSError) as error:
        progress.clear()
        print(f"pgwatch-contract compare: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        progress.clear()
        print(f"pgwatch-contract compare: interrupted {progress.so_far}", file=sys.stderr)
        return 2
    progress.clear()
    print(as_text(outcome, given.urls, given.seed, given.password))
    return 1 if outcome.found else 0


def _compare(given: SimpleNamespace, progress: Callable[[Outcome], None]) -> Outcome:
    if not given.throwaway:
        raise NotPossible(f"nothing was sent: {_THROWAWAY}")
    known = read_known(given.known) if given.known else []
    release = read_release(given.release) if given.release else None
    document = release_document(given.release) if given.release else _yaml(data_file("openapi.yaml"))
    prefix = f"compare-{secrets.token_hex(3)}-"
    secret = release.dialect.get("secret") if release else None
    words = Words(prefix, given.user, given.password, has_secret=bool(secret))
    one, other = (_play(Player(url, given.user, given.password, secret), release, given.store) for url in given.urls)
    servers = Servers((one, other), deletions(operations_of(document)))
    servers.settle(f"{prefix}nobody")
    return Search(servers, known, progress).run(sequences(document, words), given.operations, given.seed)


def _play(player: Player, release: Release | None, store: str) -> Play:
    names = normalisations_of(release, store) if release else tuple(each for each in NORMALISATIONS)
    if store != "postgres":
        names = tuple(each for each in names if each != "row-order")
    return lambda request: normalise(player.play(request), request, names)


def read_known(file: Path) -> list[Known]:
    """Return the differences that a file lists. Raises NotPossible where it is no such list."""
    listed = _yaml(file) or []
    if not isinstance(listed, list):
        raise NotPossible(f"{file}: it has to be a list of differences; see --help")
    return [_known(file, number, entry) for number, entry in enumerate(listed, 1)]


def _known(file: Path, number: int, entry: Any) -> Known:
    where = f"{file}: entry {number}"
    if not isinstance(entry, dict) or not all(isinstance(each, str) for each in entry.values()):
        raise NotPossible(f"{where}: it has to be an object whose values are texts; see --help")
    if unknown := sorted(map(str, set(entry) - _KEYS)):
        raise NotPossible(f"{where}: unknown key {unknown[0]!r}: the keys are {', '.join(sorted(_KEYS))}")
    if not entry.get("reason") or not set(entry) & {"operation", "path", "body"}:
        raise NotPossible(f"{where}: it needs a reason, and one of operation, path and body")
    part = entry["part"].lower() if "part" in entry else None
    try:
        path = re.compile(entry["path"]) if "path" in entry else None
        body = re.compile(entry["body"].encode()) if "body" in entry else None
    except re.error as error:
        raise NotPossible(f"{where}: not a regular expression: {error}") from None
    return Known(entry["reason"], entry.get("operation"), path, body, part)


def _yaml(file: Path) -> Any:
    try:
        return yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise NotPossible(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None


class _Progress:
    """One line on a terminal that says how far the search is; nothing elsewhere."""

    def __init__(self, out: TextIO, operations: int) -> None:
        self._out = out
        self._operations = operations
        self._is_shown = out.isatty()
        self.so_far = "before anything was compared"

    def show(self, outcome: Outcome) -> None:
        """Show how far it is."""
        found = "a" if outcome.found else "no"
        self.so_far = f"after {searched(outcome)}, with {found} difference so far"
        if outcome.found:
            text = f"they differ; making it shorter: {len(outcome.found.steps)} operations"
        else:
            text = f"{outcome.operations:,} of {self._operations:,} operations, {outcome.sequences:,} sequences"
            text += f", {outcome.known.total():,} known differences" if outcome.known else ""
        self._write(text)

    def clear(self) -> None:
        """Take the line away."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._is_shown:
            self._out.write(f"\r\x1b[K{text}")
            self._out.flush()


def _count(text: str) -> int:
    number = int(text.replace(",", "").replace("_", "")) if text.strip("0123456789,_") == "" and text else 0
    if number < 1:
        raise ValueError(f"{text!r} is no number of operations: give 1 or more, such as 10000")
    return number


COMPARE = Command(
    "compare",
    _search,
    {
        "what to send": [
            option("--release", metavar="X", show_default="the contract", text="the release whose operations are sent"),
            option(
                "--store",
                type=click.Choice(["yaml", "postgres"]),
                default="yaml",
                show_default=True,
                text="where they keep their sources",
            ),
            option("--operations", metavar="N", read=_count, default=1000, show_default=True, text="how many"),
            option("--seed", metavar="NUMBER", type=int, show_default="by chance", text="repeats a search"),
            option("--known", metavar="FILE", read=Path, text="differences to pass over"),
        ],
        "the servers": [
            option("--user", metavar="NAME", default=USER, show_default=True, text="the user to log in as, on both"),
            option("--password", metavar="PASSWORD", default=PASSWORD, show_default=True, text="its password"),
            option("--throwaway", is_flag=True, text="both servers may be thrown away: they are written to"),
        ],
    },
    [click.Argument(["urls"], nargs=2, metavar="URL URL")],
    help=_TEXT + explained(),
    epilog=_AFTER,
)
