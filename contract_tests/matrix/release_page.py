"""The page of one release."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from contract_tests.judging.ledger import Entry
from contract_tests.judging.verdict import BROKEN
from contract_tests.matrix import markdown
from contract_tests.matrix.explain import known_of
from contract_tests.matrix.recorded import WORDS
from contract_tests.matrix.table import Case, Column, Matrix, store_in_words
from pgwatch_contract.files import data_file
from pgwatch_contract.releases.differences import Change, differences
from pgwatch_contract.releases.documents import actions_on, release_document
from pgwatch_contract.releases.release import Release
from pgwatch_contract.releases.spec_text import in_reading_order

_METHODS = ("get", "put", "post", "delete")
_MANY = 4
"""So many operations are listed one by one; of more, where that is shorter, those that are left out."""
_KINDS = {
    "operation": "Operations",
    "parameter": "Operations",
    "body": "Operations",
    "answer": "Operations",
    "schema": "Fields",
    "token": "Tokens",
    "manners": "Paths, methods and headers",
    "server": "Where it is found",
    "log": "The log",
}


def page(release: Release, matrix: Matrix) -> str:
    """Return the page of a release: how to have it, what to watch out for, what it does unlike the contract."""
    columns = [column for column in matrix.columns if column.recorded.release == release.name]
    lines = [
        f"# {markdown.text(release.title)}",
        "",
        markdown.text(" ".join(release.summary.split())),
        "",
        f"Family {release.family}: {', '.join(release.tags)}. [All releases](../releases.md)",
        *_start(release),
        *_watch_out(release),
        *_differences(release),
        *_deviations(release),
        *_verdicts(columns),
    ]
    return "\n".join(lines) + "\n"


def _start(release: Release) -> Iterator[str]:
    yield from ("", "## A server that answers like it", "", "```sh")
    yield f"pgwatch-contract mock --release {release.name}                      # sources in a YAML file"
    yield f"pgwatch-contract mock --release {release.name} --store postgres     # sources in PostgreSQL"
    yield f"pgwatch-contract spec --release {release.name}                      # its OpenAPI document"
    yield "```"


def _watch_out(release: Release) -> Iterator[str]:
    if release.watch_out:
        yield from ("", "## What to watch out for", "")
        yield from (f"- {markdown.text(' '.join(each.split()))}" for each in release.watch_out)


def _differences(release: Release) -> Iterator[str]:
    changes = differences(_contract(), release_document(release.name))
    reasons = [
        (action["target"], action["description"])
        for action in actions_on(_contract(), release)
        if "description" in action
    ]
    yield from ("", "## What it means to do unlike the contract", "")
    yield "**Bold**: a client that was written against the contract alone has to change for it."
    for title, group in _by_title(changes).items():
        yield from ("", f"### {title}", "", *_lines(group))
    if reasons:
        rows = ((markdown.code(target), markdown.text(" ".join(why.split()))) for target, why in reasons)
        yield from ("", "<details><summary>Why, as the overlay has it</summary>", "")
        yield from (*markdown.table(("part of the document", "why"), rows), "", "</details>")


def _by_title(changes: Sequence[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {title: [] for title in _KINDS.values()}
    for change in changes:
        found.setdefault(_KINDS.get(change.kind, "Other"), []).append(change)
    return {title: group for title, group in found.items() if group}


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    """Return changes of one place together, places in the order in which they come."""
    places: dict[str, list[Change]] = {}
    for change in changes:
        places.setdefault(change.where, []).append(change)
    for where, group in places.items():
        texts = [f"**{markdown.text(one.text)}**" if one.is_breaking else markdown.text(one.text) for one in group]
        yield from (
            [f"- {markdown.text(where)} {texts[0]}"]
            if len(texts) == 1
            else [f"- {markdown.text(where)}", *(f"  - {text}" for text in texts)]
        )


def _deviations(release: Release) -> Iterator[str]:
    entries, labels = known_of(release.name).entries, operation_labels(release.name)
    yield from ("", f"## Its known deviations ({len(entries)})", "")
    yield (
        f"What it does against its own document. `pgwatch-contract mock --release {release.name}` shows them all; "
        "`mock --deviate NAME` shows one alone, if it is about what the contract has too."
    )
    yield ""
    rows = (
        (
            markdown.code(entry.name),
            markdown.text(entry.title) + (f" Only with {store_in_words(entry.store)}." if entry.store else ""),
            ", ".join(map(markdown.text, _operations(entry, labels))),
            markdown.text(entry.source),
        )
        for entry in entries
    )
    yield from markdown.table(("deviation", "what it does", "where", "source"), rows)


def _operations(entry: Entry, labels: Mapping[str, str]) -> list[str]:
    if not entry.operations:
        return ["the server as a whole"]
    found = [label for name, label in labels.items() if name in entry.operations]
    others = [label for name, label in labels.items() if name not in entry.operations]
    if len(found) > _MANY and len(others) < len(found):
        return ["all but " + ", ".join(others)] if others else ["all"]
    return found


def _verdicts(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        recorded = column.recorded
        counts = ", ".join(f"{column.counts[word]} {word}" for word in WORDS if column.counts[word])
        yield from ("", f"## What the suite found with {store_in_words(recorded.store)}", "")
        yield f"pgwatch {recorded.version}, judged on {recorded.date} (effort {recorded.effort}): {counts}."
        broken = {name: cell for name, cell in column.cells.items() if cell.word == BROKEN}
        if not broken:
            continue
        yield from ("", "<details><summary>All that was broken, with an example of each</summary>", "")
        rows = (_case(column, name, case) for name, cell in broken.items() for case in cell.cases)
        yield from markdown.table(("clause", "where", "expected", "actual", "explained by"), rows)
        yield from ("", "</details>")


def _case(column: Column, clause: str, case: Case) -> tuple[str, ...]:
    failure = case.failure
    known = ", ".join(map(markdown.code, case.deviations))
    if case.unexplained:
        new = ", ".join(map(column.recorded.label, case.unexplained))
        known = "; ".join(part for part in (known, f"**not known** ({markdown.text(new)})") if part)
    return (
        markdown.code(clause),
        ", ".join(markdown.text(column.recorded.label(name)) for name in failure.operations),
        markdown.code(failure.expected),
        markdown.code(failure.actual),
        known,
    )


@functools.cache
def operation_labels(release: str) -> dict[str, str]:
    """Return the operations of a release as people write them, by operationId."""
    paths = in_reading_order(release_document(release))["paths"]
    found = ((path, method, item[method]) for path, item in paths.items() for method in _METHODS if method in item)
    return {operation["operationId"]: f"{method.upper()} {path}" for path, method, operation in found}


@functools.cache
def _contract() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(data_file("openapi.yaml").read_bytes(), yaml.CSafeLoader)
    return document
