"""Texts that differ from another in one thing: what a server finds by them that is not exact."""

import re
import unicodedata

_WIDE = 0xFEE0
"""How far the wide form of an ASCII character is from it."""


def alike(text: str) -> dict[str, str]:
    """Return texts that differ from one, of which the last character is ASCII, by how."""
    before, last = text[:-1], text[-1:]
    others = {
        **_spelled(text),
        **_with_more(text),
        **_cut(text),
        "in the other case": text.swapcase(),
        "with one letter in the other case": f"{before}{last.swapcase()}",
        "in upper case": text.upper(),
        "in lower case": text.lower(),
        "with a wide letter": f"{before}{chr(ord(last) + _WIDE)}",
        "with an underscore for a letter": f"{before}_",
        "with a percent sign for its end": f"{before}%",
        "with a star for its end": f"{before}*",
        "with a question mark for a letter": f"{before}?",
        "with a dot for a letter": f"{before}.",
    }
    return {how: other for how, other in others.items() if other != text}


def _spelled(text: str) -> dict[str, str]:
    """Return what stands for a text in one encoding or another."""
    before, last = text[:-1], text[-1:]
    apart = unicodedata.normalize("NFD", text)
    return {
        "with its accents apart": apart,
        "without its accents": "".join(each for each in apart if not unicodedata.combining(each)),
        "percent-encoded": f"{before}%{ord(last):02X}",
        "with an entity": f"{before}&#{ord(last)};",
        "with a plus for each blank": text.replace(" ", "+"),
        "with two blanks for one": text.replace(" ", "  "),
        "with an underscore for each hyphen": text.replace("-", "_"),
        "with a zero before its number": re.sub(r"(?<!\d)(\d)", r"0\1", text, count=1),
        "with a backslash": f"{before}\\{last}",
        "with a Turkish i": text.replace("i", "\N{LATIN SMALL LETTER DOTLESS I}"),
    }


def _with_more(text: str) -> dict[str, str]:
    """Return what has something more, that does not count somewhere."""
    before, last = text[:-1], text[-1:]
    return {
        "with a blank at its end": f"{text} ",
        "with a blank more": f"{before} {last}",
        "with a hyphen more": f"{before}-{last}",
        "with an accent more": f"{text}\N{COMBINING ACUTE ACCENT}",
        "with a letter more that is not ASCII": f"{before}\N{LATIN SMALL LETTER L WITH STROKE}{last}",
        "with a zero-width space": f"{before}\N{ZERO WIDTH SPACE}{last}",
        "with a quotation mark at its end": f'{text}"',
        "with a slash at its end": f"{text}/",
        "with a line end": f"{text}\n",
        "with a line more": f"{text}\nmore",
        "with a NUL and more": f"{text}\0 more",
    }


def _cut(text: str) -> dict[str, str]:
    """Return what begins or ends elsewhere."""
    return {"that goes on": f"{text}1", "without its end": text[:-1], "without its beginning": text[1:]}
