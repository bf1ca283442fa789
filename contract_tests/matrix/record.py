"""How a verdict of the contract suite becomes a recorded one: only what the matrix shows, and nothing secret."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.contract.clauses import SERVER, read_clauses
from contract_tests.judging.verdict import BROKEN, KEPT, KNOWN, NOT_JUDGED
from contract_tests.matrix.errors import MatrixError
from contract_tests.matrix.recorded import FORMAT, STORES, Recorded, as_text, from_data
from contract_tests.target.marks import MARK
from contract_tests.words import counted
from pgwatch_contract.files import data_file
from pgwatch_contract.releases.release import ReleaseError, read_release

_FILE = "verdict.json"
_WORDS = {KEPT: KEPT, BROKEN: BROKEN, KNOWN: BROKEN}
"""The words of the suite in those of the matrix, which finds out itself what is known; all others: not judged."""
_TOKEN = re.compile(r"\beyJ[\w-]*\.[\w-]+\.[\w-]*")
_RUN = re.compile(rf"{MARK.pattern}|\bcontract-\d+-")
_ADDRESS = re.compile(r"\b(?:127\.0\.0\.1|localhost|\[::1\]):\d+")
_PATH = re.compile(r"(?<![\w/.])/(?:home|mnt|opt|root|srv|tmp|usr|var|work)/[^\s:\"'`]+")


def record(reports: Sequence[Path], release: str, store: str, version: str, folder: Path | None = None) -> Path:
    """Write what reports of ``verify`` found of a release into its folder, or another one, and return the file.

    Takes for each run verdict.json or the folder it is in, the release as ``read_release`` takes it, its store and the
    version that was run; date, seed and effort are kept of the first run. Raises MatrixError for a verdict that is none
    on a whole release: of the mock, of some layers, stopped.
    """
    try:
        name = read_release(release).name
    except ReleaseError as error:
        raise MatrixError(str(error)) from None
    if store not in STORES:
        raise MatrixError(f"store {store!r}: it is one of {', '.join(STORES)}")
    recorded = recorded_from(list(map(_read, reports)), name, store, version)
    file = (folder or data_file("releases") / name / "verdicts") / f"{recorded.name}.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(as_text(recorded), encoding="utf-8")
    except OSError as error:
        raise MatrixError(f"{file}: cannot be written: {error.strerror}") from None
    return file


def recorded_from(verdicts: Sequence[Mapping[str, Any]], release: str, store: str, version: str) -> Recorded:
    """Return what is kept of verdicts on one server (data of verdict.json); raises MatrixError as ``record`` does."""
    for each in verdicts:
        _insist_on_a_whole_one(each)
        _insist_on_the_same(each, release, store)
    verdict, labels = verdicts[0], _labels(verdicts[0])
    clauses = _clauses(verdicts)
    failures = [failure for each in verdicts for failure in _all_failures(each)]
    place = {name: number for number, name in enumerate([*clauses, *labels])}
    failures.sort(key=lambda each: (place[each["clause"]], place.get(each["operation"], -1)))
    data = {
        "format": FORMAT,
        "release": release,
        "store": store,
        "version": version.removeprefix("v"),
        "date": verdict["date"][:10],
        "effort": verdict["effort"],
        "seed": verdict["seed"],
        "contract": verdict["contract"]["version"],
        "operations": labels,
        "clauses": clauses,
        "failures": _failures(failures, _hider(verdict["target"])),
    }
    return from_data(data, f"the verdict on {release}")


def _labels(verdict: Mapping[str, Any]) -> dict[str, str]:
    cells = [cell for clause in verdict["clauses"] for cell in clause["operations"]]
    return {cell["operation"]: cell["label"] for cell in cells if cell["operation"]}


def _clauses(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[str | None]]]:
    """Return the operations by clause and word: broken is what any run found to be, kept what else any run judged."""
    words: dict[tuple[str, str | None], str] = {}
    for verdict in verdicts:
        for clause in verdict["clauses"]:
            for each in clause["operations"]:
                cell, word = (clause["id"], each["operation"]), _WORDS.get(each["verdict"], NOT_JUDGED)
                words[cell] = min(words.get(cell, word), word, key=(BROKEN, KEPT, NOT_JUDGED).index)
    clauses: dict[str, dict[str, list[str | None]]] = {name: {} for name in read_clauses()}
    for (name, operation), word in words.items():
        clauses[name].setdefault(word, []).append(operation)
    return clauses


def _all_failures(verdict: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from verdict["failures"]
    for entry in verdict["known"]:
        yield from entry["failures"]


def _failures(failures: list[dict[str, Any]], hide: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return the failures, those of one clause of which the same was found together, whatever was sent."""
    cases: dict[tuple[str, str], dict[str, Any]] = {}
    for each in failures:
        found = hide(each["found"])
        key = each["clause"], found.removeprefix(f"{hide(each['what'])}: ")
        case = {"clause": key[0], "expected": hide(each["expected"]), "actual": hide(each["actual"]), "found": {}}
        there = cases.setdefault(key, case)["found"].setdefault(each["operation"] or SERVER, [])
        if found not in there:
            there.append(found)
    return list(cases.values())


def _insist_on_a_whole_one(verdict: Mapping[str, Any]) -> None:
    if not str(verdict.get("target")).startswith(("http://", "https://")):
        raise MatrixError(f"the verdict is on {verdict.get('target')!r}: record that on a real server, verify URL")
    if verdict["ended"]:
        raise MatrixError(f"the run did not come to its end ({verdict['ended']}): let verify run again")
    if verdict["layersLeftOut"]:
        left_out = ", ".join(verdict["layersLeftOut"])
        raise MatrixError(f"the run left out layers ({left_out}): let verify run without --layer")
    if verdict["errors"]:
        number, first = counted(len(verdict["errors"]), "test"), verdict["errors"][0]["test"]
        raise MatrixError(f"{number} could not judge, such as {first}: mend what kept it from that, and run again")


def _insist_on_the_same(verdict: Mapping[str, Any], release: str, store: str) -> None:
    judged_as = verdict["release"]
    if judged_as is None:
        raise MatrixError(f"it was judged by the contract itself: let verify run with --release {release}")
    if read_release(judged_as).name != release:
        raise MatrixError(
            f"it was judged as {judged_as}: give that release, or let verify run with --release {release}"
        )
    if verdict["store"] not in (None, store):
        raise MatrixError(f"it was judged with --store {verdict['store']}: give that store, or let verify run again")


def _hider(target: str) -> Callable[[str], str]:
    host = urlsplit(target).netloc

    def hide(text: str) -> str:
        """Return a text without tokens, the addresses and files of the machine, and the names of one run."""
        text = _RUN.sub("contract-RUN-", _ADDRESS.sub("HOST", text.replace(host, "HOST")))
        return _PATH.sub("FILE", _TOKEN.sub("TOKEN", text))

    return hide


def _read(report: Path) -> dict[str, Any]:
    file = report / _FILE if report.is_dir() else report
    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise MatrixError(f"{file}: cannot be read: {error.strerror}; verify --report DIR writes it") from None
    except ValueError as error:
        raise MatrixError(f"{file}: not JSON: {error}; give the verdict.json that verify --report wrote") from None
    if not isinstance(data, dict) or not {"clauses", "failures", "known", "release", "target"} <= data.keys():
        raise MatrixError(f"{file}: not a verdict; give the verdict.json that verify --report wrote")
    return data
