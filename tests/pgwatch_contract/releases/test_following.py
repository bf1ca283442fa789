"""Releases follow one another: what a file leaves out is as before, and what it says wrongly is refused in one line."""

import shutil
from pathlib import Path

import pytest

from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import ReleaseError, read_release, release_names
from tests.conftest import ROOT

NAMES = release_names()
NEXT = """\
overlay: 1.0.0
info: {title: pgwatch 99.0, version: '99.0'}
extends: ../../openapi.yaml
actions:
  - target: $.components.schemas.Source.properties
    update:
      Color: {type: string, description: How it is painted.}
  - target: $.components.schemas.Source.required
    update: Color
x-release:
  follows: 'NEWEST'
  family: Z
  tags: [v99.0.0]
  built-in: [{metrics: 78, presets: 17}]
  summary: As before; sources have a colour.
  deviations:
    connect-error-tells-the-password: null
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all releases' overlays, which count in place of the project's own."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        shutil.copy(ROOT / f"releases/{name}/overlay.yaml", tmp_path / name)
    monkeypatch.setattr("pgwatch_contract.releases.release.FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("5.3", "overlay: 1.0.0 -> overlay: 2.0.0", 'overlay: "1.0.0" was expected'),
        ("5.3", "version: '5.3' -> version: '5.4'", "info.version is '5.4'; it must be the folder's name, '5.3'"),
        ("5.3", "  family: I -> ", 'x-release: "family" is a required property'),
        ("3.1", "readiness-lies:\n      source -> readiness-lies:\n      seen", "x-release.deviations.readiness-lies"),
        ("5.0", "pgx: 9 -> pgx: 4", "x-release.dialect.pgx: 4"),
        ("5.0", "$.servers -> $.server", "target $.server: it matches nothing"),
        ("5.0", "actions: -> actions: [", "not valid YAML"),
        ("5.3", "follows: '5.2' -> follows: '6.0'", "x-release.follows: '6.0' is no release before 5.3"),
        ("5.3", "follows: '5.2' -> follows: '5.1'", "x-release.follows: '5.1' is no release before 5.3"),
        ("5.3", "secret: null -> secrets: null", "dialect.secrets: null, and the release before has no secrets"),
        ("6.0", "[no-prometheus] -> [no-phone]", "the release before has no action 'no-phone'; it has no-prometheus"),
    ],
)
def test_a_wrong_file_is_one_line(name: str, change: str, said: str, folder: Path) -> None:
    """A file that does not fit its schema, the release it follows, or the contract, is refused with its path."""
    old, new = change.split(" -> ")
    file = folder / name / "overlay.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReleaseError) as caught:
        release_document(name)
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_new_release_says_what_it_changes(folder: Path) -> None:
    """A release that follows the newest is like it, ledger included, but for what its file of a few lines says."""
    (folder / "99.0").mkdir()
    (folder / "99.0" / "overlay.yaml").write_text(NEXT.replace("NEWEST", NAMES[-1]), encoding="utf-8")
    assert release_names()[-1] == "99.0"
    before, new = read_release(NAMES[-1]), read_release("v99.0.0")
    mended = [each for each in before.deviations if each.name != "connect-error-tells-the-password"]
    assert (list(new.deviations), new.watch_out, new.dialect) == (mended, before.watch_out, before.dialect)
    old, document_of_new = release_document(NAMES[-1]), release_document("99.0")
    assert "Color" in document_of_new["components"]["schemas"]["Source"]["properties"]
    del document_of_new["components"]["schemas"]["Source"]["properties"]["Color"]
    document_of_new["components"]["schemas"]["Source"]["required"].remove("Color")
    assert {**document_of_new, "info": old["info"]} == old
