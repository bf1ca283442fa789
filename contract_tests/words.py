"""Numbers and texts as reports show them."""

import difflib
import re
from collections.abc import Iterable


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 failure``, ``1,204 requests``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percentage(value: float) -> str:
    """Return a percentage with at most one digit after its point, never rounded up: ``99.9 %`` is not all."""
    return f"{int(value * 10 + 1e-9) / 10:g} %"


def duration(seconds: float) -> str:
    """Return a time as a person says it: ``0.4 s``, ``31 s``, ``2 min 5 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def nearest(given: str, known: Iterable[str]) -> str:
    """Return a question for the word that was perhaps meant, such as `` (listSources?)``; empty where none is near."""
    near = difflib.get_close_matches(given, list(known), n=1)
    return f" ({near[0]}?)" if near else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, without its full stop."""
    return re.split(r"(?<=[\w)'\"])\.(?=\s)", text, maxsplit=1)[0].rstrip(".")


def plain(text: str, keep: str = "") -> str:
    r"""Return a text with ``\x1b`` and the like in place of what steers a terminal or turns the reading direction.

    ``keep`` holds characters to leave as they are.
    """
    return "".join(
        each if each.isprintable() or each in keep else each.encode("unicode_escape").decode() for each in text
    )
