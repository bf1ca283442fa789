"""``verify --release auto``: which release a server is, found out by reading, and by a source where that may be."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from contract_tests.asking.transport import Http, Transport
from contract_tests.contract.document import load_contract
from contract_tests.run.recognise import Recognised, recognise, with_release
from contract_tests.target.guard import Guard, Permission
from contract_tests.target.pace import Pace, TimeLimit
from contract_tests.target.target import Target
from pgwatch_contract.mock_process import launch_mock
from pgwatch_contract.suite_options import AUTO
from tests.conftest import ROOT
from tests.support.report_verdicts import settings

pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
CERTAIN = {
    "3.0": ("3.0",),
    "3.1": ("3.1",),
    "3.3": ("3.3",),
    "3.5": ("3.5",),
    "4.0": ("4.0",),
    "4.2": ("4.2",),
    "5.0": ("5.2", "5.0"),
    "5.2": ("5.2", "5.0"),
    "5.3": ("5.3", "6.0"),
    "6.0": ("5.3", "6.0"),
}
"""What each release is taken for; the first is what it is judged as."""


def ask(*options: str) -> Recognised:
    """Ask a mock which release it is, by requests that the guard lets out to servers that may only be read."""
    contract = load_contract(ROOT / "openapi.yaml")
    mock = launch_mock(["--spec", str(contract.file), *options])
    try:
        target = Target(mock.url, contract, is_mock=True)
        transport = Transport(target, Guard(Permission.READ, ""), Pace(None), TimeLimit(60), [])
        with contextlib.closing(transport):
            target.token = Http(transport).send("POST", "/login", json=target.credentials, token="").text
            return recognise(Http(transport))
    finally:
        mock.kill()


@pytest.mark.parametrize("release", CERTAIN)
def test_a_release_is_found(release: str) -> None:
    """A server that answers as a release does is taken for it, or for it and those that answer alike."""
    found = ask("--release", release).candidates
    assert found == CERTAIN[release], f"{__file__}: CERTAIN says which releases read alike; a new one may be among them"


def test_the_contract_is_no_release() -> None:
    """The mock that keeps the contract is none."""
    found = ask()
    assert found.best is None
    assert found.in_words == "this is no release of pgwatch that is known"


def test_how_sure_it_is() -> None:
    """The words say what it was taken for, and between which releases that was not clear."""
    assert Recognised(("4.2",)).in_words.startswith("pgwatch 4.2, found by what it answers")
    assert Recognised(("5.2", "5.0")).in_words == (
        "pgwatch 5.0 or 5.2: no request that only reads tells them apart here; judged as 5.2"
    )
    assert Recognised(("5.3", "6.0"), has_written=True).in_words == (
        "pgwatch 5.3 or 6.0: no request tells them apart here; judged as 5.3"
    )


@pytest.mark.parametrize(
    ("permission", "release", "read", "written"),
    [
        ("allow_writes", "3.3", ("3.5", "3.3"), ("3.3",)),
        ("allow_writes", "3.5", ("3.5", "3.3"), ("3.5",)),
        ("allow_writes", "5.0", ("5.2", "5.0"), ("5.0",)),
        ("throwaway", "5.2", ("5.2", "5.0"), ("5.2",)),
        ("throwaway", "6.0", ("5.3", "6.0"), ("5.3", "6.0")),
    ],
)
def test_a_run_that_may_write_tells_more_apart(
    permission: str, release: str, read: tuple[str, ...], written: tuple[str, ...], tmp_path: Path
) -> None:
    """A source of the run's own tells apart what reads alike; a server without any, and with plain metrics, is asked.

    What was added for that is gone afterwards: reading tells no more than before.
    """
    (tmp_path / "sources.yaml").write_text("[]")
    (tmp_path / "metrics.yaml").write_text("metrics: {a: {sqls: {11: select 1}}}\npresets: {}")
    options = ["--sources", str(tmp_path / "sources.yaml"), "--metrics", str(tmp_path / "metrics.yaml")]
    mock = launch_mock(["--release", release, *options])
    try:
        told = settings(mock.url, release=AUTO)
        assert with_release(told)[1].candidates == read, f"{__file__}: a release that reads alike stands in this table"
        judged_as, found = with_release(replace(told, **{permission: True}))
        why = f"{__file__}: the table says which releases answer alike; a new one may be among them"
        assert (judged_as.release, found.candidates) == (written[0], written), why
        assert with_release(told)[1].candidates == read, f"{__file__}: a release that reads alike stands in this table"
    finally:
        mock.kill()
