"""Secrets that the suite plants: values of its own that no refusal, header or log entry may repeat.

They are found again in whatever spelling: a piece of one, percent-encoded, escaped as in JSON or HTML, in base64.
"""

import base64
import html
import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote_plus

PASSWORD = "canary-pa55word-7f3a"  # noqa: S105  # it is there to be found
URI = f"postgresql://canary_user:{PASSWORD}@unknown.invalid:5432/canary"
PAIRS = "host=unknown.invalid user=canary_user dbname=canary_7f3a application_name=canary_7f3a"
TOKEN = "canary-token-7f3a"  # noqa: S105

CANARIES = {"a password": PASSWORD, "a connection string": PAIRS, "a token": TOKEN}
"""What is looked for, by what it is."""

JWT = re.compile(r"eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*", re.ASCII)
"""A JSON Web Token anywhere in a text."""

_PIECE = 10
"""So many characters of a canary are one: parsers quote what is around the place where they stumble."""
_PAIRS_IN_A_ROW = "user=canary_user dbname=canary_7f3a"
"""Only a copy of the string has it: failures of a connection name user and database in words of their own."""


def canary_in(text: str) -> str | None:
    """Return what a text repeats of the canaries (``a password``), None if nothing."""
    spelled = _spellings(text)
    return next((what for piece, what in _pieces().items() if piece in spelled), None)


def known_in(text: str, known: Iterable[str]) -> bool:
    """Say whether a text repeats one of the secrets that are the target's own, or the end of a token's signature.

    A short secret, or one of letters alone, could be a word that the text has for a reason of its own.
    """
    for secret in known:
        if JWT.fullmatch(secret):
            if secret[-_PIECE * 2 :] in text:
                return True
        elif len(secret) >= 8 and not secret.isalpha() and secret in text:
            return True
    return False


def _spellings(text: str) -> str:
    """Return a text with what it reads as when it is decoded, in lower case."""
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    plain = "\n".join({text, unquote_plus(text), html.unescape(text), unescaped}).lower()
    return f"{plain}\n{text}"


@cache
def _pieces() -> dict[str, str]:
    """Return each piece of a text that gives a canary away, and what it gives away."""
    pieces = {_PAIRS_IN_A_ROW: "a connection string"}
    for what, canary in (("a password", PASSWORD), ("a token", TOKEN)):
        pieces |= {canary[start : start + _PIECE]: what for start in range(len(canary) - _PIECE + 1)}
    for what, canary in CANARIES.items():
        pieces[canary.encode().hex()[:40]] = what
        pieces |= dict.fromkeys(in_base64(canary), what)
    return pieces


def in_base64(secret: str) -> list[str]:
    """Return how a secret looks within a text that was encoded as a whole, at each of the three offsets."""
    found = []
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret.encode()).decode()
        # Characters at both ends hold bits of the neighbours too.
        inner = encoded[(offset * 8 + 5) // 6 : (offset + len(secret)) * 8 // 6]
        found += [inner, inner.replace("+", "-").replace("/", "_")]
    return found
