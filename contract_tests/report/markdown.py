"""The verdict as Markdown, for the summary of a CI job."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from contract_tests.coverage.item import COLUMNS
from contract_tests.judging.verdict import BROKEN, CONFORMS, KEPT, KNOWN, NOT_EXERCISED, NOT_JUDGED, Verdict
from contract_tests.report import groups
from contract_tests.words import counted, plain


def as_markdown(verdict: Verdict) -> str:
    """Return the verdict as Markdown: the layers in a table, each failure to be opened, what was not judged."""
    sections = (_head, _failures, _known, _gaps, _not_judged, _coverage, _run)
    return "\n".join(line for section in sections for line in section(verdict)) + "\n"


def _head(verdict: Verdict) -> Iterator[str]:
    yield f"## {'✅' if verdict.word == CONFORMS else '❌'} {plain(verdict.headline)}"
    yield ""
    yield "| layer | kept | broken | known | not exercised | not judged | seconds |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for layer in groups.layers(verdict):
        counts = " | ".join(str(layer.words[word]) for word in (KEPT, BROKEN, KNOWN, NOT_EXERCISED, NOT_JUDGED))
        yield f"| {_text(layer.name)} | {counts} | {layer.seconds:.1f} |"


def _failures(verdict: Verdict) -> Iterator[str]:
    broken = groups.broken_clauses(verdict)
    if broken:
        yield from ("", "### Failures", "", "Before a curl line:")
        yield from _fenced("sh", verdict.preparation)
    for group in broken:
        operations = _labels(verdict, list(dict.fromkeys(name for case in group.cases for name in case.operations)))
        yield ""
        yield f"<details><summary><code>{_html(group.clause.id)}</code> {_html(operations)}</summary>"
        yield ""
        yield _text(group.clause.says)
        for case in group.cases:
            yield from _case(verdict, case)
        yield from ("", "</details>")


def _case(verdict: Verdict, case: groups.Case) -> Iterator[str]:
    failure = case.failure
    cases = f": {_text(case.in_words)}" if case.in_words else ""
    yield ""
    yield f"**{_text(_labels(verdict, case.operations))}**{cases}"
    yield from _fenced("text", [f"expected  {plain(failure.expected)}", f"actual    {plain(failure.actual)}"])
    commands = [plain(command, keep="\n") for command in (*failure.steps, failure.curl) if command]
    if commands:
        yield from _fenced("sh", commands)
    yield from ("", _code(case.part))


def _known(verdict: Verdict) -> Iterator[str]:
    if verdict.known:
        yield from ("", f"<details><summary>{counted(len(verdict.known), 'known deviation')}</summary>", "")
        for entry, failures in verdict.known.items():
            operations = _labels(verdict, list(dict.fromkeys(failure.operation for failure in failures)))
            yield f"- {_code(entry.name)}: {_text(entry.title)} {_text(operations)}"
        yield from ("", "</details>")
    for title, entries in (
        ("Stale: no longer seen, take them out of the ledger", verdict.stale),
        ("Expired: their last day is over", verdict.expired),
    ):
        if entries:
            yield from ("", f"### {title}", "")
        for entry in entries:
            yield f"- {_code(entry.name)}: {_text(entry.title)}"


def _gaps(verdict: Verdict) -> Iterator[str]:
    for error, tests in groups.errors(verdict).items():
        more = f" and {len(tests) - 1:,} more" if len(tests) > 1 else ""
        yield from ("", f"### Could not judge: {_code(tests[0])}{more}")
        yield from _fenced("text", [plain(error)])
    not_exercised = groups.not_exercised(verdict)
    if not_exercised:
        yield from ("", "### Not exercised", "")
    for clause, operations in not_exercised.items():
        yield f"- {_code(clause)}: {_text(_labels(verdict, operations))}"


def _not_judged(verdict: Verdict) -> Iterator[str]:
    unjudged = groups.not_judged(verdict)
    left_out = verdict.layers_left_out
    if unjudged or left_out:
        yield from ("", "### Not judged", "")
    for group in unjudged:
        ids = f"<br>{', '.join(map(_code, group.wholly))}" if group.wholly else ""
        yield f"- {_text(group.reason)}: {group.counts}{ids}"
    if left_out:
        yield f"- `--layer` leaves out: {', '.join(left_out)}"


def _coverage(verdict: Verdict) -> Iterator[str]:
    if text := groups.uncovered(verdict):
        yield from ("", "### Coverage", "", _text(text))
    if verdict.coverage is None:
        return
    yield from ("", f"<details><summary>exercised: {_html(groups.coverage(verdict))}</summary>", "")
    yield f"| operation | {' | '.join(COLUMNS)} |"
    yield f"|---|{'--:|' * len(COLUMNS)}"
    for row in verdict.coverage.rows:
        counts = [row.counts(column) for column in COLUMNS]
        cells = " | ".join(f"{exercised}/{items}" if items else "" for exercised, items in counts)
        yield f"| {_text(verdict.label(row.operation))} | {cells} |"
    if missing := verdict.coverage.missing:
        yield from ("", "Not exercised:", "", *(f"- {_code(name)}" for name in missing))
    yield from ("", "</details>")


def _run(verdict: Verdict) -> Iterator[str]:
    if verdict.ended:
        yield from ("", f"- ended: {_text(verdict.ended)}")
    for note in verdict.notes:
        yield from ("", f"- {_text(note)}")
    yield ""
    yield (
        f"{_code(verdict.target)}, contract {_text(verdict.contract.version)}, effort {verdict.settings.effort};"
        f" repeat with `--seed {verdict.settings.seed}`"
    )


def _labels(verdict: Verdict, operations: Sequence[str]) -> str:
    return ", ".join(map(verdict.label, operations))


def _html(text: str) -> str:
    return escape(plain(text))


def _text(text: str) -> str:
    """Return a text so that nothing in it is Markdown, HTML or a link."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~@:])", r"\\\1", plain(text)).replace("&", "&amp;").replace("<", "&lt;")


def _code(text: str) -> str:
    """Return a text as code within a line."""
    return f"<code>{_text(text)}</code>"


def _fenced(language: str, lines: Iterable[str]) -> Iterator[str]:
    """Return lines as a block of code; its fence is longer than any row of backticks in it."""
    block = "\n".join(lines)
    fence = "`" * max(3, *(len(row) + 1 for row in re.findall("`+", block)), 0)
    yield from ("", f"{fence}{language}", block, fence)
