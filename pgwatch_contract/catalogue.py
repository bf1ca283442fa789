"""The catalogue of deviations, ``deviations.yaml``, as all who need it read it."""

import functools
from collections.abc import Mapping
from typing import Any

import yaml

from pgwatch_contract.files import data_file
from pgwatch_contract.references import resolved

Entry = Mapping[str, Any]
_METHODS = ("get", "put", "post", "delete", "patch", "head")


@functools.cache
def read_entries() -> Mapping[str, Entry]:
    """Return the entries by name, in the order of the file; a word for operations has become their operationIds."""
    words = _operations_by_word()
    entries = yaml.load(data_file("deviations.yaml").read_bytes(), yaml.CSafeLoader)
    return {name: entry | {"operations": _operations(entry["operations"], words)} for name, entry in entries.items()}


def _operations(given: str | list[str], words: Mapping[str, list[str]]) -> list[str]:
    return words[given] if isinstance(given, str) else given


def _operations_by_word() -> dict[str, list[str]]:
    document = yaml.load(data_file("openapi.yaml").read_bytes(), yaml.CSafeLoader)
    every = [part for item in document["paths"].values() for method, part in item.items() if method in _METHODS]
    bodies = {each["operationId"]: resolved(document, each.get("requestBody", {})) for each in every}
    return {
        "all": [each["operationId"] for each in every],
        "protected": [each["operationId"] for each in every if each.get("security", document["security"])],
        "json": [name for name, body in bodies.items() if "application/json" in body.get("content", {})],
    }
