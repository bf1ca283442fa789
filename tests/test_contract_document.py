"""The contract as a document: valid OpenAPI, its operations, and nothing in it unexplained, dangling or unused."""

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from connexion.spec import Specification
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from tests.conftest import ROOT

TEXT = (ROOT / "openapi.yaml").read_bytes()
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# operationId: method and path, the statuses, the media type of the success (None: its body is empty)
OPERATIONS = {
    "login": ("post /login", "200 400 401 413 415", "text/plain"),
    "getLiveness": ("get /liveness", "200 503", "application/json"),
    "getReadiness": ("get /readiness", "200 503", "application/json"),
    "listSources": ("get /source", "200 401", "application/json"),
    "addSource": ("post /source", "200 400 401 409 413 415", None),
    "updateSource": ("put /source", "200 400 401 404 413 415", None),
    "deleteSource": ("delete /source", "200 400 401 404", None),
    "testConnection": ("post /test-connect", "200 400 401 413", None),
    "listMetrics": ("get /metric", "200 401", "application/json"),
    "listPresets": ("get /preset", "200 401", "application/json"),
    "streamLog": ("get /log", "101 400 401 403", None),
}
PUBLIC = {"login", "getLiveness", "getReadiness"}
SOURCE_FIELDS = [
    "Name", "Group", "ConnStr", "Metrics", "MetricsStandby", "Kind", "IncludePattern", "ExcludePattern",
    "PresetMetrics", "PresetMetricsStandby", "IsSuperuser", "IsEnabled", "CustomTags", "HostConfig", "OnlyIfMaster",
]  # fmt: skip
HOST_CONFIG_FIELDS = [
    "DcsType", "DcsEndpoints", "Scope", "Namespace", "Username", "Password", "CAFile", "CertFile", "KeyFile",
    "LogsGlobPath", "LogsMatchRegex", "PerMetricDisabledTimes",
]  # fmt: skip


def operations() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the document's operations by operationId, each with its method and path."""
    found = [
        (f"{method} {path}", item[method])
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    ]
    by_id = {operation.get("operationId", place): (place, operation) for place, operation in found}
    assert len(by_id) == len(found), "two operations have the same operationId"
    return by_id


def target(reference: str) -> Any:
    """Return what a ``$ref`` of the document points at."""
    assert reference.startswith("#/"), f"{reference} leaves the document"
    node: Any = DOCUMENT
    for step in reference[2:].split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def resolve(node: Any) -> Any:
    """Return the node itself, or what it refers to."""
    while "$ref" in node:
        node = target(node["$ref"])
    return node


def responses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return every response of every operation: operationId, status, response."""
    for name, (_, operation) in operations().items():
        for status, response in operation["responses"].items():
            yield name, status, resolve(response)


def walk(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Return every mapping below a node with its path; not those inside examples and defaults, which are data."""
    if isinstance(node, dict):
        yield path, node
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    is_data = {"example", "examples", "default", "enum"} if path[-1:] != ("properties",) else set()
    for key, part in parts:
        if key not in is_data:
            yield from walk(part, (*path, key))


def test_an_independent_validator_accepts_the_document() -> None:
    """openapi-spec-validator finds nothing wrong."""
    openapi_spec_validator.validate(DOCUMENT)


def test_the_independent_validator_would_object() -> None:
    """The validator is not one that accepts anything."""
    broken = copy.deepcopy(DOCUMENT)
    del broken["paths"]["/source"]["get"]["responses"]["200"]["description"]
    with pytest.raises(OpenAPIValidationError):
        openapi_spec_validator.validate(broken)


def test_connexion_accepts_the_document() -> None:
    """Connexion reads it, as the version of OpenAPI that it says it is."""
    specification = Specification.from_dict(copy.deepcopy(DOCUMENT))
    assert specification.version[:2] == (3, 0)
    assert re.fullmatch(r"3\.0\.\d+", DOCUMENT["openapi"])


def test_no_key_is_given_twice() -> None:
    """No mapping of the file has a key twice, of which YAML parsers would silently drop one."""
    twice, mappings, nodes = [], 0, [yaml.compose(TEXT, yaml.SafeLoader)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            mappings += 1
            nodes += [value for _, value in node.value]
            counted = Counter(key.value for key, _ in node.value)
            twice += [f"line {node.start_mark.line + 1}: {key}" for key, times in counted.items() if times > 1]
    assert twice == []
    assert mappings > 200


def test_the_operations_are_the_eleven() -> None:
    """The document has these operations at these paths, and no others."""
    assert {name: place for name, (place, _) in operations().items()} == {
        name: place for name, (place, _, _) in OPERATIONS.items()
    }
    assert len(OPERATIONS) == 11


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_documents_exactly_its_answers(name: str) -> None:
    """An operation has the statuses that were decided for it, and a success of the decided media type."""
    _, statuses, media_type = OPERATIONS[name]
    answers = operations()[name][1]["responses"]
    assert sorted(answers) == statuses.split()
    content = resolve(answers[statuses.split()[0]]).get("content", {})
    assert list(content) == ([media_type] if media_type else [])


def test_what_can_be_too_large_or_of_another_type_says_so() -> None:
    """Every operation with a body documents 413, and 415 exactly where that body is JSON."""
    bodies = {
        name: resolve(operation["requestBody"])
        for name, (_, operation) in operations().items()
        if "requestBody" in operation
    }
    assert set(bodies) == {"login", "addSource", "updateSource", "testConnection"}
    for name, body in bodies.items():
        answers = operations()[name][1]["responses"]
        assert body["required"] is True, name
        assert "413" in answers, name
        assert ("415" in answers) == ("application/json" in body["content"]), name


def test_every_operation_is_explained() -> None:
    """Every operation has its own operationId, summary and description, and exactly one declared tag."""
    tags = {tag["name"]: tag.get("description") for tag in DOCUMENT["tags"]}
    used = set()
    for name, (place, operation) in operations().items():
        assert operation["operationId"] == name
        assert operation["summary"].strip(), place
        assert operation["description"].strip(), place
        (tag,) = operation["tags"]
        assert tags[tag].strip(), place
        used.add(tag)
    assert used == set(tags), "a tag is declared and not used"
    summaries = [operation["summary"] for _, operation in operations().values()]
    assert len(set(summaries)) == len(summaries) == 11


def test_all_but_three_operations_need_a_token() -> None:
    """Three operations are public; the others inherit the token from header, query or cookie, in this order."""
    for name, (_, operation) in operations().items():
        if name in PUBLIC:
            assert operation["security"] == [], name
        else:
            assert "security" not in operation, name
    schemes = [DOCUMENT["components"]["securitySchemes"][name] for one in DOCUMENT["security"] for name in one]
    assert [(scheme["type"], scheme["in"], scheme["name"]) for scheme in schemes] == [
        ("apiKey", "header", "Token"),
        ("apiKey", "query", "Token"),
        ("apiKey", "cookie", "token"),
    ]
    assert all(len(one) == 1 for one in DOCUMENT["security"]), "one token is enough"


def test_every_reference_resolves() -> None:
    """Every ``$ref`` leads to a mapping of the document, and has nothing beside it that would be ignored."""
    references = [(path, node) for path, node in walk(DOCUMENT) if "$ref" in node]
    for path, node in references:
        assert list(node) == ["$ref"], path
        assert isinstance(target(node["$ref"]), dict), path
    assert len(references) > 80


def test_every_component_is_used() -> None:
    """Every component can be reached from the paths or from the security requirements."""
    reached = set()
    schemes = [{"$ref": f"#/components/securitySchemes/{name}"} for one in DOCUMENT["security"] for name in one]
    queue: list[Any] = [DOCUMENT["paths"], schemes]
    seen = set()
    while queue:
        for _, node in walk(queue.pop()):
            reference = node.get("$ref")
            if reference and reference not in seen:
                seen.add(reference)
                reached.add(tuple(reference.split("/")[2:4]))
                queue.append(target(reference))
    components = {(section, name) for section, parts in DOCUMENT["components"].items() for name in parts}
    assert components - reached == set()
    assert len(components) > 20
    assert ("schemas", "LogEntry") in reached, "the stream's messages are part of the contract"


CONTAINERS = {
    "schemas": "schema", "properties": "schema", "parameters": "parameter", "headers": "header",
    "responses": "response", "requestBodies": "request body", "links": "link",
    "securitySchemes": "security scheme", "tags": "tag", "servers": "server",
}  # fmt: skip
PLACES = {"items": "schema", "additionalProperties": "schema", "requestBody": "request body"}


def kind_of(path: tuple[str | int, ...]) -> str | None:
    """Return what kind of thing stands at a path, if it is of those that must be described."""
    if path[-1:] == ("schema",) and "content" in path:  # that of a header or a parameter is described there
        return "schema"
    is_property = len(path) > 1 and path[-2] == "properties"
    if not is_property and path and path[-1] in PLACES:
        return PLACES[str(path[-1])]
    return CONTAINERS.get(str(path[-2])) if len(path) > 1 else None


def test_everything_is_described() -> None:
    """Every schema, property, parameter, header, response, body, link, security scheme, tag and server has words."""
    kinds: Counter[str] = Counter()
    bare = []
    for path, node in walk(DOCUMENT):
        kind = kind_of(path)
        if kind:
            kinds[kind] += 1
            words = resolve(node).get("description", "")
            bare += [] if words.strip() else [f"{kind} {'/'.join(map(str, path))}"]
    assert bare == []
    assert set(kinds) == set(CONTAINERS.values()), "a kind was not found at all"
    assert kinds["schema"] > 100
    assert kinds["response"] > 35


def test_links_lead_from_a_new_source_to_what_can_be_done_with_it() -> None:
    """Every link names an operation; adding a source links to listing, replacing and deleting it."""
    links = [link for _, _, response in responses() for link in response.get("links", {}).values()]
    assert {link["operationId"] for link in links} <= set(OPERATIONS)
    added = operations()["addSource"][1]["responses"]["200"]["links"]
    assert {link["operationId"] for link in added.values()} == {"listSources", "updateSource", "deleteSource"}
    parameters = {part["name"] for part in operations()["deleteSource"][1]["parameters"]}
    assert set(added["deleteSource"]["parameters"]) == parameters == {"name"}


def test_the_document_says_whose_it_is() -> None:
    """Title, version, license, contact and servers are there."""
    info = DOCUMENT["info"]
    assert info["title"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["license"]["name"] == "MIT"
    assert info["license"]["url"].startswith("https://")
    assert info["contact"]["name"]
    assert info["contact"]["url"].startswith("https://")
    assert [server["url"] for server in DOCUMENT["servers"]] == ["http://127.0.0.1:8080"]


def test_every_answer_but_the_websocket_names_its_origin() -> None:
    """Every response except 101 requires Access-Control-Allow-Origin, so that a browser's page may read it."""
    counted = 0
    for name, status, response in responses():
        header = resolve(response.get("headers", {}).get("Access-Control-Allow-Origin", {}))
        assert header.get("required", False) is (status != "101"), (name, status)
        counted += 1
    assert counted == sum(len(statuses.split()) for _, statuses, _ in OPERATIONS.values())


def test_every_refusal_is_one_line_of_text() -> None:
    """Every 4xx is text with the one schema for errors; the only others that fail are the JSON health probes."""
    texts: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for name, status, response in responses():
        if status >= "400":
            (media_type,) = response["content"]
            (texts if media_type == "text/plain" else others).append((name, status))
            if media_type == "text/plain":
                assert response["content"][media_type]["schema"] == {"$ref": "#/components/schemas/ErrorLine"}
    assert others == [("getLiveness", "503"), ("getReadiness", "503")]
    assert (
        len(texts) == sum(status >= "400" for _, statuses, _ in OPERATIONS.values() for status in statuses.split()) - 2
    )


def test_the_fields_of_a_source_are_the_fifteen() -> None:
    """Source has its fifteen fields and HostConfig its twelve, in this order, in answers and in requests."""
    assert (len(SOURCE_FIELDS), len(HOST_CONFIG_FIELDS)) == (15, 12)
    for name, fields in {"Source": SOURCE_FIELDS, "HostConfig": HOST_CONFIG_FIELDS}.items():
        assert list(SCHEMAS[name]["properties"]) == fields
        assert list(SCHEMAS[f"{name}Input"]["properties"]) == fields
    assert list(SCHEMAS["DisabledTimes"]["properties"]) == list(SCHEMAS["DisabledTimesInput"]["properties"])


@pytest.mark.parametrize("name", ["Source", "HostConfig", "DisabledTimes", "Metric", "Preset"])
def test_answers_are_always_complete(name: str) -> None:
    """An object of an answer requires all its fields, in order, and allows no others."""
    assert SCHEMAS[name]["required"] == list(SCHEMAS[name]["properties"])
    assert SCHEMAS[name]["additionalProperties"] is False


def test_requests_need_little() -> None:
    """A source that is sent needs name and connection string, and may have fields that nobody knows."""
    assert SCHEMAS["SourceInput"]["required"] == ["Name", "ConnStr"]
    for name in ("SourceInput", "HostConfigInput", "DisabledTimesInput", "Credentials"):
        assert "additionalProperties" not in SCHEMAS[name], name
    (parameter,) = operations()["deleteSource"][1]["parameters"]
    assert (parameter["in"], parameter["required"]) == ("query", True)
    assert json.dumps(parameter["schema"]) == '{"type": "string", "minLength": 1}'
