"""What is found where a clause is broken, in words that are the same in every run: ledgers know a failure by them.

They tell status and media type of the answer (``500 text/plain``), the place in a body and what is wrong there
(``[].Group: missing``), the header; not names, values and numbers that the next run has others of.
"""

import re
from collections.abc import Iterable
from typing import Any

from contract_tests.asking.exchange import Exchange
from contract_tests.target.canaries import JWT
from contract_tests.target.marks import MARK

_LONGEST = 160
_LONGEST_TEXT = 24
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_NAME = re.compile(rf"(?:{MARK.pattern}|contract-)[^\s,;:'\"]*")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "NoneType": "null",
    "dict": "object",
    "list": "array",
}


def of_answer(exchange: Exchange) -> str:
    """Return what an answer is: ``500 text/plain``, ``200 without a body``, ``no answer``."""
    if exchange.status is None:
        return "no answer"
    kind = exchange.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return f"{exchange.status} {kind or 'without a type'}" if exchange.body else f"{exchange.status} without a body"


def in_ascii(text: str) -> str:
    r"""Return a text that was sent as a sentence tells it: ``\xe9 a/b``, ``xxxxxxxxxx...``; ``nothing``."""
    told = ascii(text)[1:-1]
    return f"{told[:_LONGEST_TEXT]}..." if len(told) > _LONGEST_TEXT else told or "nothing"


def of_words(actual: str) -> str:
    """Return a sentence on what was found without what differs from run to run."""
    text = JWT.sub("TOKEN", actual)
    text = _NUMBER.sub("N", _NAME.sub("NAME", _QUOTED.sub("TEXT", text)))
    for word in ("NAME", "TEXT", "N"):
        text = re.sub(rf"\b{word}(?:, {word}\b)+", f"{word}, ...", text)
    return " ".join(text.split())[:_LONGEST]


def of(exchange: Exchange | None, actual: str) -> str:
    """Return what was found by an answer, a sentence, or both."""
    if exchange is None:
        return of_words(actual)
    return f"{of_answer(exchange)}: {of_words(actual)}" if actual else of_answer(exchange)


def of_each(exchange: Exchange, faults: Iterable[str]) -> list[str]:
    """Return what was found by an answer and several sentences: each by itself, for the next run may find others."""
    return list(dict.fromkeys(of(exchange, each) for each in faults))


def of_schema_faults(errors: Iterable[Any]) -> list[str]:
    """Return places in a body and what is wrong there, each once, from a validator's errors."""
    found: dict[str, None] = {}
    for error in errors:
        place = place_of(error.absolute_schema_path)
        if error.validator == "required":
            found |= {f"{place}.{name}: missing": None for name in error.validator_value if name not in error.instance}
        elif error.validator == "additionalProperties" and error.validator_value is False:
            known = error.schema.get("properties", {})
            found |= {f"{place}.{name}: not known": None for name in error.instance if name not in known}
        elif error.validator == "type":
            found[f"{place or 'body'}: of type {type_of(error.instance)}"] = None
        else:
            found[f"{place or 'body'}: {error.validator}"] = None
    return sorted(found)


def type_of(value: Any) -> str:
    """Return the type of a value in the words of JSON."""
    kind = type(value).__name__
    return _TYPES.get(kind, kind)


def place_of(path: Iterable[Any]) -> str:
    """Return the place in a body that a path through its schema leads to: ``[].HostConfig.Scope``, ``{}.SQLs``."""
    steps, place = iter(path), ""
    for step in steps:
        if step == "properties":
            place += f".{next(steps)}"
        elif step == "items":
            place += "[]"
        elif step == "additionalProperties":
            place += "{}"
    return place
