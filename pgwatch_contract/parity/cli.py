"""``pgwatch-contract record`` and ``pgwatch-contract parity``."""

import contextlib
import datetime
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import click

from pgwatch_contract.command_line import Command, option
from pgwatch_contract.parity.comparison import LEAST_SHARE, compare, recorded_by
from pgwatch_contract.parity.entry import Entry
from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.exchange import Answer
from pgwatch_contract.parity.normalise import explained, normalisations_of, normalise
from pgwatch_contract.parity.own_mock import PASSWORD, USER, running_mock
from pgwatch_contract.parity.player import Player
from pgwatch_contract.parity.recording import Recording, read_recording, write_recording
from pgwatch_contract.parity.report import as_json, as_text
from pgwatch_contract.parity.requests_list import read_requests
from pgwatch_contract.releases.release import Release, ReleaseError, read_release

_THROWAWAY = (
    "it adds, replaces and deletes sources, metrics and presets of the server; give --throwaway to say that this "
    "server was started for it and may be thrown away"
)


def _ends(command: str, play: Callable[[], int]) -> int:
    try:
        return play()
    except BrokenPipeError:
        raise
    except (NotPossible, ReleaseError, OSError) as error:
        print(f"pgwatch-contract {command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2


def _record(given: SimpleNamespace) -> int:
    if not given.throwaway:
        raise NotPossible(f"{given.url} would not be the same afterwards: {_THROWAWAY}")
    release = read_release(given.release)
    entries = read_requests(release, given.store)
    answers = recorded_by(entries, _plays(given.url, (given.user, given.password), release, given.store))
    recording = Recording(
        release.name,
        _tag(release, given.release),
        given.store,
        datetime.datetime.now(datetime.UTC).date().isoformat(),
        normalisations_of(release, given.store),
        answers,
    )
    write_recording(recording, given.output)
    print(f"{given.output}: {len(answers)} answers of pgwatch {recording.version} ({given.store} store)")
    return 0


def _parity(given: SimpleNamespace) -> int:
    if given.url and not given.throwaway:
        raise NotPossible(f"{given.url} would not be the same afterwards: {_THROWAWAY}")
    recording = read_recording(given.recording)
    release = read_release(given.release or recording.release)
    marks = {entry.id: entry.marks for entry in read_requests(read_release(recording.release), recording.store)}
    with _target(given, release, recording) as (url, name, login):
        verdict = compare(recording, _plays(url, login, release, recording.store), name, marks)
    print(json.dumps(as_json(verdict), indent=2) if given.json else as_text(verdict))
    return 0 if verdict.alike else 1


@contextlib.contextmanager
def _target(
    given: SimpleNamespace, release: Release, recording: Recording
) -> Iterator[tuple[str, str, tuple[str, str]]]:
    if given.url:
        yield given.url, given.url, (given.user, given.password)
        return
    options = ["--release", release.name, "--store", recording.store]
    with running_mock(*options) as url:
        yield url, f"mock --release {release.name} --store {recording.store}", (USER, PASSWORD)


def _plays(url: str, login: tuple[str, str], release: Release, store: str) -> Callable[[Entry], Answer]:
    player = Player(url, *login, secret=release.dialect.get("secret"))
    names = normalisations_of(release, store)
    return lambda entry: normalise(player.play(entry.request), entry.request, names)


def _tag(release: Release, given: str) -> str:
    wanted = f"v{given.removeprefix('v')}"
    return next((tag for tag in release.tags if tag == wanted or tag.startswith(f"{wanted}.")), release.tags[0])


_NORMALISATIONS = f"\b\n{explained()}"
_SERVER = {
    "the server": [
        option("--user", metavar="NAME", default=USER, show_default=True, text="the user to log in as"),
        option("--password", metavar="PASSWORD", default=PASSWORD, show_default=True, text="its password"),
        option("--throwaway", is_flag=True, text="the server may be thrown away: it is written to"),
    ]
}
RECORD = Command(
    "record",
    lambda **given: _ends("record", lambda: _record(SimpleNamespace(**given))),
    {
        "what to write": [
            option("--output", "-o", metavar="FILE", read=Path, required=True, text="where to write the recording"),
            option("--release", metavar="X", required=True, text="the release it is, such as 5.3 or v5.3.0"),
            option(
                "--store",
                type=click.Choice(["yaml", "postgres"]),
                default="yaml",
                show_default=True,
                text="where it keeps its sources",
            ),
        ],
        **_SERVER,
    },
    [click.Argument(["url"], metavar="URL")],
    help="Play a release's list of requests to a server and write down what it answers.\n\nThe server has to be "
    "freshly started with fixtures/parity/sources.yaml and metrics.yaml. It is written to.\n\nNormalisations, applied "
    f"to each answer before it is written:\n\n{_NORMALISATIONS}",
)
PARITY = Command(
    "parity",
    lambda **given: _ends("parity", lambda: _parity(SimpleNamespace(**given))),
    {
        "what to compare": [
            option("--release", metavar="X", text="the release that the server, or the mock, stands for"),
            option("--json", is_flag=True, text="print the verdict as JSON"),
        ],
        **_SERVER,
    },
    [
        click.Argument(["recording"], metavar="FILE", type=click.Path(path_type=Path)),
        click.Argument(["url"], metavar="[URL]", required=False),
    ],
    help="Play recorded requests to another server, or to a mock that is started for it, and say how far they answer "
    f"alike.\n\nExit code 0: every difference has a reason, and at least {LEAST_SHARE:g} % of the answers are "
    "identical; 1: not so; 2: not possible.\n\nNormalisations, applied to each answer before it is compared:\n\n"
    f"{_NORMALISATIONS}",
)
