"""The verdict on a terminal and in a CI log."""

import re

import pytest

from contract_tests.judging.verdict import Verdict
from contract_tests.report.terminal import in_lines
from tests.support.report_verdicts import CONTRACT, CURL, HOSTILE, ITEMS, URL, failure, poor, verdict_on

EVERY_OPERATION = len(CONTRACT.operations)


def text_of(verdict: Verdict, width: int = 88) -> str:
    return "\n".join(in_lines(verdict, width=width))


def test_the_headline_is_first_and_the_seed_last() -> None:
    """Who reads one line reads the verdict; who reads the last knows how to repeat the run."""
    lines = list(in_lines(poor()))
    assert lines[0] == poor().headline
    assert lines[-1] == "seed: 7, effort default; repeat with --seed 7"
    assert f"target: {URL}, contract 1.0.0" in lines
    assert "time: http 1.2 s, cors 30 s, " in "\n".join(lines)


def test_a_failure_in_full() -> None:
    """A failure has its clause, operation, sentence, expected, actual, command and part of the contract."""
    lines = list(in_lines(verdict_on(failure(count=38))))
    assert lines[2:9] == [
        "source.delete.unknown-is-404",
        "  Deleting a name that no source has is a 404.",
        "  DELETE /source: 38 cases; the smallest:",
        "    expected  status 404",
        "    actual    200 (empty)",
        f"    {CURL}",
        "    openapi.yaml#/paths/~1source/delete/responses/404",
    ]


def test_a_failure_of_all_operations_is_shown_once() -> None:
    """Operations that all fail alike have one heading, one command and their number of cases."""
    text = text_of(poor())
    assert text.count("500 'Internal Server Error'") == 1
    block = text.partition("answer.no-server-error\n")[2].partition("\n\n")[0]
    assert block.count("curl ") == 1
    assert f"{10 * EVERY_OPERATION} cases; the smallest:" in re.sub(r"\s+", " ", block)
    assert len(block.splitlines()) < 12


def test_failures_that_differ_share_the_clause() -> None:
    """Two operations with different answers stand under one heading of the clause."""
    first, second = (
        failure("addSource", clause="answer.complete"),
        failure("login", clause="answer.complete", actual="-"),
    )
    text = text_of(verdict_on(first, second))
    assert text.count("answer.complete\n") == 1
    assert text.index("  POST /login\n") < text.index("  POST /source\n")


def test_steps_stand_before_their_outcome() -> None:
    """A failure that takes several requests lists them, and has no command where no single one shows it."""
    block = text_of(poor()).partition("cors.preflight-lists-the-methods")[2].partition("\n\n")[0]
    assert block.index("    step 1    curl -i one  # 200\n    step 2    curl -i two  # 404") > block.index("actual")
    assert "the server\n" in block


@pytest.mark.parametrize("width", [40, 60, 88, 120])
def test_lines_are_no_wider_than_asked(width: int) -> None:
    """All is wrapped but the headline and what can be copied, and a command is never cut."""
    lines = text_of(poor(), width).splitlines()
    assert f"    {CURL}" in lines
    wide = [line for line in lines[1:] if len(line) > width]
    assert [
        line for line in wide if not line.startswith(("    curl ", "    openapi.yaml#", "    step ", "    TOKEN="))
    ] == []


def test_an_operation_is_not_torn_apart() -> None:
    """No line ends between a method and its path."""
    assert [line for line in text_of(poor(), 40).splitlines() if re.search(r"\b(GET|PUT|POST|DELETE)$", line)] == []


def test_long_values_are_wrapped_and_whole() -> None:
    """A word longer than the line is continued on the next, indented."""
    lines = list(in_lines(verdict_on(failure(actual="x" * 300))))
    start = lines.index("    expected  status 404") + 1
    value = lines[start : lines.index(f"    {CURL}")]
    assert len(value) == 4
    assert all(line.startswith("      ") for line in value[1:])
    assert "".join(value).count("x") == 300


def test_the_server_cannot_steer_the_terminal_or_the_ci_server() -> None:
    """Escape sequences, line ends and commands of CI servers that a server sends are shown as text."""
    for width in range(40, 120):
        lines = list(in_lines(verdict_on(failure(actual=HOSTILE, curl="curl \x1b[2J")), width=width))
        assert all(line.isprintable() for line in lines)
        assert [line for line in lines if line.lstrip().startswith(("::", "##["))] == []
    assert r"\x1b[31mred\nnew line" in re.sub(r"\n +", " ", text_of(verdict_on(failure(actual=HOSTILE))))


def test_a_command_of_several_lines_stays_as_it_is() -> None:
    """A body with line ends is part of the command: nothing is put before its further lines."""
    lines = list(in_lines(verdict_on(failure(curl="curl -i url --data-binary '{\n\"a\": 1}'"))))
    at = lines.index("    curl -i url --data-binary '{")
    assert lines[at + 1] == '"a": 1}\''


def test_colours_only_on_request() -> None:
    """Without colours there is no escape sequence; with them, the text is the same."""
    coloured = "\n".join(in_lines(poor(), colour=True))
    assert coloured.startswith("\x1b[31;1mdoes not conform")
    assert "\n".join(in_lines(verdict_on(), colour=True)).startswith("\x1b[32;1mconforms")
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text_of(poor())


def test_errors_and_gaps_are_grouped() -> None:
    """Errors with the same text are one, a clause not exercised names its operations, the rest the option it takes."""
    text = text_of(poor())
    assert "could not judge: test_log.py::test_a and 1 more\n  Broken: <b>pipe</b>\n" in text
    assert "not exercised: 1 clause\n  answer.error-is-one-line - GET /metric, GET /preset\n" in text
    assert re.search(r"^  --allow-writes: \d+ clauses, \d+ clauses in part\n    \w", text, re.MULTILINE)
    assert "    log.ping.comes-in-time, log.ping.unanswered-is-dropped" in text


def test_layers_left_out_are_said() -> None:
    """A layer that was not asked for is no silent gap."""
    assert "  --layer leaves out: http, authentication, " in text_of(verdict_on(layer=["cors"]))


def test_a_conforming_server_takes_few_lines() -> None:
    """Where there is nothing to say but the verdict, nothing else is said."""
    assert len(list(in_lines(verdict_on(thorough=True)))) <= 7


def test_what_was_exercised_is_one_line() -> None:
    """A line has the numbers, and where the rest is listed, if there is any; a run that ended early has none."""
    total = len(ITEMS)
    (line,) = (line for line in in_lines(verdict_on()) if "exercised" in line)
    assert line == f"exercised: {total} of {total} items of the document, 100 %"
    (line,) = (line for line in in_lines(verdict_on(missing=("login status 413: seen",))) if "exercised" in line)
    assert line == f"exercised: {total - 1} of {total} items of the document, 99.8 %; --report lists the rest"
    assert "exercised" not in text_of(verdict_on(ended="It was stopped.", coverage_at_least=100.0))


def test_too_little_coverage_names_what_is_missing() -> None:
    """A run that exercised less than it was to says how much, what was wanted, and the first names of the rest."""
    missing = [f"{each} status 401: seen" for each in CONTRACT.operations if f"{each} status 401: seen" in ITEMS]
    text = " ".join(text_of(verdict_on(missing=missing, coverage_at_least=99.5)).split())
    assert f"coverage: 98.5 % exercised, 99.5 % wanted by --coverage-at-least; not exercised: {missing[0]}; " in text
    assert f"; {missing[4]}; and {len(missing) - 5} more" in text
    assert missing[5] not in text
