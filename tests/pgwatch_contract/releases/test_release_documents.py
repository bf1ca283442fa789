"""The contract and what it is for each release of pgwatch: all of them keep what the contract's document must keep."""

import copy
import re
from collections import Counter
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from connexion.spec import Specification
from jsonschema import Draft202012Validator

from tests.conftest import ROOT
from tests.support.documents import (
    CONTRACT,
    NAMES,
    Document,
    bodies_of,
    complaints_in,
    document,
    examples_in,
    exemplified_in,
    expanded_in,
    operations_of,
    resolve_in,
    responses_of,
    target_in,
    walk,
)

EVERY = pytest.mark.parametrize("name", NAMES)
PROBES = ("getLiveness", "getReadiness")
PUBLIC = {"login", *PROBES}
WITHOUT_PROBES = "3.0"
"""The release that has none; nothing of them may be left in its document."""
CONTAINERS = {
    "schemas": "schema",
    "properties": "schema",
    "parameters": "parameter",
    "headers": "header",
    "responses": "response",
    "requestBodies": "request body",
    "links": "link",
    "securitySchemes": "security scheme",
    "tags": "tag",
    "servers": "server",
    "variables": "server variable",
}
PLACES = {"items": "schema", "additionalProperties": "schema", "requestBody": "request body"}
EXTENSIONS = ("x-http-manners", "x-websocket")


def extension(name: str, spec: Document) -> Any:
    """Return an extension of a document as its readers see it."""
    holder = spec if name in spec else operations_of(spec)["streamLog"][1]
    return expanded_in(spec, holder[name])


def kind_of(path: tuple[str | int, ...]) -> str | None:
    """Return what kind of thing stands at a path, if it is of those that must be described."""
    if path[-1:] == ("schema",) and "content" in path:  # that of a header or a parameter is described there
        return "schema"
    is_property = len(path) > 1 and path[-2] == "properties"
    if not is_property and path and path[-1] in PLACES:
        return PLACES[str(path[-1])]
    if path[-2:-1] == ("parameters",) and "links" in path:  # a link's parameters are values
        return None
    return CONTAINERS.get(str(path[-2])) if len(path) > 1 else None


@EVERY
def test_an_independent_validator_accepts_it(name: str) -> None:
    """openapi-spec-validator finds nothing wrong."""
    openapi_spec_validator.validate(document(name))


@EVERY
def test_connexion_accepts_it(name: str) -> None:
    """Connexion reads it, as the version of OpenAPI that it says it is."""
    specification = Specification.from_dict(copy.deepcopy(document(name)))
    assert specification.version[:2] == (3, 0)
    assert re.fullmatch(r"3\.0\.\d+", document(name)["openapi"])


@EVERY
def test_what_can_be_too_large_or_of_another_type_says_so(name: str) -> None:
    """Every operation with a body requires it and documents 413, and 415 exactly where that body is JSON."""
    spec = document(name)
    for operation, body in bodies_of(spec).items():
        answers = operations_of(spec)[operation][1]["responses"]
        assert body["required"] is True, operation
        assert "413" in answers, operation
        assert ("415" in answers) == ("application/json" in body["content"]), operation
    assert len(bodies_of(spec)) >= 4


@EVERY
def test_every_operation_is_explained(name: str) -> None:
    """Every operation has its own operationId, summary and description, and exactly one declared tag."""
    spec = document(name)
    tags = {tag["name"]: tag.get("description") for tag in spec["tags"]}
    used = set()
    for operation_id, (place, operation) in operations_of(spec).items():
        assert operation["operationId"] == operation_id
        assert operation["summary"].strip(), place
        assert operation["description"].strip(), place
        (tag,) = operation["tags"]
        assert tags[tag].strip(), place
        used.add(tag)
    assert used == set(tags), "a tag is declared and not used"
    summaries = [operation["summary"] for _, operation in operations_of(spec).values()]
    assert len(set(summaries)) == len(summaries) >= 11


@EVERY
def test_all_but_login_and_health_need_a_token(name: str) -> None:
    """Login and health probes are public; the others inherit the token from header, query or cookie, and have a 401."""
    for operation_id, (_, operation) in operations_of(document(name)).items():
        assert operation.get("security") == ([] if operation_id in PUBLIC else None), operation_id
        assert operation_id in PUBLIC or "401" in operation["responses"], operation_id


@EVERY
def test_every_reference_resolves(name: str) -> None:
    """Every ``$ref`` leads to a mapping of the document, and has nothing beside it that would be ignored."""
    spec = document(name)
    references = [(path, node) for path, node in walk(spec) if "$ref" in node]
    for path, node in references:
        assert list(node) == ["$ref"], path
        assert isinstance(target_in(spec, node["$ref"]), dict), path
    assert len(references) > 80


@EVERY
def test_every_component_is_used(name: str) -> None:
    """Every component can be reached from the paths or from the security requirements."""
    spec = document(name)
    reached = set()
    schemes = [{"$ref": f"#/components/securitySchemes/{name}"} for one in spec["security"] for name in one]
    queue: list[Any] = [spec["paths"], schemes]
    seen = set()
    while queue:
        for _, node in walk(queue.pop()):
            reference = node.get("$ref")
            if reference and reference not in seen:
                seen.add(reference)
                reached.add(tuple(reference.split("/")[2:4]))
                queue.append(target_in(spec, reference))
    components = {(section, part) for section, parts in spec["components"].items() for part in parts}
    assert components - reached == set()
    assert len(components) > 20
    assert ("schemas", "LogEntry") in reached, "the stream's messages are part of the contract"


@EVERY
def test_everything_is_described(name: str) -> None:
    """Every schema, property, parameter, header, response, body, link, security scheme, tag and server has words."""
    spec = document(name)
    kinds: Counter[str] = Counter()
    bare = []
    for path, node in walk(spec):
        kind = kind_of(path)
        if kind:
            kinds[kind] += 1
            words = resolve_in(spec, node).get("description", "")
            bare += [] if words.strip() else [f"{kind} {'/'.join(map(str, path))}"]
    assert bare == []
    assert set(kinds) >= set(CONTAINERS.values()) - {"server variable"}, "a kind was not found at all"
    assert kinds["schema"] > 80
    assert kinds["response"] > 35


@EVERY
def test_links_name_operations_and_their_parameters(name: str) -> None:
    """Every link names an operation of the document, and exactly its required parameters."""
    spec = document(name)
    links = [link for _, _, response in responses_of(spec) for link in response.get("links", {}).values()]
    for link in links:
        linked = operations_of(spec)[link["operationId"]][1]
        parameters = [resolve_in(spec, part) for part in linked.get("parameters", [])]
        assert set(link.get("parameters", {})) == {part["name"] for part in parameters if part["required"]}, link
        assert ("requestBody" in link) == ("requestBody" in linked), link
    added = operations_of(spec)["addSource"][1]["responses"]
    linked_to = {link["operationId"] for answer in added.values() for link in answer.get("links", {}).values()}
    there = {"getSource", "updateSource", "deleteSource"} & operations_of(spec).keys()
    assert linked_to == {"listSources", *there}


@EVERY
def test_parameters_of_a_path_are_those_it_names(name: str) -> None:
    """An operation has exactly the path parameters that its path has in braces, each required."""
    spec = document(name)
    for place, operation in operations_of(spec).values():
        parts = [resolve_in(spec, part) for part in operation.get("parameters", [])]
        assert {part["name"] for part in parts if part["in"] == "path"} == set(re.findall(r"\{(\w+)\}", place)), place
        assert all(part["required"] and part["schema"].get("minLength") == 1 for part in parts), place


@EVERY
def test_every_answer_but_the_websocket_names_its_origin(name: str) -> None:
    """Every response except 101 requires Access-Control-Allow-Origin, so that a browser's page may read it."""
    spec = document(name)
    for operation, status, response in responses_of(spec):
        header = resolve_in(spec, response.get("headers", {}).get("Access-Control-Allow-Origin", {}))
        assert header.get("required", False) is (status != "101"), (operation, status)


@EVERY
def test_every_refusal_is_one_line_of_text(name: str) -> None:
    """Every 4xx is text with the one schema for errors; all others that fail are the JSON health probes, if any."""
    others: list[tuple[str, str]] = []
    for operation, status, response in responses_of(document(name)):
        if status >= "400":
            (media_type,) = response["content"]
            if media_type == "text/plain":
                assert response["content"][media_type]["schema"] == {"$ref": "#/components/schemas/ErrorLine"}
            else:
                others.append((operation, status))
    assert others == [(probe, "503") for probe in PROBES if name != WITHOUT_PROBES]


@EVERY
def test_answers_are_always_complete(name: str) -> None:
    """An object of an answer requires all its fields, in order, and allows no others; requests may have more."""
    schemas = document(name)["components"]["schemas"]
    answers = [part for part in ("Source", "HostConfig", "DisabledTimes", "Metric", "Preset") if part in schemas]
    for part in answers:
        assert schemas[part]["required"] == list(schemas[part]["properties"]), part
        assert schemas[part]["additionalProperties"] is False, part
        if f"{part}Input" in schemas:
            assert list(schemas[f"{part}Input"]["properties"]) == list(schemas[part]["properties"]), part
            assert "additionalProperties" not in schemas[f"{part}Input"], part
    assert {"Source", "Metric", "Preset"} <= set(answers)


@EVERY
def test_every_body_and_every_status_has_an_example(name: str) -> None:
    """Every media type, header and parameter has an example, and every refusal has words."""
    spec = document(name)
    found = exemplified_in(spec)
    assert [path for path, node in found if not examples_in(spec, node)] == []
    assert len(found) > 25
    for operation, status, response in responses_of(spec):
        assert status < "400" or response["content"], (operation, status)


@EVERY
def test_every_example_fits_its_schema(name: str) -> None:
    """Every example of a media type, header or parameter, text or JSON, is valid against the schema beside it."""
    spec = document(name)
    wrong, counted = [], 0
    for path, node in exemplified_in(spec):
        for value in examples_in(spec, node):
            counted += 1
            wrong += [f"{path}: {complaint}" for complaint in complaints_in(spec, node["schema"], value)]
    assert wrong == []
    assert counted > 30


@EVERY
def test_every_default_fits_its_schema(name: str) -> None:
    """What a field is when it is left out is what it may be."""
    spec = document(name)
    schemas = [(path, node) for path, node in walk(spec) if "default" in node and path[-2] in ("properties", "schemas")]
    for path, schema in schemas:
        assert complaints_in(spec, schema, copy.deepcopy(schema["default"])) == [], path
    assert len(schemas) > 15


@EVERY
@pytest.mark.parametrize("part", EXTENSIONS)
def test_an_extension_fits_its_own_schema(name: str, part: str) -> None:
    """The extensions of every document fit their schemas."""
    schema = yaml.safe_load((ROOT / f"pgwatch_contract/schemas/{part}.yaml").read_bytes())
    errors = Draft202012Validator(schema).iter_errors(extension(part, document(name)))
    assert [error.message for error in errors] == []


@EVERY
def test_the_manners_know_the_document(name: str) -> None:
    """HEAD's paths are the health paths, if any, CORS allows every method there is and the token's header."""
    spec = document(name)
    manners = spec["x-http-manners"]
    methods = {place.split()[0].upper() for place, _ in operations_of(spec).values()}
    assert manners["head"]["paths"] == ([] if name == WITHOUT_PROBES else ["/liveness", "/readiness"])
    assert set(manners["cors"]["allowMethods"]) >= methods | {"OPTIONS"}
    assert {"token", "content-type"} <= {header.lower() for header in manners["cors"]["allowHeaders"]}
    assert manners["cors"]["allowOrigin"] == spec["components"]["headers"]["AllowOrigin"]["example"]


def test_the_contract_is_among_them() -> None:
    """The tests above tried the contract, and ten releases or more."""
    assert NAMES[0] == CONTRACT
    assert len(NAMES) >= 11
