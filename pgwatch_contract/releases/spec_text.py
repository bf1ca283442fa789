"""An OpenAPI document as text: YAML as a person would write it, or JSON."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

_WIDTH = 112  # PyYAML folds a line after it: with the last word it is 120
_LONG = 100


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, references and short lists in one line, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None
    if "\n" in text:
        style = "|" if "\n" in text.rstrip("\n") and " \n" not in text else '"'
    elif len(text) > _LONG and " " in text:
        style = ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


def _mapping(dumper: _Dumper, mapping: dict[Any, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping.items(), flow_style=list(mapping) == ["$ref"])


def _list(dumper: _Dumper, values: list[Any]) -> yaml.Node:
    is_flat = all(not isinstance(value, dict | list) and "\n" not in str(value) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=is_flat)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return a document as YAML 1.1, which is YAML 1.2 too; it keeps the order of all keys."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def as_json(document: Mapping[str, Any]) -> str:
    """Return a document as indented JSON with a line end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def in_reading_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document whose statuses ascend and whose ``/things/{name}`` follows ``/things``; else it is the same."""
    paths: dict[str, Any] = document["paths"]
    heads = {path: index for index, path in enumerate(paths)}
    ordered = sorted(paths, key=lambda path: (heads.get(path.partition("/{")[0], heads[path]), "{" in path))
    return {**document, "paths": {path: _statuses_ascend(paths[path]) for path in ordered}}


def _statuses_ascend(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: {**part, "responses": dict(sorted(part["responses"].items()))}
        if isinstance(part, dict) and "responses" in part
        else part
        for key, part in item.items()
    }
