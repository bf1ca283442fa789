"""What tests of OpenAPI documents share: the contract, what it is for each release, and ways into a document."""

import functools
from collections.abc import Iterator
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import release_names
from tests.conftest import ROOT

Document = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
CONTRACT = "contract"
NAMES = [CONTRACT, *release_names()]
"""The contract, and the releases of pgwatch: every document must pass the same tests."""


@functools.cache
def document(name: str) -> Document:
    """Return the contract, or what it is for a release."""
    if name == CONTRACT:
        read: Document = yaml.load((ROOT / "openapi.yaml").read_bytes(), yaml.CSafeLoader)
        return read
    return release_document(name)


def operations_of(document: Document) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return a document's operations by operationId, each with its method and path."""
    found = [
        (f"{method} {path}", item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    by_id = {operation.get("operationId", place): (place, operation) for place, operation in found}
    assert len(by_id) == len(found), "two operations have the same operationId"
    return by_id


def target_in(document: Document, reference: str) -> Any:
    """Return what a ``$ref`` of a document points at."""
    assert reference.startswith("#/"), f"{reference} leaves the document"
    node: Any = document
    for step in reference[2:].split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def resolve_in(document: Document, node: Any) -> Any:
    """Return a node itself, or what it refers to."""
    while "$ref" in node:
        node = target_in(document, node["$ref"])
    return node


def responses_of(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return every response of every operation: operationId, status, response."""
    for name, (_, operation) in operations_of(document).items():
        for status, response in operation["responses"].items():
            yield name, status, resolve_in(document, response)


def bodies_of(document: Document) -> dict[str, dict[str, Any]]:
    """Return the request bodies by operationId."""
    return {
        name: resolve_in(document, operation["requestBody"])
        for name, (_, operation) in operations_of(document).items()
        if "requestBody" in operation
    }


def walk(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Return every mapping below a node with its path; not those inside examples and defaults, which are data."""
    if isinstance(node, dict):
        yield path, node
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    is_data = {"example", "examples", "default", "enum"} if path[-1:] != ("properties",) else set()
    for key, part in parts:
        if key not in is_data:
            yield from walk(part, (*path, key))


def expanded_in(document: Document, node: Any) -> Any:
    """Return a node with what its references point at in their place."""
    if isinstance(node, dict):
        node = resolve_in(document, node)
        return {key: expanded_in(document, part) for key, part in node.items()}
    return [expanded_in(document, part) for part in node] if isinstance(node, list) else node


def examples_in(document: Document, node: Any) -> list[Any]:
    """Return the values of all examples of a media type, header or parameter."""
    several = [resolve_in(document, example)["value"] for example in node.get("examples", {}).values()]
    return [*several, node["example"]] if "example" in node else several


def exemplified_in(document: Document) -> list[tuple[str, dict[str, Any]]]:
    """Return everything in a document that can have examples beside a schema, with its path."""
    nodes = [(".".join(map(str, path)), node) for path, node in walk(document)]
    return [(path, node) for path, node in nodes if "schema" in node and not path.endswith("serverMessages")]


def complaints_in(document: Document, schema: Any, value: Any) -> list[str]:
    """Return what an independent validator of OpenAPI 3.0 schemas says about a value."""
    schema = expanded_in(document, schema)
    OAS30Validator.check_schema(schema)
    validator = OAS30Validator(schema, format_checker=oas30_format_checker)
    return [error.message for error in validator.iter_errors(value)]
