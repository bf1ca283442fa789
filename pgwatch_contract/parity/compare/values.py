"""Values for the schemas of bodies: of the right types mostly, but also out of bounds, odd and hard to store."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from pgwatch_contract.parity.compare.operations import Document
from pgwatch_contract.references import resolved

NAME = "${NAME}"
"""In a value: the name that the request is about."""

OF_OTHER_TYPES: list[Any] = ["x", "", 1, 1.5, True, None, [], ["x"], {}, {"a": "b"}]
"""Values one of which is of another type than any field has."""

Given = Mapping[str, Sequence[Any]]
"""Values by the field that they are for; the key "" is for a value that is no field."""

_TEXTS = [
    *("", "a", "default", "a b", " a ", "<a & 'b'>", '"a\\b"', "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "a\nb", "\t"),
    *("\N{ELEPHANT}", "\u2028", "\x00", "\x7f\x85", "null", "true", "1.5", "0x1", "~", "- a", "# a", "a: b", "{a", "*"),
    *("2026-01-01", "$PGWATCH_NO_SUCH_VARIABLE", "$$a", "a$b", "a\n\nb\n", "x" * 2500),
]
_INTEGERS: list[Any] = [60, 300, 15, 1, 0, -5, 604800, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63)]
_NUMBERS: list[Any] = [*_INTEGERS, 1.5, 60.0, 0.1, 1.23456789, 1e-7, 1e21, 12345678.9, -0.0]
_CONNECTIONS = [  # never empty: that would try the defaults of the server itself
    *("postgresql://user@127.0.0.1:1/db", "postgresql://user:made-up@127.0.0.1:1/db?sslmode=disable", "x", "="),
    *("host=127.0.0.1 port=1 user=user dbname=db", "host=127.0.0.1 port=x user=user", "http://127.0.0.1:1/", "host="),
    *("postgresql://user:made-up@127.0.0.1:port/db", '{"ConnStr":"x"}', "postgresql://u@127.0.0.1:1/d?sslmode=never"),
]
_FIELDS: Mapping[str, Sequence[Any]] = {
    "ConnStr": ["", *_CONNECTIONS],
    "PresetMetrics": ["basic", "standard", "", "no-such"],
    "PresetMetricsStandby": ["", "minimal", "no-such"],
    "Group": ["default", *_TEXTS],
}
_KEYS: Mapping[str, Sequence[str]] = {
    "SQLs": ["14", "11", "0", "017", "-1", "a", ""],
    "Metrics": ["uptime", "sessions", "no-such", "", "a: b"],
    "MetricsStandby": ["uptime", "pools"],
    "CustomTags": ["team", "TEAM", "", "a b", "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "1", "true"],
}


def values(document: Document, schema: Any, given: Given) -> st.SearchStrategy[Any]:
    """Return what draws values for the schema of a body, with what is given for some fields.

    A body that is a map (metrics by their names) has one entry, for ``NAME``: releases store several in an order that
    changes from request to request.
    """
    drawn: st.SearchStrategy[Any] = _values(document, schema, {**_FIELDS, "": _CONNECTIONS, **given}, "")
    return drawn


def _values(document: Document, schema: Any, given: Given, field: str) -> Any:
    schema = resolved(document, schema)
    if "allOf" in schema:
        schema = schema | resolved(document, schema["allOf"][0])
    some = _not_null(document, schema, given, field)
    return st.one_of(some, some, some, st.none()) if schema.get("nullable") else some


def _not_null(document: Document, schema: Any, given: Given, field: str) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return _object(document, schema, given, field)
    if kind == "array":
        return st.lists(_values(document, schema["items"], given, "an item"), max_size=3)
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        return st.sampled_from(_INTEGERS if kind == "integer" else _NUMBERS)
    return st.sampled_from(given.get(field) or [*schema.get("enum", []), *_TEXTS])


def _object(document: Document, schema: Any, given: Given, field: str) -> Any:
    if "properties" in schema:
        inner = {name: _values(document, each, given, name) for name, each in schema["properties"].items()}
        needed = {name: inner[name] for name in inner if name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional={name: inner[name] for name in inner if name not in needed})
    some = _values(document, schema.get("additionalProperties", {"type": "string"}), given, "a value")
    if not field:
        return st.fixed_dictionaries({NAME: some})
    return st.dictionaries(st.sampled_from(_KEYS.get(field, _TEXTS)), some, max_size=3)
