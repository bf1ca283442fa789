"""Bodies of requests that are not JSON, or not the JSON that an operation takes."""

import json
from typing import Any

Body = dict[str, Any]

_DEPTH = 100_000
_NO_VALUES = ("NaN", "Infinity", "-Infinity", "True", "None", "undefined", "01", "+1", ".5", "1.", "0x10", "text", "")
"""What other languages take for a value."""
_NO_TEXTS = {
    "a byte that is not UTF-8": b"\xff",
    "a letter in Latin-1": b"\xfc",
    "a letter cut in two": b"\xc3",
    "a byte spelled with two": b"\xc0\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "a control character": b"\x01",
    "a raw line end": b"a\n",
    "a raw tab": b"\t",
    "a NUL": b"\0",
    "an escape that is none": rb"\x41",
    "an escape cut short": rb"\u12",
}


def malformed(valid: Body) -> dict[str, bytes]:
    """Return bodies that no reader of JSON is to take, made of one that fits the document, by what they are.

    Each that can begins like the valid one: a server that reads on regardless finds the same name.
    """
    text = json.dumps(valid)
    begun = text.removesuffix("}")
    cut = {
        "a body cut off at its end": begun,
        "a body cut off within a text": begun[:-3],
        "a body cut off after a comma": f"{begun},",
        "a body cut off after a key": f'{begun}, "Filler"',
        "arrays without end": f'{begun}, "Filler": {"[" * _DEPTH}',
        "nothing but arrays without end": "[" * _DEPTH,
        "arrays in arrays, far too deep": "[" * _DEPTH + "]" * _DEPTH,
        "a single brace": "{",
    }
    marked = {
        "a second body after the first": text + text,
        "a word after the body": f"{text} text",
        "a brace after the body": f"{text}}}",
        "a NUL after the body": f"{text}\0",
        "a comma after the last field": f"{begun},}}",
        "no comma between two fields": f'{begun} "Filler": 1}}',
        "single quotes": f"{begun}, 'Filler': 'text'}}",
        "single quotes alone": text.replace('"', "'"),
        "a key without quotes": f"{begun}, Filler: 1}}",
        "a comment": f"{begun} /* comment */}}",
        "a comment at the end of a line": f"{begun} // comment\n}}",
        "a semicolon for a comma": f'{begun}; "Filler": 1}}',
    }
    texts = {
        **cut,
        **marked,
        **{f"a field that is {value or 'nothing'}": f'{begun}, "Filler": {value}}}' for value in _NO_VALUES},
    }
    others = {"nothing": "", "blanks": " \n", "words": "not JSON", "a form": "user=contract&password=contract"}
    raw = {f"{what} in a text": begun.encode() + b', "Filler": "' + part + b'"}' for what, part in _NO_TEXTS.items()}
    return {
        **{what: body.encode() for what, body in {**others, **texts}.items()},
        **raw,
        "a body in UTF-16": text.encode("utf-16"),
    }


def not_objects(valid: Body) -> dict[str, bytes]:
    """Return bodies that are JSON but no object, by what they are; one of them is a text that is the name alone."""
    name = str(next(iter(valid.values())))
    values = {
        "a text": name,
        "a body as a text": json.dumps(valid),
        "null": None,
        "true": True,
        "a number": 1,
        "an empty array": [],
        "an array of bodies": [valid],
        "an array of pairs": [list(pair) for pair in valid.items()],
    }
    return {what: json.dumps(value).encode() for what, value in values.items()}
