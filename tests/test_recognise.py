"""``verify --release auto``: which release a server is, found out by reading alone."""

import contextlib

import pytest

from contract_tests.contract import load_contract
from contract_tests.guard import Guard, Permission
from contract_tests.pace import Pace, TimeLimit
from contract_tests.recognise import Recognised, recognise
from contract_tests.target import Target
from contract_tests.transport import Http, Transport
from pgwatch_contract.mock_process import launch_mock
from tests.conftest import ROOT

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
    assert ask("--release", release).candidates == CERTAIN[release]


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
