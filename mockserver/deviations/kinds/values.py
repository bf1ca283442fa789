"""What careless servers make of values: databases and ORMs, YAML and JSON libraries, escaping, frontends before them.

Each kind changes a value of one sort, of a text for instance; where it stands is the place's to say.
"""

import html
import re
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

TEXT, NUMBER, BOOLEAN, LIST, MAP, CHOICE = "text", "number", "boolean", "list", "map", "choice"
SORTS = (TEXT, NUMBER, BOOLEAN, LIST, MAP, CHOICE)
"""The sorts of places. A choice is a text of which the contract lists all."""


@dataclass(frozen=True)
class Kind:
    """What becomes of a value of some sorts; it returns the same value where it has nothing to change."""

    title: str
    sorts: tuple[str, ...]
    change: Callable[[Any], Any]


def cut_in_bytes(text: str, most: int) -> str:
    """Return as many whole characters of a text as its first bytes in UTF-8 hold."""
    return text.encode("utf-8", "surrogatepass")[:most].decode("utf-8", "ignore")


def _as_number(text: str) -> Any:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else text


def _as_yaml_switch(text: str) -> Any:
    return {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}.get(text.lower(), text)


def _as_float32(number: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return number


def _without_names(value: dict[str, Any], is_lost: Callable[[str], bool]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if not is_lost(name)}


def _renamed(value: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    return {change(name): each for name, each in value.items()}


_ANY_TEXT = (TEXT, CHOICE)
KINDS = {
    # --- texts -------------------------------------------------------------------------------------------------------
    "is-trimmed": Kind("blanks at both ends are lost", (TEXT,), str.strip),
    "is-trimmed-at-the-end": Kind(
        "blanks at its end are lost, as in a column of CHAR", (TEXT,), lambda text: text.rstrip(" ")
    ),
    "has-single-blanks": Kind("blanks in a row become one", (TEXT,), lambda text: re.sub(r" {2,}", " ", text)),
    "is-lower-cased": Kind("it is in lower case", _ANY_TEXT, str.lower),
    "is-upper-cased": Kind("it is in upper case", _ANY_TEXT, str.upper),
    "is-composed": Kind("it is in Unicode's NFC", (TEXT,), lambda text: unicodedata.normalize("NFC", text)),
    "is-decomposed": Kind("it is in Unicode's NFD", (TEXT,), lambda text: unicodedata.normalize("NFD", text)),
    "is-made-compatible": Kind("it is in Unicode's NFKC", (TEXT,), lambda text: unicodedata.normalize("NFKC", text)),
    "is-cut-at-63-bytes": Kind(
        "63 bytes of it are kept, as of a PostgreSQL name", (TEXT,), lambda text: cut_in_bytes(text, 63)
    ),
    "is-cut-at-255-characters": Kind("255 characters of it are kept", (TEXT,), lambda text: text[:255]),
    "is-cut-at-1024-bytes": Kind("1,024 bytes of it are kept", (TEXT,), lambda text: cut_in_bytes(text, 1024)),
    "is-cut-at-4096-characters": Kind("4,096 characters of it are kept", (TEXT,), lambda text: text[:4096]),
    "is-emptied": Kind("it is stored empty", (TEXT,), lambda text: ""),
    "is-a-number-where-it-looks-like-one": Kind("007 is stored as the number 7", (TEXT,), _as_number),
    "loses-leading-zeros": Kind("007 is stored as 7", (TEXT,), lambda text: str(_as_number(text))),
    "is-a-switch-where-it-looks-like-one": Kind("yes and off are stored as booleans", (TEXT,), _as_yaml_switch),
    "is-empty-where-it-is-null": Kind(
        "null, none and ~ are stored empty",
        (TEXT,),
        lambda text: "" if text.lower() in ("null", "none", "nil", "~") else text,
    ),
    "is-escaped-for-html": Kind("& and < are stored as entities", (TEXT,), html.escape),
    "is-unescaped-from-html": Kind("entities are stored as what they stand for", (TEXT,), html.unescape),
    "is-unquoted": Kind("%41 is stored as A", (TEXT,), unquote),
    "has-blanks-for-pluses": Kind(
        "a + is stored as a blank", (TEXT,), lambda text: unquote_plus(text.replace("%", "%25"))
    ),
    "loses-backslashes": Kind("a backslash is lost", (TEXT,), lambda text: text.replace("\\", "")),
    "has-two-backslashes": Kind("a backslash is stored twice", (TEXT,), lambda text: text.replace("\\", "\\\\")),
    "has-one-backslash-for-two": Kind(
        "two backslashes are stored as one", (TEXT,), lambda text: text.replace("\\\\", "\\")
    ),
    "has-one-apostrophe-for-two": Kind(
        "two apostrophes are stored as one", (TEXT,), lambda text: text.replace("''", "'")
    ),
    "has-two-apostrophes": Kind("an apostrophe is stored twice", (TEXT,), lambda text: text.replace("'", "''")),
    "loses-quotes-around-it": Kind(
        "quotation marks around it are lost",
        (TEXT,),
        lambda text: text[1:-1] if re.fullmatch(r"(['\"]).*\1", text, re.DOTALL) else text,
    ),
    "loses-tags": Kind("what looks like a tag of HTML is lost", (TEXT,), lambda text: re.sub(r"<[^>]*>", "", text)),
    "has-unix-line-ends": Kind("CR LF becomes LF", (TEXT,), lambda text: text.replace("\r\n", "\n")),
    "has-dos-line-ends": Kind("LF becomes CR LF", (TEXT,), lambda text: re.sub(r"(?<!\r)\n", "\r\n", text)),
    "loses-its-last-line-end": Kind("a line end at its end is lost", (TEXT,), lambda text: text.removesuffix("\n")),
    "is-its-first-line": Kind("its first line alone is stored", (TEXT,), lambda text: text.partition("\n")[0]),
    "has-blanks-for-tabs": Kind("a tab is stored as a blank", (TEXT,), lambda text: text.replace("\t", " ")),
    "loses-control-characters": Kind(
        "control characters are lost", (TEXT,), lambda text: re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    ),
    "ends-at-a-nul": Kind("it ends at a NUL", (TEXT,), lambda text: text.partition("\0")[0]),
    "is-ascii": Kind("what is not ASCII is lost", (TEXT,), lambda text: text.encode("ascii", "ignore").decode()),
    "has-question-marks": Kind(
        "what is not Latin-1 becomes ?", (TEXT,), lambda text: text.encode("latin-1", "replace").decode("latin-1")
    ),
    "is-decoded-twice": Kind(
        "its UTF-8 is taken for Latin-1", (TEXT,), lambda text: text.encode("utf-8", "surrogatepass").decode("latin-1")
    ),
    "ends-at-an-emoji": Kind(
        "it ends at a character beyond the BMP, as in MySQL's utf8",
        (TEXT,),
        lambda text: re.split("[\U00010000-\U0010ffff]", text, maxsplit=1)[0],
    ),
    "loses-what-is-invisible": Kind(
        "zero-width characters are lost", (TEXT,), lambda text: re.sub("[\u200b-\u200f\u2060\ufeff]", "", text)
    ),
    "has-straight-blanks": Kind("a no-break space becomes a blank", (TEXT,), lambda text: text.replace("\u00a0", " ")),
    "is-expanded": Kind("$NAME is replaced, by nothing", (TEXT,), lambda text: re.sub(r"\$\w+|\$\{\w+\}", "", text)),
    "ends-at-a-comment": Kind("it ends at a blank and #", (TEXT,), lambda text: re.split(r" #", text, maxsplit=1)[0]),
    "is-split-at-commas": Kind("what follows a comma is lost", (TEXT,), lambda text: text.partition(",")[0]),
    "loses-braces": Kind("braces are lost, as in a template", (TEXT,), lambda text: re.sub(r"[{}]", "", text)),
    "ends-without-a-slash": Kind("a slash at its end is lost", (TEXT,), lambda text: text.removesuffix("/")),
    # --- numbers -----------------------------------------------------------------------------------------------------
    "is-rounded": Kind(
        "it is stored as a whole number",
        (NUMBER,),
        lambda number: float(round(number)) if abs(number) < 2**53 else number,
    ),
    "has-two-decimals": Kind("two decimals of it are stored", (NUMBER,), lambda number: round(number, 2)),
    "has-six-digits": Kind("six digits of it are stored", (NUMBER,), lambda number: float(f"{number:.6g}")),
    "is-a-float-of-32-bits": Kind("it is stored in 32 bits", (NUMBER,), _as_float32),
    "is-at-most-2-31": Kind("it is at most 2,147,483,647", (NUMBER,), lambda number: min(number, 2**31 - 1)),
    "is-at-least-1": Kind("it is at least 1", (NUMBER,), lambda number: max(number, 1)),
    "is-at-most-a-day": Kind("it is at most 86,400", (NUMBER,), lambda number: min(number, 86_400)),
    "is-a-text": Kind("it is stored as a text", (NUMBER,), str),
    # --- booleans ----------------------------------------------------------------------------------------------------
    "is-always-true": Kind("false is taken for absent", (BOOLEAN,), lambda value: True),
    "is-always-false": Kind("it is not stored", (BOOLEAN,), lambda value: False),
    "is-a-number": Kind("it is stored as 0 or 1", (BOOLEAN,), int),
    # --- choices -----------------------------------------------------------------------------------------------------
    "is-its-first-word": Kind("it ends at a hyphen", (CHOICE,), lambda text: text.partition("-")[0]),
    "has-underscores": Kind("hyphens become underscores", (CHOICE,), lambda text: text.replace("-", "_")),
    # --- lists -------------------------------------------------------------------------------------------------------
    "is-sorted": Kind("its items are sorted", (LIST,), lambda items: sorted(items, key=str)),
    "is-reversed": Kind("its items are in the opposite order", (LIST,), lambda items: items[::-1]),
    "has-each-item-once": Kind(
        "of equal items one is stored",
        (LIST,),
        lambda items: [each for place, each in enumerate(items) if each not in items[:place]],
    ),
    "has-one-item": Kind("its first item alone is stored", (LIST,), lambda items: items[:1]),
    "has-ten-items": Kind("ten of its items are stored", (LIST,), lambda items: items[:10]),
    "is-null-where-it-is-empty": Kind("an empty one is stored as null", (LIST,), lambda items: items or None),
    "loses-empty-items": Kind(
        "empty items are lost", (LIST,), lambda items: [each for each in items if each not in ("", {}, [])]
    ),
    # --- maps --------------------------------------------------------------------------------------------------------
    "has-one-entry": Kind("its first entry alone is stored", (MAP,), lambda value: dict(list(value.items())[:1])),
    "has-ten-entries": Kind("ten of its entries are stored", (MAP,), lambda value: dict(list(value.items())[:10])),
    "loses-an-empty-name": Kind(
        "an entry without a name is lost", (MAP,), lambda value: _without_names(value, lambda name: not name)
    ),
    "loses-dotted-names": Kind(
        "an entry whose name has a dot is lost", (MAP,), lambda value: _without_names(value, lambda name: "." in name)
    ),
    "loses-dollar-names": Kind(
        "an entry whose name begins with $ is lost",
        (MAP,),
        lambda value: _without_names(value, lambda name: name.startswith("$")),
    ),
    "has-lower-cased-names": Kind(
        "names of entries are in lower case", (MAP,), lambda value: _renamed(value, str.lower)
    ),
    "has-trimmed-names": Kind(
        "blanks at both ends of names are lost", (MAP,), lambda value: _renamed(value, str.strip)
    ),
    "has-composed-names": Kind(
        "names of entries are in NFC",
        (MAP,),
        lambda value: _renamed(value, lambda name: unicodedata.normalize("NFC", name)),
    ),
    "has-names-in-snake-case": Kind(
        "hyphens in names become underscores",
        (MAP,),
        lambda value: _renamed(value, lambda name: name.replace("-", "_")),
    ),
    "has-names-cut-at-63-bytes": Kind(
        "63 bytes of a name are kept", (MAP,), lambda value: _renamed(value, lambda name: cut_in_bytes(name, 63))
    ),
    "loses-empty-entries": Kind(
        "entries with an empty text are lost",
        (MAP,),
        lambda value: {name: each for name, each in value.items() if each not in ("", None)},
    ),
    "is-not-stored": Kind("it is stored empty", (MAP, LIST), lambda value: type(value)()),
}
"""All kinds, by what becomes of a value: ``is-trimmed`` is ``value-is-trimmed@PLACE`` as a deviation."""
