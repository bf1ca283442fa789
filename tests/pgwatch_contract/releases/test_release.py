"""The releases: their files, how they are found, and what the contract is for each of them."""

import functools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from pgwatch_contract.catalogue import read_entries
from pgwatch_contract.releases.documents import overlay_of, release_document
from pgwatch_contract.releases.following import following
from pgwatch_contract.releases.overlay import apply_overlay
from pgwatch_contract.releases.release import ReleaseError, read_release, release_names
from tests.conftest import ROOT
from tests.support.documents import document, operations_of, resolve_in

NAMES = ["3.0", "3.1", "3.3", "3.5", "4.0", "4.2", "5.0", "5.2", "5.3", "6.0"]
OLD, NEW = NAMES[:4], NAMES[4:]
EVERY = pytest.mark.parametrize("name", NAMES)
# fmt: off
PROBES = {"getLiveness": "get /liveness 200", "getReadiness": "get /readiness 200"}
COMMON = {
    "login": "post /login 200", "listSources": "get /source 200", "testConnection": "post /test-connect 200",
    "listMetrics": "get /metric 200", "listPresets": "get /preset 200", "streamLog": "get /log 101",
}
IN_LISTS = {
    **COMMON, "addSource": "post /source 200", "deleteSource": "delete /source 200",
    "setMetric": "post /metric 200", "deleteMetric": "delete /metric 200",
    "setPreset": "post /preset 200", "deletePreset": "delete /preset 200",
}
BY_PATH = {
    **COMMON, "addSource": "post /source 201", "getSource": "get /source/{name} 200",
    "updateSource": "put /source/{name} 200", "deleteSource": "delete /source/{name} 200",
    "addMetrics": "post /metric 201", "getMetric": "get /metric/{name} 200",
    "setMetric": "put /metric/{name} 200", "deleteMetric": "delete /metric/{name} 200",
    "addPresets": "post /preset 201", "getPreset": "get /preset/{name} 200",
    "setPreset": "put /preset/{name} 200", "deletePreset": "delete /preset/{name} 200",
}
REFUSALS = {
    "addSource": ("400 401 413 415", "400 401 409 413 415"), "getSource": ("", "401 404"),
    "updateSource": ("", "400 401 413 415"), "deleteSource": ("400 401 404", "401 404"),
    "addMetrics": ("", "400 401 409 413 415"), "getMetric": ("", "401 404"),
    "setMetric": ("400 401 413 415", "400 401 413 415"), "deleteMetric": ("400 401 404", "401 404"),
    "addPresets": ("", "400 401 409 413 415"), "getPreset": ("", "401 404"),
    "setPreset": ("400 401 413 415", "400 401 413 415"), "deletePreset": ("400 401 404", "401 404"),
}
# fmt: on
KINDS = ["postgres", "postgres-continuous-discovery", "pgbouncer", "pgpool", "patroni"]


@functools.cache
def content(path: str) -> dict[str, Any]:
    """Return the content of a data file."""
    read: dict[str, Any] = yaml.load((ROOT / path).read_bytes(), yaml.CSafeLoader)
    return read


def schema(name: str, part: str) -> dict[str, Any]:
    """Return a schema of what the contract is for a release."""
    found: dict[str, Any] = document(name)["components"]["schemas"][part]
    return found


def test_there_are_those_that_were_decided() -> None:
    """The releases are these, from the oldest to the newest."""
    assert release_names() == NAMES, f"{__file__}: NAMES says which"


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("5.3", "5.3"),
        ("v5.3.0", "5.3"),
        ("5.3.0", "5.3"),
        (" V5.3 ", "5.3"),
        ("5.1", "5.0"),
        ("v3.7.0", "3.5"),
        ("3.7", "3.5"),
        ("3.2", "3.1"),
        ("3.0.0", "3.0"),
        ("4.1.0", "4.0"),
        ("6.0", "6.0"),
        ("6.0.0-beta", "6.0"),
        ("6.0-beta", "6.0"),
        ("5.3.1", "5.3"),
        ("3.0.1", "3.0"),
        ("6.0.0", "6.0"),
        ("6.0.0-rc1", "6.0"),
        ("5.0.0-beta2", "4.0"),
    ],
)
def test_a_release_is_found_by_every_usual_name(asked: str, name: str) -> None:
    """A name, a tag, and a version with and without its patch level find the file that stands for it."""
    assert read_release(asked).name == name


@pytest.mark.parametrize("asked", ["7.0", "5", "5.4", "3.8.0", "", "v", "../openapi"])
def test_an_unknown_release_is_an_error_that_lists_all(asked: str) -> None:
    """What is no release is refused by one line that says what there is."""
    with pytest.raises(ReleaseError) as caught:
        read_release(asked)
    assert str(caught.value).startswith(f"no release {asked!r}: there are {', '.join(NAMES)}")


def test_every_tag_belongs_to_one_release() -> None:
    """No tag and no family stands in two files, and they follow the names."""
    tags = [tag for name in NAMES for tag in read_release(name).tags]
    families = [read_release(name).family for name in NAMES]
    assert [tag for tag, times in Counter(tags).items() if times > 1] == []
    assert len(tags) == 18
    assert families == list("ABCDEFGHIJ")


@EVERY
def test_a_file_fits_the_schema_of_releases(name: str) -> None:
    """The schema is valid JSON Schema, and the file, after those that it follows, fits it."""
    schema = content("pgwatch_contract/schemas/release.yaml")
    Draft202012Validator.check_schema(schema)
    whole = content("releases/3.0/overlay.yaml")
    for each in NAMES[1 : NAMES.index(name) + 1]:
        whole = dict(following(whole, content(f"releases/{each}/overlay.yaml")))
    errors = Draft202012Validator(schema).iter_errors(whole)
    assert [error.message for error in errors] == []


@EVERY
def test_no_key_is_given_twice(name: str) -> None:
    """No mapping of a file has a key twice, of which YAML parsers would silently drop one."""
    nodes = [yaml.compose((ROOT / f"releases/{name}/overlay.yaml").read_bytes(), yaml.CSafeLoader)]
    twice = []
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            nodes += [value for _, value in node.value]
            counted = Counter(key.value for key, _ in node.value)
            twice += [f"line {node.start_mark.line + 1}: {key}" for key, times in counted.items() if times > 1]
    assert twice == []


@EVERY
def test_a_release_has_exactly_its_operations(name: str) -> None:
    """Every operation that was decided for the release is there, at its path and with its success, and no other."""
    found = operations_of(document(name))
    assert {each: f"{place} {min(part['responses'])}" for each, (place, part) in found.items()} == (
        (BY_PATH if name in NEW else IN_LISTS) | ({} if name == "3.0" else PROBES)
    )


@EVERY
@pytest.mark.parametrize("operation", REFUSALS)
def test_an_operation_documents_exactly_its_refusals(name: str, operation: str) -> None:
    """An operation that reads or writes one thing has the refusals that were decided for it."""
    refusals = REFUSALS[operation][name in NEW]
    found = operations_of(document(name)).get(operation, ("", {"responses": {}}))[1]["responses"]
    assert sorted(status for status in found if status >= "400") == refusals.split()


@EVERY
def test_what_a_source_has(name: str) -> None:
    """IsSuperuser is there up to 3.2, HostConfig up to 3.7; nothing of them is left in examples and components."""
    has_superuser, has_host = name in ("3.0", "3.1"), name in OLD
    fields = schema(name, "Source")["properties"]
    assert len(fields) == 13 + has_superuser + has_host
    assert ("IsSuperuser" in str(document(name))) is has_superuser
    assert ("HostConfig" in str(document(name))) is has_host
    assert ("DisabledTimes" in document(name)["components"]["schemas"]) is has_host


@EVERY
def test_what_values_a_source_takes(name: str) -> None:
    """Kinds lose two of Patroni's with 4.0 and get prometheus with 6.0; intervals are whole numbers from 5.2 on."""
    more = ["patroni-continuous-discovery", "patroni-namespace-discovery"] if name in OLD else []
    more += ["prometheus"] if name == "6.0" else []
    assert schema(name, "Source")["properties"]["Kind"]["enum"] == KINDS + more
    assert schema(name, "Interval")["type"] == ("integer" if name >= "5.2" else "number")


@EVERY
def test_what_a_metric_and_a_preset_take(name: str) -> None:
    """A metric must have SQLs and a preset Metrics; the lists of 4.0 and later take at least one by name."""
    assert schema(name, "MetricInput")["required"] == ["SQLs"]
    assert schema(name, "PresetInput")["required"] == ["Metrics"]
    bodies = document(name)["components"]["requestBodies"]
    assert ("Metrics" in bodies) is ("Presets" in bodies) is (name in NEW)
    if name in NEW:
        for part in ("Metric", "Preset"):
            assert schema(name, f"{part}sInput")["minProperties"] == 1
            assert schema(name, f"{part}sInput")["additionalProperties"]["$ref"].endswith(f"/{part}Input")


@EVERY
def test_where_a_name_is_given(name: str) -> None:
    """Up to 3.7 a name is in the query, from 4.0 on in the path; never empty, and always compared exactly."""
    for _, operation in operations_of(document(name)).values():
        for part in (resolve_in(document(name), each) for each in operation.get("parameters", [])):
            assert (part["name"], part["in"]) == ("name", "query" if name in OLD else "path")
            assert "compared exactly" in part["description"]


@EVERY
def test_the_base_path_is_a_setting_from_5_0_on(name: str) -> None:
    """From 5.0 on the servers list one below a base path; the first is without."""
    urls = [server["url"] for server in document(name)["servers"]]
    assert urls == ["http://127.0.0.1:8080", "http://127.0.0.1:8080/{basePath}"][: 1 + (name >= "5.0")]


@EVERY
def test_a_document_says_whose_it_is(name: str) -> None:
    """The title and the version are those of the release; licence and contact stay."""
    info = document(name)["info"]
    assert (info["title"], info["version"]) == (f"pgwatch {name} API", name)
    assert read_release(name).title == f"pgwatch {name}"
    assert info["license"] == document("contract")["info"]["license"]


@EVERY
def test_a_release_says_how_it_speaks(name: str) -> None:
    """What the contract leaves open is as the family of the release was seen to do it."""
    dialect, family = read_release(name).dialect, read_release(name).family
    assert dialect["json"] == ("go" if family < "D" else "jsoniter")
    assert dialect["jwt"] == (3 if family < "C" else 5)
    assert (dialect.get("secret") is None) is (family in "FIJ")
    assert dialect["redirect"] == (301 if family < "G" else 307)
    assert dialect["login-get"] == (200 if family < "G" else 405)
    assert dialect["write-error"] == (400 if family < "C" else 500)
    assert dialect["is-locked"] is (family >= "G")
    assert (dialect.get("default-kind"), dialect.get("lists-duplicates")) == (
        ("postgres", True) if family == "A" else (None, None)
    )


@EVERY
def test_a_ledger_names_what_there_is(name: str) -> None:
    """Every known deviation is in the catalogue, its clauses are in the list, its operations in the document."""
    catalogue = read_entries()
    clauses = content("contract_tests/contract/clauses.yaml")
    there = operations_of(document(name)).keys()
    ledger = read_release(name).deviations
    assert sorted({known.name for known in ledger} - catalogue.keys()) == []
    found = {clause for known in ledger for clause in {**known.found, **catalogue[known.name].get("found", {})}}
    assert sorted(found - clauses.keys()) == []
    assert sorted({each for known in ledger for each in known.operations or ()} - there) == []


@EVERY
def test_a_ledger_says_each_thing_once_and_where_it_was_seen(name: str) -> None:
    """No deviation stands twice for the same store; each source names a tag of the release, or of one before it."""
    release = read_release(name)
    tags = [tag for each in NAMES[: NAMES.index(name) + 1] for tag in read_release(each).tags]
    counted = Counter((known.name, known.store) for known in release.deviations)
    assert [each for each, times in counted.items() if times > 1] == []
    assert all(known.source.split(",")[0] in tags for known in release.deviations)
    assert len(counted) > 30


@EVERY
def test_a_ledger_agrees_with_the_catalogue_on_families(name: str) -> None:
    """The catalogue says of every deviation of a ledger that this release was seen to have it, or one before it."""
    catalogue = read_entries()
    release = read_release(name)
    known = [each.name for each in release.deviations if each.name in catalogue]
    families = {read_release(each).family for each in NAMES[: NAMES.index(name) + 1]}
    assert [each for each in known if not families & set(catalogue[each]["seen"])] == []


@EVERY
def test_the_overlay_for_other_tools_is_the_release(name: str) -> None:
    """What ``spec --overlay`` writes is a plain OpenAPI Overlay 1.0, and makes the release's document."""
    overlay = overlay_of(read_release(name))
    assert set(overlay) == {"overlay", "info", "extends", "actions"}
    assert {key for action in overlay["actions"] for key in action} == {"target", "description", "update", "remove"}
    assert apply_overlay(document("contract"), overlay["actions"]) == release_document(name)


def test_an_overlay_fits_another_contract_or_says_why(tmp_path: Path) -> None:
    """The contract's file can be another; an action that does not fit it is an error that names the release's file."""
    other = tmp_path / "openapi.yaml"
    spec = document("contract")
    other.write_text(yaml.safe_dump({**spec, "x-own": 1}), encoding="utf-8")
    assert release_document("5.3", other)["x-own"] == 1
    other.write_text(yaml.safe_dump({**spec, "paths": {"/source": spec["paths"]["/source"]}}), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"5\.3/overlay\.yaml: action \d+, target .*: it matches nothing"):
        release_document("5.3", other)
    other.write_text(yaml.safe_dump({**spec, "paths": {}}), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"5\.3 has none of the contract's operations: x-since at each says since"):
        release_document("5.3", other)
