"""``x-since``: in which releases an operation of the contract is."""

from pathlib import Path

import pytest
import yaml

from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import ReleaseError, release_names
from pgwatch_contract.releases.since import actions_of_absence, actions_of_tidiness
from tests.support.documents import document

NAMES = release_names()


def test_an_operation_that_no_release_has_touches_none(tmp_path: Path) -> None:
    """An operation of the contract is in the releases since the one that it names; without a name it is in none."""
    spec = document("contract")
    plain = {
        "operationId": "getColor",
        "tags": ["colors"],
        "responses": {"200": {"$ref": "#/components/responses/Color"}},
    }
    grown = {**spec, "tags": [*spec["tags"], {"name": "colors"}], "paths": {**spec["paths"], "/color": {"get": plain}}}
    responses = {**spec["components"]["responses"], "Color": {"description": "The color."}}
    grown["components"] = {**spec["components"], "responses": responses}
    other = tmp_path / "openapi.yaml"
    other.write_text(yaml.safe_dump(grown), encoding="utf-8")
    for name in NAMES:
        assert release_document(name, other) == release_document(name)
    grown["paths"]["/color"] = {"get": {**plain, "x-since": "5.2"}}
    other.write_text(yaml.safe_dump(grown), encoding="utf-8")
    has_it = [name for name in NAMES if "/color" in release_document(name, other)["paths"]]
    assert has_it == NAMES[NAMES.index("5.2") :]
    assert "x-since" not in yaml.safe_dump(release_document("6.0", other))


@pytest.mark.parametrize("since", ["soon", 3.1, ["3.1"]])
def test_a_since_that_is_no_release_is_refused(since: object, tmp_path: Path) -> None:
    """What is no name of a release cannot say since when an operation is there."""
    spec = document("contract")
    paths = {**spec["paths"], "/color": {"get": {"operationId": "getColor", "x-since": since, "responses": {}}}}
    other = tmp_path / "openapi.yaml"
    other.write_text(yaml.safe_dump({**spec, "paths": paths}), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"x-since .*: it must be the name of a release, such as '3\.1'"):
        release_document("5.3", other)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "text", "paths: 5", "paths: {}", "paths: {/x: null}", "paths: {/x: {get: 5}}", "paths: {/x: {get: {}}}"],
)
def test_what_is_no_contract_has_none_of_the_operations(text: str, tmp_path: Path) -> None:
    """Whatever a file holds in the place of a contract is one line, and no traceback."""
    other = tmp_path / "openapi.yaml"
    other.write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match="has none of the contract's operations"):
        release_document("5.3", other)


@pytest.mark.parametrize("part", ["tags", "components", "x-http-manners"])
@pytest.mark.parametrize("value", [None, 5, ["x"], {"x": 5}])
def test_odd_parts_of_a_contract_are_for_others_to_tell(part: str, value: object) -> None:
    """What is left over is looked for in any document; what is wrong with that is told where it is validated."""
    odd = {**document("contract"), part: value}
    assert actions_of_absence(odd, "5.3")
    assert isinstance(actions_of_tidiness(document("contract"), odd), list)


@pytest.mark.parametrize("path", ["/it's", "/back\\slash", '/"quoted"', "/a[b]", "/ä/{x}"])
def test_any_path_can_be_taken_out(path: str, tmp_path: Path) -> None:
    """An operation that no release has goes, however its path is spelt."""
    spec = document("contract")
    grown = {**spec, "paths": {**spec["paths"], path: {"get": {"operationId": "x", "tags": ["log"], "responses": {}}}}}
    other = tmp_path / "openapi.yaml"
    other.write_text(yaml.safe_dump(grown), encoding="utf-8")
    assert release_document("5.3", other) == release_document("5.3")
