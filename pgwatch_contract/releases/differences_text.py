"""A list of differences as text for a terminal, as Markdown and as JSON."""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from textwrap import wrap

from pgwatch_contract.releases.differences import Change

_WIDTH = 120
_BREAKING = "These break a client"
_OTHERS = "These break none"


def headline(old: str, new: str, changes: Sequence[Change]) -> str:
    """Return the verdict in numbers, as one line without its end."""
    if not changes:
        return f"{old} and {new}: no differences"
    breaking = sum(change.is_breaking for change in changes)
    if len(changes) == 1:
        return f"from {old} to {new}: 1 difference, which breaks {'a' if breaking else 'no'} client"
    verdict = f"{breaking} of them break{'s' if breaking == 1 else ''} a client" if breaking else "none breaks a client"
    return f"from {old} to {new}: {len(changes)} differences, {verdict}"


def as_terminal(old: str, new: str, changes: Sequence[Change]) -> str:
    """Return the differences as lines of text: the verdict, those that break a client, the others."""
    lines = [headline(old, new, changes)]
    for title, chosen in _parts(changes):
        lines += ["", f"{title}:"]
        for where, group in groupby(chosen, key=lambda change: change.where):
            lines.append(f"  {where}")
            for change in group:
                lines += wrap(
                    change.text, _WIDTH, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False
                )
    return "\n".join(lines) + "\n"


def as_markdown(old: str, new: str, changes: Sequence[Change]) -> str:
    """Return the differences as Markdown, with a heading of the third level for each of the two parts."""
    lines = [headline(old, new, changes)]
    for title, chosen in _parts(changes):
        lines += ["", f"### {title}", "", "| what | how |", "|---|---|"]
        lines += [f"| {_cell(change.where)} | {_cell(change.text)} |" for change in chosen]
    return "\n".join(lines) + "\n"


def as_json(old: str, new: str, changes: Sequence[Change]) -> str:
    """Return the differences as JSON: ``from``, ``to``, ``headline``, ``breaking`` (how many) and ``changes``."""
    content = {
        "from": old,
        "to": new,
        "headline": headline(old, new, changes),
        "breaking": sum(change.is_breaking for change in changes),
        "changes": [
            {"breaking": change.is_breaking, "kind": change.kind, "where": change.where, "text": change.text}
            for change in changes
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _parts(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    parts = [
        (title, [change for change in changes if change.is_breaking is is_breaking])
        for title, is_breaking in ((_BREAKING, True), (_OTHERS, False))
    ]
    return [(title, sorted(chosen, key=_place_in(chosen))) for title, chosen in parts if chosen]


def _place_in(changes: Sequence[Change]) -> Callable[[Change], int]:
    """Return a key by which changes of one place stand together, where the first of them stood."""
    first: dict[str, int] = {}
    for index, change in enumerate(changes):
        first.setdefault(change.where, index)
    return lambda change: first[change.where]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
