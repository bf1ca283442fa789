"""``pgwatch-contract compare``: the command line, and what it prints."""

import argparse
import random
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import yaml

from pgwatch_contract.files import data_file
from pgwatch_contract.help_format import HelpFormatter
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

_DESCRIPTION = """\
Look for a difference between two servers: a mock and a real pgwatch, two versions of pgwatch, or what you like.

Both get the same random requests, in sequences of about 25: the operations of the release on a few names that are
added, replaced and deleted again and again; bodies with wrong types, missing fields and broken JSON; odd names, paths,
methods and tokens. Their answers are compared, and after each write their lists. The first difference is made as short
as it gets, and printed as curl commands to repeat it.

It adds, replaces and deletes sources, metrics and presets on both servers, and deletes again what it added. Do not
give it a server that somebody needs."""

_EPILOG = """\
examples:
  pgwatch-contract mock --release 5.3 --port 8081 --sources s.yaml --metrics m.yaml --user admin --password made-up
  pgwatch-contract compare http://127.0.0.1:8080 http://127.0.0.1:8081 --release 5.3 --password made-up --throwaway
  Both servers have to start with the same sources, metrics and presets.

differences to pass over (--known FILE), as a list in YAML:
  - reason: The other server has no limit for bodies.    # needed; each reason is counted in the output
    operation: addSource      # an operationId, or none for a path or method that the release does not have
    path: ^/source            # a regular expression that is found in path and query
    body: '"Group": "x{9}'    # one that is found in the body of the request
    part: status              # status, body, the name of a header, or list (a list differs after the request)

One of operation, path and body has to be there; without part all parts may differ. After a known difference of a list
the sequence ends, as the servers no longer hold the same.

exit code: 0 no difference, 1 the servers differ, 2 it was not possible to tell

answers are compared after these normalisations (map-order: not for releases before 3.5; row-order: with --store
postgres only):
"""

_THROWAWAY = (
    "it would add, replace and delete sources, metrics and presets on both servers; give --throwaway to say that both "
    "may be thrown away"
)
_KEYS = {"reason", "operation", "path", "body", "part"}


def compare(arguments: Sequence[str]) -> int:
    """Compare two servers; return 0 where no difference was found, 1 where one was, 2 where that is not possible."""
    given = _parser().parse_args(arguments)
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


def _compare(given: argparse.Namespace, progress: Callable[[Outcome], None]) -> Outcome:
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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see --help", file=sys.stderr)
        raise SystemExit(2)


def _count(text: str) -> int:
    number = int(text.replace(",", "").replace("_", "")) if text.strip("0123456789,_") == "" and text else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of operations: give 1 or more, such as 10000")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pgwatch-contract compare",
        description=_DESCRIPTION,
        epilog=_EPILOG + explained(),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("urls", nargs=2, metavar="URL", help="the two servers, such as http://127.0.0.1:8080")
    parser.add_argument("--release", metavar="X", help="the release whose operations are sent; else the contract's")
    parser.add_argument("--store", choices=("yaml", "postgres"), default="yaml", help="where they keep their sources")
    parser.add_argument("--operations", type=_count, default=1000, metavar="N", help="how many (default: 1000)")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="repeats a search (default: by chance)"
    )
    parser.add_argument("--known", type=Path, metavar="FILE", help="differences to pass over; see below")
    parser.add_argument("--user", default=USER, help=f"the user to log in as, on both (default: {USER})")
    parser.add_argument("--password", default=PASSWORD, help=f"its password (default: {PASSWORD})")
    parser.add_argument("--throwaway", action="store_true", help="both servers may be thrown away: they are written to")
    return parser
