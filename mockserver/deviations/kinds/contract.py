"""What the contract says of the places of kinds."""

import functools
from collections.abc import Mapping
from typing import Any

import yaml

from pgwatch_contract.files import data_file
from pgwatch_contract.references import expanded


@functools.cache
def document() -> Mapping[str, Any]:
    """Return the contract, with its references."""
    loaded: dict[str, Any] = yaml.load(data_file("openapi.yaml").read_bytes(), yaml.CSafeLoader)
    return loaded


@functools.cache
def schema_of_a_source() -> dict[str, Any]:
    """Return the schema of a source, without references."""
    resolved: dict[str, Any] = expanded(document(), document()["components"]["schemas"]["Source"])
    return resolved


def protected() -> list[str]:
    """Return the operationIds of the operations that want a token: those that do not say that they want none."""
    every = (operation for item in document()["paths"].values() for operation in item.values())
    return [operation["operationId"] for operation in every if operation.get("security") != []]


def with_body() -> list[str]:
    """Return the operationIds of the operations that take a body."""
    every = (operation for item in document()["paths"].values() for operation in item.values())
    return [operation["operationId"] for operation in every if "requestBody" in operation]


@functools.cache
def operations() -> Mapping[str, Mapping[str, Any]]:
    """Return the answers of each operation by their statuses, without references, by operationId."""
    found = {}
    for item in document()["paths"].values():
        for operation in item.values():
            answers = operation["responses"].items()
            found[operation["operationId"]] = {status: expanded(document(), answer) for status, answer in answers}
    return found
