"""The lists of requests: long enough, well-formed, and leaving out no operation."""

from pathlib import Path

import pytest
import yaml

from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.requests_list import FOLDER, read_requests
from pgwatch_contract.parity.tokens import CHANGED, FORGED, WRONG, placeholders
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import read_release, release_names
from tests.conftest import ROOT

RELEASES = pytest.mark.parametrize("name", release_names())


@RELEASES
def test_a_list_is_long_enough(name: str) -> None:
    """Every release has at least 250 requests, for each store."""
    for store in ("yaml", "postgres"):
        assert len(read_requests(read_release(name), store)) >= 250


@RELEASES
def test_every_operation_is_played(name: str) -> None:
    """Each operation of a release's contract is among its requests, with a token that is right where it needs one."""
    played = {
        (entry.request.method, entry.request.target.partition("?")[0].split("/")[1])
        for entry in read_requests(read_release(name))
        if ("Token", "${TOKEN}") in entry.request.headers or entry.request.target.startswith(("/l", "/r"))
    }
    for path, operations in release_document(name)["paths"].items():
        for method in operations.keys() & {"get", "post", "put", "delete"}:
            assert (method.upper(), path.split("/")[1]) in played, f"{method} {path}"


@RELEASES
def test_every_placeholder_can_be_filled_in(name: str) -> None:
    """No request has a placeholder that nobody knows, or a forged token where the release makes up its secret."""
    release = read_release(name)
    known = {"HOST", "TOKEN", *WRONG, *CHANGED, *(FORGED if release.dialect.get("secret") else ())}
    for entry in read_requests(release):
        request = entry.request
        text = f"{request.target} {request.headers} {request.host}".encode() + (request.body or b"")
        assert placeholders(text) <= known, entry.id


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_any_yaml_parser_reads_the_lists(file: Path) -> None:
    """The lists are YAML as the strict parser has it, not only as the fast one does."""
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == yaml.load(file.read_bytes(), yaml.CSafeLoader)


def test_conditions_decide_who_gets_a_request(tmp_path: Path) -> None:
    """only, from, until, store and not-store hold; a list of bodies makes as many requests, each with what follows."""
    (tmp_path / "a.yaml").write_text(
        """
about: Conditions.
requests:
- {id: only, send: GET /a, only: ['3.1', '5.3']}
- {id: from, send: GET /b, from: '4.0'}
- {id: until, send: GET /c, until: '3.5'}
- {id: stored, send: GET /d, store: postgres}
- {id: not-stored, send: GET /e, not-store: postgres}
- {id: each, send: POST /f, bodies: {x: '1', y: '2'}, follow: [{send: GET /f, from: '4.0'}, {send: GET /g}]}
- {id: lines, send: [GET /h, PUT /h]}
""",
        encoding="utf-8",
    )
    ids = [entry.id for entry in read_requests(read_release("5.3"), "postgres", tmp_path)]
    assert ids == [
        "only",
        "from",
        "stored",
        "each.x",
        "each.x.then.1",
        "each.x.then.2",
        "each.y",
        "each.y.then.1",
        "each.y.then.2",
        "lines.1",
        "lines.2",
    ]
    ids = [entry.id for entry in read_requests(read_release("3.3"), "yaml", tmp_path)]
    assert ids == ["until", "not-stored", "each.x", "each.x.then.2", "each.y", "each.y.then.2", "lines.1", "lines.2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("about: x\nrequests: [{id: a, send: GET /}, {id: a, send: PUT /}]", "the id 'a' comes twice"),
        ("about: x\nrequests: [{id: a, send: GET /, bodi: x}]", "requests.0"),
        ("about: x\nrequests: [{send: GET /}]", '"id" is a required property'),
        ("about: [", "not valid YAML"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """A list that is not as its schema has it, or names two requests alike, is refused with the file and the reason."""
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(NotPossible, match=reason) as refused:
        read_requests(read_release("5.3"), "yaml", tmp_path)
    assert "a.yaml" in str(refused.value)


def test_presets_of_the_start_name_defined_metrics_and_no_source_is_enabled() -> None:
    """What a recorded server starts with: all metrics are defined, nothing is monitored, no host exists."""
    content = yaml.safe_load((ROOT / "fixtures/parity/metrics.yaml").read_bytes())
    for preset in content["presets"].values():
        assert preset["metrics"].keys() <= content["metrics"].keys()
    for source in yaml.safe_load((ROOT / "fixtures/parity/sources.yaml").read_bytes()):
        assert source["is_enabled"] is False
        assert ".invalid" in source["conn_str"] or "host=127.0.0.1 " in source["conn_str"]
        assert source.get("preset_metrics", "basic") in content["presets"]
