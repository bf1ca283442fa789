"""The contract's examples fit its schemas, by an implementation that is not the mock's; so do its extensions."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mockserver.contract.document import load_contract
from mockserver.errors import StartupError
from tests.conftest import ROOT
from tests.support.documents import complaints_in, examples_in, expanded_in, walk
from tests.test_document import DOCUMENT, OPERATIONS, operations, resolve, responses

LISTED = json.loads("""
[
  {
    "Name": "my-db-source",
    "Group": "default",
    "ConnStr": "postgresql://user:password@hostname:5432/dbname",
    "Metrics": {},
    "MetricsStandby": {},
    "Kind": "postgres-continuous-discovery",
    "IncludePattern": "",
    "ExcludePattern": "",
    "PresetMetrics": "standard",
    "PresetMetricsStandby": "",
    "IsSuperuser": false,
    "IsEnabled": true,
    "CustomTags": {},
    "HostConfig": {
      "DcsType": "",
      "DcsEndpoints": null,
      "Scope": "",
      "Namespace": "",
      "Username": "",
      "Password": "",
      "CAFile": "",
      "CertFile": "",
      "KeyFile": "",
      "LogsGlobPath": "",
      "LogsMatchRegex": "",
      "PerMetricDisabledTimes": null
    },
    "OnlyIfMaster": false
  }
]
""")
ADDED = json.loads("""
{
    "Name": "unique_name_1",
    "Group": "cluster-s3",
    "ConnStr": "postgresql://postgres:example-password@cluster-s3-1.cpo.svc.cluster.local:5432/postgres",
    "Kind": "postgres-continuous-discovery",
    "IsEnabled": true,
    "IsSuperuser": false,
    "Metrics": {},
    "MetricsStandby": {},
    "PresetMetrics": "standard",
    "PresetMetricsStandby": "",
    "OnlyIfMaster": false,
    "CustomTags": {},
    "IncludePattern": "",
    "ExcludePattern": "",
    "HostConfig": {}
}
""")


def expanded(node: Any) -> Any:
    """Return the node with what its references point at in their place."""
    return expanded_in(DOCUMENT, node)


def complaints(schema: Any, value: Any) -> list[str]:
    """Return what an independent validator of OpenAPI 3.0 schemas says about a value."""
    return complaints_in(DOCUMENT, schema, value)


def examples_of(node: Any) -> list[Any]:
    """Return the values of all examples of a media type, header or parameter."""
    return examples_in(DOCUMENT, node)


def test_every_body_and_every_documented_status_has_an_example() -> None:
    """Whoever looks up a request body or an answer with content finds an example; every refusal has content."""
    bodies = [resolve(operation["requestBody"]) for _, operation in operations().values() if "requestBody" in operation]
    answers = [(status, response.get("content", {})) for _, status, response in responses()]
    assert all(content for status, content in answers if status >= "400"), "a refusal without words"
    contents = [body["content"] for body in bodies] + [content for _, content in answers if content]
    for content in contents:
        assert all(examples_of(media) for media in content.values())
    refusals = sum(status >= "400" for status, _ in answers)
    with_success = sum(media_type is not None for _, _, media_type in OPERATIONS.values())
    assert len(contents) == len(bodies) + refusals + with_success
    assert refusals > 20


def test_the_document_shows_the_users_own_examples() -> None:
    """The two examples that the users of the API gave stand in the document field for field, in their order."""
    listed = operations()["listSources"][1]["responses"]["200"]["content"]["application/json"]
    assert json.dumps(LISTED) in [json.dumps(value) for value in examples_of(listed)]
    for name in ("addSource", "updateSource"):
        media = resolve(operations()[name][1]["requestBody"])["content"]["application/json"]
        assert json.dumps(ADDED) in [json.dumps(value) for value in examples_of(media)], name


@pytest.mark.parametrize("field", LISTED[0])
def test_a_listed_source_without_one_of_its_fields_is_wrong(field: str) -> None:
    """The schema of the list takes the users' example as it is, and misses any field that is taken from it."""
    schema = operations()["listSources"][1]["responses"]["200"]["content"]["application/json"]["schema"]
    assert complaints(schema, LISTED) == []
    assert len(LISTED[0]) == 15
    less = [{key: value for key, value in LISTED[0].items() if key != field}]
    assert complaints(schema, less) == [f"{field!r} is a required property"]


@pytest.mark.parametrize(
    "change",
    [
        {"Name": ""},
        {"Name": None},
        {"Kind": "oracle"},
        {"Metrics": {"wal": 0}},
        {"Metrics": {"wal": "60"}},
        {"Metrics": []},
        {"IsEnabled": 1},
        {"CustomTags": {"team": 1}},
        {"HostConfig": {"DcsEndpoints": "etcd"}},
        {"ConnStr": None},
        {"HostConfig": []},
    ],
    ids=json.dumps,
)
def test_a_source_of_wrong_values_is_wrong(change: dict[str, Any]) -> None:
    """The schema of a source that is sent refuses wrong types, an empty name, unknown kinds and intervals of zero."""
    schema = DOCUMENT["components"]["schemas"]["SourceInput"]
    assert complaints(schema, ADDED) == []
    assert complaints(schema, {**ADDED, **change}) != []


def test_an_error_of_two_lines_is_wrong() -> None:
    """The schema of errors takes one line, with or without its end, and neither none nor two."""
    schema = DOCUMENT["components"]["schemas"]["ErrorLine"]
    for line in ("source not found\n", "source not found"):
        assert complaints(schema, line) == []
    for text in ("", "\n", "one\ntwo\n", "one\r\n", '{"detail": "x"}\n{}'):
        assert complaints(schema, text) != [], text


def stream() -> dict[str, Any]:
    """Return x-websocket as readers of the document see it."""
    found: dict[str, Any] = expanded(operations()["streamLog"][1]["x-websocket"])
    return found


EXTENSIONS = {"x-http-manners": expanded(DOCUMENT["x-http-manners"]), "x-websocket": stream()}
META = {name: yaml.safe_load((ROOT / f"pgwatch_contract/schemas/{name}.yaml").read_bytes()) for name in EXTENSIONS}


def required_parts(name: str, schema: Any, value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every key that an extension must have, at any depth."""
    if "$ref" in schema:
        schema = META[name]["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    found = [(*path, key) for key in schema.get("required", [])]
    for key, part in schema.get("properties", {}).items():
        found += required_parts(name, part, value[key], (*path, key)) if key in value else []
    if "properties" in schema.get("items", {}):
        for index, item in enumerate(value):
            found += required_parts(name, schema["items"], item, (*path, index))
    return found


def dotted(part: Any) -> str:
    """Return how a test is called that breaks this part."""
    return part if isinstance(part, str) else ".".join(map(str, part))


REQUIRED = [(name, path) for name in EXTENSIONS for path in required_parts(name, META[name], EXTENSIONS[name])]


@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_extension_fits_its_own_schema(name: str) -> None:
    """The schema of an extension is valid JSON Schema 2020-12 and requires all it knows; the document's fits it."""
    assert META[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(META[name])
    objects = [node for _, node in walk(META[name]) if isinstance(node.get("properties"), dict)]
    assert all(set(node["required"]) == set(node["properties"]) for node in objects)
    assert len(objects) >= 7
    assert [error.message for error in Draft202012Validator(META[name]).iter_errors(EXTENSIONS[name])] == []


def parent_of(extension: Any, path: tuple[Any, ...]) -> Any:
    """Return the mapping in which the last step of a path stands."""
    for step in path[:-1]:
        extension = extension[step]
    return extension


@pytest.mark.parametrize(("name", "path"), REQUIRED, ids=dotted)
def test_a_missing_part_of_an_extension_is_caught(name: str, path: tuple[Any, ...]) -> None:
    """An extension that lacks any one of its required parts is not valid."""
    broken = copy.deepcopy(EXTENSIONS[name])
    del parent_of(broken, path)[path[-1]]
    assert not Draft202012Validator(META[name]).is_valid(broken)


@pytest.mark.parametrize(
    ("name", "path"), {(name, path[:-1]): (name, path) for name, path in REQUIRED}.values(), ids=dotted
)
def test_an_unknown_part_of_an_extension_is_caught(name: str, path: tuple[Any, ...]) -> None:
    """An extension with a part that nobody knows is not valid, except in the OpenAPI schema that it quotes."""
    broken = copy.deepcopy(EXTENSIONS[name])
    parent_of(broken, path)["unheardOf"] = 1
    assert Draft202012Validator(META[name]).is_valid(broken) is (path[:-1] == ("serverMessages", "schema"))


def test_the_extensions_are_written_out() -> None:
    """The two tests above tried the parts of both extensions, down to each close code."""
    assert {name for name, _ in REQUIRED} == set(EXTENSIONS)
    assert ("x-websocket", ("closeCodes", 3, "meaning")) in REQUIRED
    assert ("x-http-manners", ("requestTooLarge", "limit")) in REQUIRED
    assert len(REQUIRED) > 60


@pytest.mark.parametrize(("name", "part"), [("x-http-manners", "cors"), ("x-websocket", "keepAlive")])
def test_the_mock_refuses_a_document_with_a_broken_extension(name: str, part: str, tmp_path: Path) -> None:
    """A contract whose extension lacks a part is not loaded, and the error says which file and which extension."""
    broken = copy.deepcopy(DOCUMENT)
    del (broken if name in broken else broken["paths"]["/log"]["get"])[name][part]
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(broken), encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        load_contract(file)
    assert str(caught.value).startswith(f"{file}: {name}: ")
    assert part in str(caught.value).removeprefix(str(file))


def test_every_log_example_is_a_log_entry() -> None:
    """Every example of the log fits the pattern of entries, with one of the levels; each level is in the pattern."""
    messages = stream()["serverMessages"]
    levels = messages["levels"]
    assert levels == ["PANIC", "FATAL", "ERROR", "WARNING", "INFO", "DEBUG"]
    assert f"({'|'.join(levels)})" in messages["schema"]["pattern"]
    for example in messages["examples"]:
        assert complaints(messages["schema"], example) == []
        level = re.match(r"\S+ \S+ \[([A-Z]+)\] ", example)
        assert level is not None
        assert level[1] in levels
    assert len(messages["examples"]) == 4
    for line in (
        "",
        "2026-11-23 09:00:00 [INFO] x\n",
        "2026-11-23 09:00:00.125 [TRACE] x\n",
        messages["examples"][0][:-1],
    ):
        assert complaints(messages["schema"], line) != [], line


def test_figures_that_are_told_twice_agree() -> None:
    """A figure of an extension and the same figure in its words, or in an example, are one."""
    keep_alive, slow, client = (stream()[part] for part in ("keepAlive", "slowReader", "clientMessages"))
    assert f"every {keep_alive['pingSeconds']} seconds" in keep_alive["description"]
    assert f"within {keep_alive['pongSeconds']} seconds" in keep_alive["description"]
    assert f"for {slow['dropSeconds']} seconds" in slow["description"]
    (too_big,) = (code for code in stream()["closeCodes"] if code["code"] == 1009)
    assert f"more than {client['maxBytes']} bytes" in too_big["meaning"]
    limit = DOCUMENT["x-http-manners"]["requestTooLarge"]["limit"]
    assert (
        f"larger than {limit} bytes"
        in DOCUMENT["components"]["responses"]["TooLarge"]["content"]["text/plain"]["example"]
    )
