"""The verdict as Markdown."""

import re

import pytest

from contract_tests.contract.clauses import Clause
from contract_tests.report.markdown import as_markdown
from tests.support.report_verdicts import CLAUSES, CURL, HOSTILE, ITEMS, URL, failure, poor, verdict_on


def outside_of_fences(text: str) -> str:
    """What is read as Markdown: all but the blocks of code."""
    kept, fence = [], ""
    for line in text.splitlines():
        row = re.match("`{3,}", line)
        if not fence and row:
            fence = row[0]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            kept.append(line)
    assert fence == "", "a block of code that does not end"
    return "\n".join(kept)


def test_the_headline_is_the_heading() -> None:
    """The heading has the same words as all formats, and a sign."""
    assert as_markdown(poor()).startswith(f"## ❌ {poor().headline}\n")
    assert as_markdown(verdict_on()).startswith(f"## ✅ {verdict_on().headline}\n")


def test_a_row_for_each_layer() -> None:
    """The table counts clauses by layer and tells the seconds."""
    head = as_markdown(verdict_on(url=URL)).partition("\n<details>")[0]
    rows = [line for line in head.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 9
    assert {row.count("|") for row in rows} == {8}
    assert rows[2].startswith("| http | 14 | 0 | 0 | 0 | 2 | 1.2 |")


def test_a_failure_can_be_opened() -> None:
    """Each broken clause is one block to open, with a command to copy."""
    text = as_markdown(poor())
    assert text.count("<details>") == text.count("</details>") - 1 == 4, "one more stands in what the server sent"
    assert outside_of_fences(text).count("</details>") == 4
    assert f"\n```sh\n{CURL}\n```\n" in text
    assert "\n```sh\ncurl -i one  # 200\ncurl -i two  # 404\n```\n" in text


def test_what_the_server_sent_is_in_blocks_of_code() -> None:
    """No markup, backtick, pipe or line end of the server gets out of its block."""
    text = as_markdown(poor())
    assert "<script>" in text
    assert "\n`````text\nexpected  status 404\nactual    200 <script>" in text
    read = outside_of_fences(text)
    assert "<script" not in read
    assert "<b>" not in read
    assert "\x1b" not in text


@pytest.mark.parametrize("fence", ["```", "````", "``` `````` ```"])
def test_a_fence_is_longer_than_any_in_it(fence: str) -> None:
    """A command with line ends and fences in its body stays one block."""
    text = as_markdown(verdict_on(failure(curl=f"curl url -d 'a\n{fence}\n<script>'")))
    assert HOSTILE not in text
    assert "<script>" not in outside_of_fences(text)


def test_a_clause_of_somebodys_own_is_escaped() -> None:
    """A project's clause may hold whatever its author wrote."""
    own = Clause("own.<b>", "A *sentence* | with `code` <script> & @someone [link](http://x).", "/info", "http")
    clauses = {**CLAUSES, own.id: own}
    text = as_markdown(verdict_on(failure("", clause=own.id), clauses=clauses))
    assert r"A \*sentence\* \| with \`code\` &lt;script> &amp; \@someone \[link\]\(http\://x\)." in text
    assert "<summary><code>own.&lt;b&gt;</code> the server</summary>" in text
    assert "<b>" not in text


def test_errors_and_gaps() -> None:
    """What could not be judged is said with its reason, what was not exercised with its operations."""
    text = as_markdown(poor())
    assert (
        "### Could not judge: <code>test\\_log.py\\:\\:test\\_a</code> and 1 more\n\n```text\nBroken: <b>pipe" in text
    )
    assert "- <code>answer.error-is-one-line</code>: GET /metric, GET /preset\n" in text
    assert re.search(r"^- --allow-writes: \d+ clauses.*<br><code>", text, re.MULTILINE)
    assert text.endswith("effort default; repeat with `--seed 7`\n")
    assert "- `--layer` leaves out: cors, " in as_markdown(verdict_on(layer=["http"]))


def test_the_map_is_folded() -> None:
    """One line says how much was exercised; what it opens has a row for each operation, and names the rest."""
    missing = ("addSource body Kind enum: broken", "login status 413: seen")
    text = as_markdown(verdict_on(missing=missing))
    folded = text.partition("<details><summary>exercised: ")[2].partition("</details>")[0]
    assert folded.startswith(
        f"{len(ITEMS) - 2} of {len(ITEMS)} items of the document, 99.6 %</summary>\n\n| operation |"
    )
    assert "\n| POST /login | 4/5 |  | 6/6 | 7/7 | 16/16 | 2/2 |  |\n" in folded
    assert "- <code>login status 413\\: seen</code>\n" in folded
    assert "### Coverage" not in text
    wanted = as_markdown(verdict_on(missing=missing, coverage_at_least=99.9))
    assert "### Coverage\n\n99.6 % exercised, 99.9 % wanted by --coverage-at-least; not exercised\\: login" in wanted
    assert "exercised: " not in as_markdown(verdict_on(ended="It was stopped."))
