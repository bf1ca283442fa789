"""``x-since``: in which releases an operation of the contract is."""

from pathlib import Path

import pytest
import yaml

from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import ReleaseError, release_names
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
