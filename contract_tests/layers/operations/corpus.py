"""Values that careless servers change, packed: a few dozen bodies have each of them in each place of its sort.

Every kind of ``mockserver/deviations/kinds`` changes at least one at every place; a test holds that.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract_tests.contract.document import Document
from contract_tests.contract.patterns import WriteValidator
from contract_tests.judging.fields import RULED_NAMES

_LONG = "0123456789 é " * 700
TEXTS = (
    "",
    " two  blanks ",
    "\ta tab\tand more\t",
    "Mixed CASE ÀÉ ß İ",
    "e\N{COMBINING ACUTE ACCENT} and \N{LATIN SMALL LETTER E WITH ACUTE}",
    "\N{LATIN SMALL LIGATURE FI} \N{FULLWIDTH LATIN CAPITAL LETTER A} \N{SUPERSCRIPT TWO}",
    _LONG,
    "007",
    "-1",
    "1e3",
    "0x1F",
    "1.0",
    "yes",
    "off",
    "True",
    "null",
    "~",
    "None",
    "2026-11-30",
    '<b>bold</b> & "more"',
    "&lt;&amp;&#39;&nbsp;",
    "%41%20%2F%00",
    "a+b",
    "C:\\new\\d\\u0041",
    "\\\\host\\\\share",
    "''two apostrophes''",
    "it's",
    "'quoted'",
    '"quoted"',
    "CR LF\r\nand LF\nat its end\n",
    "\nbegins with a line end",
    "- a list: {of: yaml} # no comment",
    "a,b;c|d",
    "{{ template }} {0} %s $1",
    "$HOME and ${HOME}",
    "`id` $(id)",
    "../a/b/",
    "\x01\x1b[31m\x7f",
    "before\0after",
    "\N{ELEPHANT} and after",
    "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{RIGHT-TO-LEFT OVERRIDE}",
    "no\N{NO-BREAK SPACE}break\N{LINE SEPARATOR}",
    "\N{GREEK SMALL LETTER ALPHA}\N{HEBREW LETTER ALEF}\N{HIRAGANA LETTER A}",
    "' OR 1=1 --",
    "*",
    "[]",
)
NAMES = (
    "",
    "a.b",
    "$a",
    "A",
    " a ",
    "e\N{COMBINING ACUTE ACCENT}",
    "a-b",
    "n" * 70,
    "007",
    "null",
    "a/b",
    "\N{ELEPHANT}",
)
"""Names of entries of a map, all in one."""
NUMBERS = (60, 90, 3600)
WHOLE = (1, 60, 86_400, 2**31, 2**53 - 1, 2**63, 1e21)
FRACTIONS = (0.1, 0.5, 1.23456789, 1e-7, 0.30000000000000004, 1234567.0000001)
"""Whether numbers are stored to the last digit is judged by a clause of its own, by these."""
_LENGTHS = (0, 3, 12)


def packed(schema: Document, texts: Sequence[str] = TEXTS) -> Iterator[Any]:
    """Give values of a schema that together have each text, number and choice at each of its places.

    Lists are empty, of a few items of which two are equal, and long, in turns; so are maps, of awkward names.
    """
    places = {id(part): place for place, part in enumerate(_parts(schema))}
    for turn in range(len(texts)):
        yield _Turn(turn, places, texts).value(schema)


def _parts(schema: Document) -> Iterator[Document]:
    """Give a schema and all in it, in an order that depends on nothing else."""
    yield schema
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for part in inner:
        if isinstance(part, dict):
            yield from _parts(part)


class _Turn:
    """Makes one of the values: a place has another at each turn, and places side by side have different ones."""

    def __init__(self, turn: int, places: Mapping[int, int], texts: Sequence[str]) -> None:
        self._turn = turn
        self._texts = texts
        self._places = places

    def value(self, schema: Document, number: int = 0) -> Any:
        """Return a value; ``number`` tells apart the items of a list, and the entries of a map."""
        place = self._turn + number + self._places[id(schema)]
        if "enum" in schema:
            return schema["enum"][place % len(schema["enum"])]
        if "properties" in schema:
            return {name: self.value(part, number) for name, part in schema["properties"].items()}
        if schema["type"] == "array":
            items = [self.value(schema["items"], each) for each in range(_LENGTHS[place % len(_LENGTHS)])]
            return [*items, items[0]] if items else items
        if schema["type"] == "object":
            names = RULED_NAMES if "x-propertyNames" in schema else NAMES
            return {
                name: self.value(schema["additionalProperties"], each)
                for each, name in enumerate(names[: _LENGTHS[place % len(_LENGTHS)]])
            }
        if schema["type"] == "boolean":
            return place.bit_count() % 2 == 0  # with each choice both, however many choices there are
        return _fitting(schema, self._texts if schema["type"] == "string" else NUMBERS, place)


def _fitting(schema: Document, values: Sequence[Any], place: int) -> Any:
    rule = WriteValidator(schema)
    return next(each for each in (*values[place % len(values) :], *values) if rule.is_valid(each))
