"""The verdict's own words: the headline, what counts as red, and what is never said."""

from dataclasses import replace

import pytest

from contract_tests.judging.record import Record
from contract_tests.judging.verdict import CONFORMS, DOES_NOT, NOT_JUDGED, STOPPED, reach_verdict
from contract_tests.report import groups
from contract_tests.words import counted, duration, percentage, plain
from tests.support.report_verdicts import CLAUSES, CONTRACT, ITEMS, URL, failure, poor, settings, verdict_on


def test_a_conforming_server_in_numbers() -> None:
    """The headline counts judgements, clauses, operations and requests, and says how long it took."""
    verdict = verdict_on()
    pairs = len(verdict.cells)
    assert (verdict.word, verdict.is_red) == (CONFORMS, False)
    assert verdict.headline == (
        f"conforms: {2 * pairs:,} judgements of {len(CLAUSES)} clauses on {len(CONTRACT.operations)} operations, "
        "1,204 requests in 31 s"
    )


def test_what_was_not_judged_is_in_the_headline() -> None:
    """A server that was only read from does not look like one that was judged in full."""
    verdict = verdict_on(url=URL)
    unjudged = list(verdict.clause_words.values()).count(NOT_JUDGED)
    assert unjudged > 10
    assert verdict.headline.endswith(f"; {unjudged} clauses not judged")


def test_layers_left_out_are_in_the_headline() -> None:
    """A server of which one layer was judged conforms in that layer."""
    verdict = verdict_on(layer=["http"])
    assert verdict.headline.startswith("conforms in http: ")
    assert "cors" in verdict.layers_left_out


def test_failures_are_counted_with_their_clauses() -> None:
    """Several failures of one clause are several failures of one clause."""
    assert verdict_on(failure()).headline == "does not conform: 1 failure of 1 clause"
    assert poor().headline == (
        f"does not conform: {len(CONTRACT.operations) + 2} failures of 3 clauses; 1 clause not exercised; "
        "2 tests could not judge"
    )


def test_a_gap_is_red_and_said_to_be_no_failure() -> None:
    """A clause that was not exercised keeps the server from conforming; the headline says that no failure was found."""
    verdict = verdict_on(without=(("http.options-is-200", ""),))
    assert (verdict.word, verdict.exit_code) == (NOT_JUDGED, 2)
    assert verdict.headline.startswith("not judged: no failure in ")
    assert verdict.headline.endswith("; 1 clause not exercised")


@pytest.mark.parametrize(
    ("wanted", "code", "ends"),
    [
        (None, 0, "1,204 requests in 31 s"),
        (99.0, 0, "1,204 requests in 31 s"),
        (99.9, 2, "; 99.8 % of the document exercised, 99.9 % wanted"),
        (100.0, 2, "; 99.8 % of the document exercised, 100 % wanted"),
    ],
)
def test_too_little_coverage_is_red(wanted: float | None, code: int, ends: str) -> None:
    """A run that exercised less than was wanted did not judge enough; one of which nothing is wanted did."""
    verdict = verdict_on(missing=("login status 413: seen",), coverage_at_least=wanted)
    assert (verdict.exit_code, verdict.headline.endswith(ends)) == (code, True)
    assert verdict_on(failure(), missing=ITEMS, coverage_at_least=wanted).exit_code == 1


def test_all_is_enough_and_a_stopped_run_says_nothing() -> None:
    """Where all was exercised nothing is missing; what a stopped run exercised is not measured."""
    assert verdict_on(coverage_at_least=100.0).exit_code == 0
    assert verdict_on(ended="It was stopped.", coverage_at_least=100.0).uncovered is None


def test_a_percentage_is_never_rounded_up() -> None:
    """What is shown as 100 % is all."""
    assert [percentage(each) for each in (0.0, 57.3, 99.84, 99.99, 100.0)] == [
        "0 %",
        "57.3 %",
        "99.8 %",
        "99.9 %",
        "100 %",
    ]


def test_a_stopped_run() -> None:
    """A run that was stopped is red; what it found before stays true."""
    verdict = verdict_on(ended="It was stopped.")
    assert (verdict.word, verdict.is_red) == (STOPPED, True)
    assert verdict.headline.startswith("stopped: It was stopped; no failure in ")
    broken = verdict_on(failure(), ended="It was stopped.")
    assert broken.word == DOES_NOT
    assert broken.headline == "does not conform: 1 failure of 1 clause; It was stopped"


def test_nothing_judged_is_not_green() -> None:
    """A run in which every test was left out shows nothing."""
    record = Record(left_out=dict.fromkeys(CLAUSES, "deselected"))
    verdict = reach_verdict(settings(), CONTRACT, CLAUSES, record)
    assert verdict.is_red
    assert verdict.headline == "not judged: nothing could be judged"


def test_the_target_is_named_without_credentials() -> None:
    """The mock is named with its deviations, a server by its URL and nothing that could be a secret."""
    verdict = verdict_on(deviate=["one"])
    assert verdict.target == "the mock --deviate one"
    object.__setattr__(verdict.settings, "base_url", "https://me:hunter2@example.com:8/base?Token=x")
    assert verdict.target == "https://example.com:8/base"


def test_failures_alike_are_one_case() -> None:
    """Failures of one clause that differ in the operation alone are shown once: the smallest, and the number of all."""
    small, large = failure("addSource", size=1, count=3, curl="small"), failure("login", size=9, count=4)
    for each in (small, large):
        each.clause = "answer.no-server-error"
    other = failure("updateSource", clause="answer.no-server-error", actual="502 (empty)")
    (group,) = groups.broken_clauses(verdict_on(large, small, other))
    alike, different = group.cases
    assert (alike.operations, alike.count, alike.failure.curl) == (["login", "addSource"], 7, "small")
    assert alike.part == "openapi.yaml#/paths/~1source/post/responses"
    assert different.operations == ["updateSource"]


def test_a_clause_is_listed_under_the_fewest_options() -> None:
    """A clause that one option would judge on some operations, and two on others, counts as one of the first."""
    unjudged = {group.reason: group for group in groups.not_judged(verdict_on(url=URL))}
    wholly = [clause for group in unjudged.values() for clause in group.wholly]
    assert len(wholly) == len(set(wholly))
    assert "auth.token.expired-is-401" in unjudged["--jwt-secret"].wholly
    assert "source.add.succeeds" in unjudged["--allow-writes"].wholly
    assert "answer.complete" in unjudged["--allow-writes"].partly


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        (("own",), "--allow-writes"),
        (("own", "throwaway"), "--throwaway"),
        (("mock", "own"), "no URL, so that the suite starts the mock itself"),
        (("secret", "own"), "--jwt-secret, --allow-writes"),
        (("stopped",), "the run was stopped"),
        (("deselected",), "left out by -k"),
    ],
)
def test_no_option_is_named_that_another_includes(needs: tuple[str, ...], reason: str) -> None:
    """Who gives --throwaway need not give --allow-writes, and who leaves out the URL needs nothing."""
    assert groups.reason_of(needs) == reason


def test_a_layer_counts_each_clause_once() -> None:
    """The counts of all layers are all clauses, and each clause counts by its worst operation."""
    layers = groups.layers(poor())
    assert sum(layer.words.total() for layer in layers) == len(CLAUSES)
    generated = next(layer for layer in layers if layer.name == CLAUSES["answer.no-server-error"].layer)
    assert generated.words["broken"] == 1


def test_words() -> None:
    """Numbers have separators and plurals, times their unit; control characters are shown, not sent."""
    assert [counted(1, "case"), counted(1204, "case")] == ["1 case", "1,204 cases"]
    assert [duration(each) for each in (0.04, 9.96, 31.4, 119.6, 125)] == [
        "0.0 s",
        "10 s",
        "31 s",
        "2 min 0 s",
        "2 min 5 s",
    ]
    assert plain("é \x1b[1m\n\u202e\ud800") == r"é \x1b[1m\n\u202e\ud800"
    assert plain("a\nb\r", keep="\n") == "a\nb\\r"
    assert CONTRACT.operations["addSource"].label == verdict_on().label("addSource")


@pytest.mark.parametrize(
    ("url", "deviations", "commands"),
    [
        (None, ("a", "b"), ["pgwatch-contract mock --deviate a --deviate b &", "TOKEN=$(curl"]),
        ("http://db.example.com:8080/pgwatch", (), ["TOKEN=$(curl"]),
    ],
)
def test_the_curl_lines_can_be_prepared(url: str | None, deviations: tuple[str, ...], commands: list[str]) -> None:
    """A failure of the mock says how to start it again, and all say how to get the token that the lines need."""
    given = replace(settings(), base_url=url, deviate=deviations)
    verdict = reach_verdict(given, CONTRACT, CLAUSES, Record())
    assert [line[: len(start)] for line, start in zip(verdict.preparation, commands, strict=True)] == commands
    assert verdict.preparation[-1].endswith(f"{url or 'http://127.0.0.1:8080'}/login)")
