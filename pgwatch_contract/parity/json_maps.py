"""JSON texts with the keys of their maps, or the entries of their list, in order, and all other bytes as they were."""

import re

_SPACE = rb"[ \t\r\n]*"
_TOKEN = re.compile(_SPACE + rb'("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)' + _SPACE, re.DOTALL)
_MAPS = {b'"Metrics"', b'"MetricsStandby"', b'"CustomTags"', b'"SQLs"'}
_FIELDS = {b'"Name"', b'"SQLs"', b'"Description"', b'"ConnStr"', b'"Metrics"'}


class _NotJson(Exception):
    """The text is not what it seemed to be."""


def with_sorted_maps(text: bytes) -> bytes:
    """Return a JSON text with the members of each map sorted; one that is not JSON is returned as it is.

    Maps are the objects under a field that holds one (``Metrics``, ``MetricsStandby``, ``CustomTags``, ``SQLs``), and
    one at the top that has none of the fields of a source, a metric or a preset: metrics or presets by their names.
    """
    try:
        tokens = _tokens(text)
        value, end = _value(tokens, 0, is_map=tokens[0] == b"{" and tokens[1] not in _FIELDS)
    except (_NotJson, IndexError, RecursionError):
        return text
    return value if end == len(tokens) else text


def with_sorted_rows(text: bytes) -> bytes:
    """Return a JSON list with its entries sorted; a text that is no JSON list is returned as it is."""
    try:
        tokens = _tokens(text)
        value, end = _value(tokens, 0, is_map=False, is_unordered=tokens[0] == b"[")
    except (_NotJson, IndexError, RecursionError):
        return text
    return value if end == len(tokens) else text


def _tokens(text: bytes) -> list[bytes]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _NotJson
        tokens.append(match[0])
        position = match.end()
    return tokens


def _value(tokens: list[bytes], at: int, *, is_map: bool, is_unordered: bool = False) -> tuple[bytes, int]:
    opening = tokens[at].strip()
    if opening not in (b"{", b"["):
        if opening in (b"}", b"]", b",", b":"):
            raise _NotJson
        return tokens[at], at + 1
    members, at = [], at + 1
    closing = b"}" if opening == b"{" else b"]"
    while tokens[at].strip() != closing:
        member, at = _member(tokens, at, opening)
        members.append(member)
        if tokens[at].strip() == b",":
            at += 1
        elif tokens[at].strip() != closing:
            raise _NotJson
    inner = b",".join(sorted(members) if is_unordered or (is_map and opening == b"{") else members)
    return opening + inner + tokens[at].strip(), at + 1


def _member(tokens: list[bytes], at: int, opening: bytes) -> tuple[bytes, int]:
    if opening == b"[":
        return _value(tokens, at, is_map=False)
    key = tokens[at]
    if not key.strip().startswith(b'"') or tokens[at + 1].strip() != b":":
        raise _NotJson
    value, end = _value(tokens, at + 2, is_map=key.strip() in _MAPS)
    return key + tokens[at + 1] + value, end
