"""The mock of each recorded release answers as the real server did."""

import re
from pathlib import Path

import pytest
import yaml

from pgwatch_contract.command_line import run
from pgwatch_contract.parity.cli import PARITY
from pgwatch_contract.releases.release import read_release, release_names
from tests.conftest import ROOT

pytestmark = pytest.mark.once

RECORDINGS = sorted(ROOT.glob("releases/*/recordings/*.yaml"))


@pytest.mark.parametrize("file", RECORDINGS, ids=[file.stem for file in RECORDINGS])
def test_the_mock_answers_as_recorded(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 99 % of the answers of mock --release X are identical, and each other one has a stated reason."""
    code = run(PARITY, [str(file)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "stated as different, but identical" not in printed


def test_the_releases_that_were_asked_for_are_recorded() -> None:
    """There is a recording of 3.0, 3.1, 3.7, 4.2, 5.3 and 6.0, and with PostgreSQL of one of each way of its store."""
    names = {file.stem for file in RECORDINGS}
    assert {"3.0-yaml", "3.1-yaml", "3.7-yaml", "4.2-yaml", "5.3-yaml", "6.0-yaml"} <= names
    assert {"3.0-postgres", "3.1-postgres", "3.7-postgres", "5.3-postgres"} <= names


@pytest.mark.parametrize("file", RECORDINGS, ids=[file.stem for file in RECORDINGS])
def test_a_recording_holds_no_secret_and_no_token(file: Path) -> None:
    """Nothing in it is a token, the path of a machine, or too long to read; its head names release and store."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.", text)
    assert str(Path.home()) not in text
    assert str(ROOT) not in text
    assert len(text) < 400_000
    head = yaml.load(text, yaml.CSafeLoader)
    assert head["release"] in release_names()
    assert head["version"] in read_release(head["release"]).tags
    assert file.stem.endswith(head["store"])
