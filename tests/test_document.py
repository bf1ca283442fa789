"""The contract as a document: what was decided for it. What it shares with releases is in test_release_documents."""

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from tests.conftest import ROOT
from tests.support.documents import operations_of, resolve_in, responses_of

TEXT = (ROOT / "openapi.yaml").read_bytes()
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]

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
SOURCE_FIELDS = [
    "Name",
    "Group",
    "ConnStr",
    "Metrics",
    "MetricsStandby",
    "Kind",
    "IncludePattern",
    "ExcludePattern",
    "PresetMetrics",
    "PresetMetricsStandby",
    "IsSuperuser",
    "IsEnabled",
    "CustomTags",
    "HostConfig",
    "OnlyIfMaster",
]
HOST_CONFIG_FIELDS = [
    "DcsType",
    "DcsEndpoints",
    "Scope",
    "Namespace",
    "Username",
    "Password",
    "CAFile",
    "CertFile",
    "KeyFile",
    "LogsGlobPath",
    "LogsMatchRegex",
    "PerMetricDisabledTimes",
]


def operations() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the contract's operations by operationId, each with its method and path."""
    return operations_of(DOCUMENT)


def resolve(node: Any) -> Any:
    """Return the node itself, or what it refers to."""
    return resolve_in(DOCUMENT, node)


def responses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return every response of every operation: operationId, status, response."""
    return responses_of(DOCUMENT)


def test_the_independent_validator_would_object() -> None:
    """The validator is not one that accepts anything."""
    broken = copy.deepcopy(DOCUMENT)
    del broken["paths"]["/source"]["get"]["responses"]["200"]["description"]
    with pytest.raises(OpenAPIValidationError):
        openapi_spec_validator.validate(broken)


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


def test_the_operations_are_those_that_were_decided() -> None:
    """The document has these operations at these paths, and no others."""
    decided = {name: place for name, (place, _, _) in OPERATIONS.items()}
    assert {name: place for name, (place, _) in operations().items()} == decided, f"{__file__}: OPERATIONS says which"


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_documents_exactly_its_answers(name: str) -> None:
    """An operation has the statuses that were decided for it, and a success of the decided media type."""
    _, statuses, media_type = OPERATIONS[name]
    answers = operations()[name][1]["responses"]
    assert sorted(answers) == statuses.split()
    content = resolve(answers[statuses.split()[0]]).get("content", {})
    assert list(content) == ([media_type] if media_type else [])


def test_four_operations_take_a_body() -> None:
    """The operations that sign in, write or try take a body, and no others do."""
    bodies = {name for name, (_, operation) in operations().items() if "requestBody" in operation}
    assert bodies == {"login", "addSource", "updateSource", "testConnection"}


def test_a_token_is_read_from_three_places() -> None:
    """The token is read from header, query or cookie, in this order."""
    schemes = [DOCUMENT["components"]["securitySchemes"][name] for one in DOCUMENT["security"] for name in one]
    assert [(scheme["type"], scheme["in"], scheme["name"]) for scheme in schemes] == [
        ("apiKey", "header", "Token"),
        ("apiKey", "query", "Token"),
        ("apiKey", "cookie", "token"),
    ]
    assert all(len(one) == 1 for one in DOCUMENT["security"]), "one token is enough"


def test_links_lead_from_a_new_source_to_what_can_be_done_with_it() -> None:
    """Adding a source links to listing, replacing and deleting it."""
    added = operations()["addSource"][1]["responses"]["200"]["links"]
    assert {link["operationId"] for link in added.values()} == {"listSources", "updateSource", "deleteSource"}
    assert set(added["deleteSource"]["parameters"]) == {"name"}


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


def test_the_fields_of_a_source_are_the_fifteen() -> None:
    """Source has its fifteen fields and HostConfig its twelve, in this order, in answers and in requests."""
    assert (len(SOURCE_FIELDS), len(HOST_CONFIG_FIELDS)) == (15, 12)
    for name, fields in {"Source": SOURCE_FIELDS, "HostConfig": HOST_CONFIG_FIELDS}.items():
        assert list(SCHEMAS[name]["properties"]) == fields
        assert list(SCHEMAS[f"{name}Input"]["properties"]) == fields
    assert list(SCHEMAS["DisabledTimes"]["properties"]) == list(SCHEMAS["DisabledTimesInput"]["properties"])


def test_requests_need_little() -> None:
    """A source that is sent needs name and connection string, and may have fields that nobody knows."""
    assert SCHEMAS["SourceInput"]["required"] == ["Name", "ConnStr"]
    for name in ("SourceInput", "HostConfigInput", "DisabledTimesInput", "Credentials"):
        assert "additionalProperties" not in SCHEMAS[name], name
    (parameter,) = operations()["deleteSource"][1]["parameters"]
    assert (parameter["in"], parameter["required"]) == ("query", True)
    assert json.dumps(parameter["schema"]) == '{"type": "string", "minLength": 1}'
