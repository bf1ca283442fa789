"""One run of ``verify``: pytest on the suite alone, whatever the folder and the environment it is started in."""

import contextlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from contract_tests.contract.clauses import read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.errors import NotJudged
from contract_tests.judging.ledger import ledger_of
from contract_tests.judging.record import Record
from contract_tests.judging.verdict import NOT_JUDGED, Verdict, reach_verdict
from contract_tests.report.terminal import in_lines
from contract_tests.report.write import remove_reports, write_reports
from contract_tests.run.plan import plan_of
from contract_tests.run.progress import Progress
from contract_tests.target.guard import Permission
from contract_tests.target.settings import Settings
from pgwatch_contract.suite_options import AUTO

_OF_OTHER_RUNS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
_SUITE = Path(__file__).parent.parent
_WRITES_ANEW = """\
note: --allow-writes adds, changes and deletes sources of the suite's own, none of them enabled. A server that keeps its
note: sources in a YAML file writes that file anew with each: comments, null and variables in it are lost, and of a
note: variable ($NAME) the value is written in its place.
"""


def judge(settings: Settings, for_pytest: Sequence[str] = ()) -> int:
    """Judge a server, print the verdict and write the reports; return 0 (conforms), 1 (does not) or 2 (not judged).

    Raises NotJudged, with one line, where the run cannot begin.
    """
    release = None if settings.release == AUTO else settings.release
    if settings.report:
        remove_reports(settings.report)
    contract, clauses = load_contract(settings.spec, release), read_clauses()

    def stopped(why: str) -> Verdict:
        verdict = reach_verdict(settings, contract, clauses, Record(), why, is_void=True)
        if settings.report:
            write_reports(verdict, settings.report)
        return verdict

    stopped("the run has not come to its end")
    try:
        # Which operations a ledger can be about is known once the release is.
        if settings.release != AUTO:
            ledger_of(release, settings.store, settings.ledger, clauses, contract)
        own = _checks_of(settings)
        if settings.base_url is None:
            _insist_on_temporary_folder()
    except NotJudged as error:
        stopped(str(error))
        raise
    progress = Progress(sys.stderr, settings)
    verdict = _run(settings, for_pytest, progress, own)
    verdict = verdict or stopped(progress.stopped_by or "the suite did not run: see above")
    _print(verdict)
    return verdict.exit_code


def _run(
    settings: Settings, for_pytest: Sequence[str], progress: Progress, own: Sequence[ModuleType]
) -> Verdict | None:
    """Let pytest run, and return the verdict; None where it did not come to one."""
    if settings.permission is Permission.OWN:
        print(_WRITES_ANEW, end="", file=sys.stderr)
    with _surroundings_of_its_own():
        pytest.main(_command(settings, for_pytest), plugins=[progress, *own])
    progress.clear()
    plan = plan_of(progress.config) if progress.config else None
    return plan.verdict if plan else None


def _checks_of(settings: Settings) -> list[ModuleType]:
    """Return the conftest.py of each folder of the user's checks that has one; raises NotJudged for a wrong one."""
    for folder in settings.checks:
        if not folder.exists():
            raise NotJudged(f"--checks {folder}: there is no such folder")
    return [_conftest_of(folder) for folder in settings.checks if (folder / "conftest.py").exists()]


def _insist_on_temporary_folder() -> None:
    """Raise NotJudged where there is no folder for what the mocks of a run are started with."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise NotJudged("no folder can be written to for temporary files: name one in TMPDIR") from None


def _command(settings: Settings, for_pytest: Sequence[str]) -> list[str]:
    """Return what pytest is told: the suite's tests and the user's, and nothing that stands in some folder."""
    command = ["-c", str(_SUITE / "pytest.ini"), "--rootdir", str(_SUITE), "--noconftest", "--capture=sys"]
    command += ["-p", "pgwatch_contract.pytest_entry", "-p", "no:terminal", "-p", "no:cacheprovider", "--assert=plain"]
    return [*command, *for_pytest, str(_SUITE), *map(str, settings.checks)]


def _conftest_of(folder: Path) -> ModuleType:
    """Return the conftest.py of a folder of checks, which is the only one that counts; NotJudged where it is wrong."""
    file = folder.resolve() / "conftest.py"
    spec = importlib.util.spec_from_file_location(f"contract_checks_{abs(hash(file))}", file)
    if spec is None or spec.loader is None:
        raise NotJudged(f"{file} is no module of Python")
    module = importlib.util.module_from_spec(spec)
    sys.path.append(str(file.parent))  # for modules beside it; after all others
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001  # somebody else's code
        raise NotJudged(f"{file} cannot be loaded: {type(error).__name__}: {error}") from None
    return module


@contextlib.contextmanager
def _surroundings_of_its_own() -> Iterator[None]:
    """Keep from pytest what the user's environment says of other runs of it."""
    before = {name: os.environ.pop(name, None) for name in _OF_OTHER_RUNS}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _print(verdict: Verdict) -> None:
    """Print the verdict: its first line is its last one too, for a log is read from its end.

    Of a run that has judged nothing there is only to say why.
    """
    if verdict.word == NOT_JUDGED and verdict.ended:
        print(f"not judged: {verdict.ended}", file=sys.stderr)
        return
    has_colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    first, *rest = in_lines(verdict, colour=has_colours)
    try:
        for line in [first, *rest, *(["", first] if rest else [])]:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as in: ... | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
