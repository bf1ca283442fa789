"""What is at fault in the body of a request, by the contract: whether a server has reason to refuse it."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import JSON, Contract, Document, Operation
from contract_tests.contract.patterns import WriteValidator, fits
from contract_tests.judging.found import place_of

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME_WITH_NUL = "a name with a NUL"
NUL = "a NUL"
_PECULIAR = {
    NUL: (re.compile(r"\0|(?<!\\)(?:\\\\)*\\u0000"), True),
    "a quotation mark in a key": (re.compile(r'"(?:[^"\\]|\\.)*\\"(?:[^"\\]|\\.)*"\s*:'), True),
    "an escaped key": (re.compile(r'"(?:[^"\\]|\\.)*\\u00(?:[2-6][0-9a-fA-F]|7[0-9a-eA-E])(?:[^"\\]|\\.)*"\s*:'), True),
    "an empty map": (re.compile(r"\{\s*\}"), False),
    "a point or an exponent in a number": (re.compile(r"\d(?:\.\d|[eE])"), False),
}
"""What readers of JSON, then stores, stumble over in a body that fits, and whether it is looked for in texts too."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def fault_of(
    contract: Contract,
    operation: Operation,
    body: bytes,
    content_type: str | None,
    query: Sequence[tuple[str, str]] = (),
) -> str | None:
    """Return what rule a body breaks: ``Kind breaks enum``, nothing, or None where that cannot be said.

    The document does not say what half of a pair of surrogates is, or a number that no double can hold; what is no
    JSON, is sent as another type, or lacks a name in the query, has clauses of its own.
    """
    if not body or len(body) > contract.manners["requestTooLarge"]["limit"]:
        return None
    if operation.name_in == "query" and not dict(reversed(query)).get("name"):
        return None
    if not operation.takes_json:
        return _fault_of_text(body)
    return _fault_of_json(body, (operation.body or {})[JSON]["schema"]) if content_type == JSON else None


def is_text(value: str) -> bool:
    """Say whether a text can be written in UTF-8: no half of a pair of surrogates is in it."""
    return not _SURROGATE.search(value)


def request_in_words(contract: Contract, operation: Operation, exchange: Exchange) -> str:
    """Return whether a request had a body, and whether that fits the document: ``a body that fits``."""
    if not exchange.request_body:
        return _NAME_WITH_NUL if _names_a_nul(operation, exchange) and operation.body is None else "no body"
    headers = exchange.request_headers.items()
    kind = next((value for name, value in headers if name.lower() == "content-type"), None)
    query = parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
    fault = fault_of(contract, operation, exchange.request_body, kind, query)
    if fault is None:
        return "a body that is out of order"
    return f"a body in which {fault}" if fault else peculiarity_of(operation, exchange)


def peculiarity_of(operation: Operation, exchange: Exchange) -> str:
    """Return what a request whose body fits has that readers and stores stumble over: ``a body with a NUL``."""
    return _NAME_WITH_NUL if _names_a_nul(operation, exchange) else kind_of_body(operation, exchange.request_body)


def _names_a_nul(operation: Operation, exchange: Exchange) -> bool:
    """Say whether what a request is about has a NUL in its name; a parameter that nobody reads may have one."""
    parts = urlsplit(exchange.url)
    if operation.name_in == "path":
        return "\0" in unquote(parts.path)
    return any("\0" in value for name, value in parse_qsl(parts.query, keep_blank_values=True) if name == "name")


def kind_of_body(operation: Operation, body: bytes) -> str:
    """Return what a body that fits has that readers and stores stumble over, or that it fits."""
    if found := peculiarities_of(body):
        return f"a body with {found[0]}"
    if operation.takes_json and operation.writes and not operation.kind:
        source = json.loads(body)
        has_metrics = source.get("PresetMetrics") or source.get("Metrics")
        return "a body that fits" if has_metrics else "a source without metrics"
    return "a body that fits"


def peculiarities_of(body: bytes) -> list[str]:
    """Return all that a body has that readers and stores stumble over: ``a NUL``."""
    text = body.decode(errors="replace")
    without_texts = _TEXT.sub('""', text)
    return [
        what for what, (pattern, in_texts) in _PECULIAR.items() if pattern.search(text if in_texts else without_texts)
    ]


def _fault_of_text(data: bytes) -> str | None:
    try:
        data.decode()
    except UnicodeDecodeError:
        return None
    return ""


def _fault_of_json(data: bytes, schema: Document) -> str | None:
    try:
        # Given bytes, the reader would take other encodings too.
        value = json.loads(data.decode(), parse_constant=float)
    except (ValueError, RecursionError):
        return None
    if not _is_exact(value):
        return None
    error = next(WriteValidator(schema).iter_errors(value), None)
    if error is None:
        return "" if _are_names_in_order(schema, value) else "a name breaks x-propertyNames"
    return f"{place_of(error.absolute_schema_path).removeprefix('.') or 'it'} breaks {error.validator}"


def _are_names_in_order(schema: Document, value: Any) -> bool:
    """Say whether the keys of all maps in a value are as ``x-propertyNames`` asks (OpenAPI has no word for that)."""
    if isinstance(value, list):
        return all(_are_names_in_order(schema["items"], each) for each in value)
    if not isinstance(value, dict):
        return True
    pattern = schema.get("x-propertyNames", {}).get("pattern", "")
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    parts = [(known.get(key, others), each) for key, each in value.items()]
    return all(fits(pattern, key) for key in value) and all(
        _are_names_in_order(part, each) for part, each in parts if isinstance(part, dict)
    )


def _is_exact(value: Any) -> bool:
    """Say whether every reader of JSON reads a value as it is."""
    match value:
        case dict():
            return all(_is_exact(each) for pair in value.items() for each in pair)
        case list():
            return all(map(_is_exact, value))
        case str():
            return is_text(value)
        case float():
            return math.isfinite(value)
        case int():
            return abs(value) < 10**308
    return True
