"""record and parity: what they refuse, write and print, and their exit codes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pgwatch_contract.command_line import run
from pgwatch_contract.parity import cli
from pgwatch_contract.parity.comparison import Difference, Verdict, compare, recorded_by
from pgwatch_contract.parity.entry import Entry, Mark, entry_of
from pgwatch_contract.parity.exchange import Answer
from pgwatch_contract.parity.own_mock import running_mock
from pgwatch_contract.parity.recording import Recorded, Recording, read_recording, write_recording
from pgwatch_contract.parity.report import as_text

SAME = Answer(200, "OK", (("Content-Length", "2"),), b"hi")
OTHER = Answer(404, "Not Found", (("Content-Length", "2"),), b"hi")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that is no particular release."""
    with running_mock() as started:
        yield started


def recording_of(*answers: tuple[str, Answer]) -> Recording:
    entries = [(entry_of({"id": name, "send": "GET /a", "token": None}), answer) for name, answer in answers]
    recorded = tuple(Recorded(entry, answer) for entry, answer in entries)
    return Recording("5.3", "v5.3.0", "yaml", "2026-01-01", ("date",), recorded)


@pytest.mark.parametrize("arguments", [["record", "-o", "f", "--release", "5.3"], ["parity", "FILE"]])
def test_nothing_is_sent_to_a_server_that_may_not_be_thrown_away(
    arguments: list[str], url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --throwaway a server is not written to, and the error says why."""
    file = tmp_path / "r.yaml"
    write_recording(recording_of(("a", SAME)), file)
    given = [url if each == "URL" else str(file) if each in ("FILE", "f") else each for each in arguments[1:]]
    given.insert(1 if arguments[0] == "parity" else 0, url)
    assert run(getattr(cli, arguments[0].upper()), given) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "adds, replaces and deletes" in error
    assert "--throwaway" in error


def test_what_was_recorded_is_answered_again(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recording of a server, played to the same server, is identical to the last byte; of another it is not."""
    monkeypatch.setattr("pgwatch_contract.parity.requests_list.FOLDER", tmp_path)
    entries = [{"id": "a", "send": "GET /liveness", "token": None}, {"id": "b", "send": "POST /login", "body": "{"}]
    monkeypatch.setattr(cli, "read_requests", lambda *_: tuple(map(entry_of, entries)))
    file = tmp_path / "new" / "r.yaml"
    assert run(cli.RECORD, [url, "-o", str(file), "--release", "v5.3.0", "--throwaway"]) == 0
    head = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert (head["release"], head["version"], head["store"]) == ("5.3", "v5.3.0", "yaml")
    capsys.readouterr()
    assert run(cli.PARITY, [str(file), url, "--throwaway"]) == 0
    assert capsys.readouterr().out.startswith(f"alike: {url} answers 2 of 2 requests (100.0 %) exactly as pgwatch v5.3")
    changed = file.read_text(encoding="utf-8").replace("200 OK", "200 Fine")
    file.write_text(changed, encoding="utf-8")
    assert run(cli.PARITY, [str(file), url, "--throwaway", "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["alike"] is False
    assert (verdict["requests"], verdict["identical"], verdict["share"]) == (2, 1, 50.0)
    (difference,) = verdict["differences"]
    assert difference == {
        "id": "a",
        "request": "GET /liveness",
        "reason": None,
        "difference": ["- 200 Fine", "+ 200 OK"],
    }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["no-such-file"], "cannot be read"),
        (["FILE", "http://127.0.0.1:1", "--throwaway"], "cannot be reached"),
        (["FILE", "--release", "9.9"], "no release '9.9'"),
    ],
)
def test_what_is_not_possible_ends_with_2(
    arguments: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not there, a server that is not there and an unknown release are said in one line."""
    file = tmp_path / "r.yaml"
    write_recording(recording_of(("a", SAME)), file)
    assert run(cli.PARITY, [str(file) if each == "FILE" else each for each in arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Bodies that are no text, odd headers and missing lengths come back from YAML as they were."""
    usual = (("Date", "${DATE}"),)
    answers = [
        SAME,
        OTHER,
        Answer(200, "OK", (("Content-Length", "9"), *usual), b"a\nb \n\x00\t"),
        Answer(200, "", (("X", "a: b"), ("X", ""), *usual), b"\xff"),
        Answer(101, "Switching Protocols", (), frame="x y\n"),
        Answer(0, "closed"),
        *[Answer(200, "OK", (("Content-Length", "1"), *usual), b"x")] * 60,
    ]
    recording = recording_of(*[(f"a.{number}", answer) for number, answer in enumerate(answers)])
    write_recording(recording, tmp_path / "r.yaml")
    read = read_recording(tmp_path / "r.yaml")
    for before, after in zip(recording.answers, read.answers, strict=True):
        assert after.entry == before.entry
        assert after.answer == replace(before.answer, headers=tuple(sorted(before.answer.headers)))
    assert replace(read, answers=recording.answers) == recording


def test_a_stated_reason_makes_no_failure_but_counts() -> None:
    """A difference with a reason is none to fail for; more than 1 % of differences is too much all the same."""
    recording = recording_of(*[(f"a.{number}", SAME) for number in range(100)])
    marks = {"a.7": (Mark("it is late", ("3.1",)), Mark("the clock is wrong", ("5.3",), "yaml"))}
    one = compare(recording, lambda entry: OTHER if entry.id == "a.7" else SAME, "x", marks)
    assert one.alike
    assert "because: the clock is wrong" in as_text(one)
    assert as_text(one).startswith("alike: x answers 99 of 100 requests (99.0 %)")
    two = compare(recording, lambda entry: OTHER if entry.id in ("a.7", "a.8") else SAME, "x", marks)
    assert [each.entry.id for each in two.failures] == ["a.8"]
    assert not two.alike
    reasons = {name: (Mark("for some reason"),) for name in ("a.7", "a.8")}
    known = compare(recording, lambda entry: OTHER if entry.id in reasons else SAME, "x", reasons)
    assert known.failures == ()
    assert not known.alike
    assert "more than 1 %" in as_text(known)


def test_a_reason_that_is_not_needed_is_told() -> None:
    """A difference that is stated, but no longer there, is listed, so that its mark can go."""
    verdict = compare(recording_of(("a", SAME)), lambda _: SAME, "x", {"a": (Mark("for some reason"),)})
    assert verdict.unneeded == ("a",)
    assert "stated as different, but identical: a" in as_text(verdict)
    other_store = compare(recording_of(("a", SAME)), lambda _: OTHER, "x", {"a": (Mark("r", (), "postgres"),)})
    assert len(other_store.failures) == 1


def test_a_difference_is_shown_where_it_is() -> None:
    """Of a long line that differs in one place, that place is shown; bytes that no terminal shows are escaped."""
    long = b"x" * 500
    entry = entry_of({"id": "a", "send": "GET /a"})
    shown = Difference(entry, Answer(200, "OK", body=long + b"1\x00"), Answer(200, "OK", body=long + b"2\xff"), None)
    expected, actual = shown.lines
    assert expected.startswith("- ...x")
    assert expected.endswith(r"x1\x00")
    assert actual.endswith(r"x2\xff")
    assert len(expected) < 100


def test_requests_are_played_in_their_order() -> None:
    """What an earlier request changes shows in the answers of later ones, so none is moved."""
    played: list[str] = []

    def play(entry: Entry) -> Answer:
        played.append(entry.id)
        return SAME

    entries = [entry_of({"id": name, "send": "GET /a"}) for name in ("b", "a", "c")]
    recorded = recorded_by(entries, play)
    assert [each.entry.id for each in recorded] == played == ["b", "a", "c"]
    assert isinstance(compare(recording_of(("a", SAME)), play, "x", {}), Verdict)
