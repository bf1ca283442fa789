"""How verdicts on real servers are recorded and read again."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract.clauses import read_clauses
from contract_tests.judging.ledger import Ledger
from contract_tests.judging.record import Failure
from contract_tests.judging.verdict import reach_verdict
from contract_tests.matrix.errors import MatrixError
from contract_tests.matrix.record import record, recorded_from
from contract_tests.matrix.recorded import Recorded, as_text, read_recorded
from contract_tests.report.data import as_data
from tests.support.matrix_verdicts import DATE, LIES, UNKNOWN, recorded, report
from tests.support.report_verdicts import URL, failure, verdict_on

CLAUSES = read_clauses()


def written(folder: Path, data: dict[str, Any]) -> Path:
    """The folder with verdict.json in it."""
    (folder / "verdict.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    """A report's folder, or its verdict.json, becomes a file named by release and store, which is read as it was."""
    folder = tmp_path / "verdicts"
    for given, store in ((written(tmp_path, report()), "yaml"), (tmp_path / "verdict.json", "postgres")):
        assert record([given], "v5.3.0", store, "v5.3.0", folder) == folder / f"5.3-{store}.json"
    assert read_recorded(folder) == [recorded("5.3", "yaml"), recorded("5.3", "postgres")]


def test_the_file_says_what_was_judged(tmp_path: Path) -> None:
    """The file holds release, store, version, day and effort, every clause, and each failure with its operations."""
    file = record([written(tmp_path, report())], "5.3", "yaml", "5.3.0", tmp_path)
    data = json.loads(file.read_text(encoding="utf-8"))
    head = {key: data[key] for key in ("release", "store", "version", "date", "effort")}
    assert head == {"release": "5.3", "store": "yaml", "version": "5.3.0", "date": "2030-01-02", "effort": "default"}
    assert list(data["clauses"]) == list(CLAUSES)
    assert data["clauses"][UNKNOWN] == {"broken": ["deleteSource"]}
    assert data["clauses"]["http.unknown-path-is-404"] == {"kept": [None]}
    assert data["failures"] == [
        {
            "clause": UNKNOWN,
            "expected": "status 404",
            "actual": "200 (empty)",
            "found": {"deleteSource": ["200 without a body"]},
        }
    ]


def test_a_clause_about_no_operation_does_not_apply() -> None:
    """A clause that the verdict has no cell for is recorded as one that does not apply."""
    data = report()
    data["clauses"] = [clause for clause in data["clauses"] if clause["id"] != UNKNOWN]
    assert recorded_from([data], "5.3", "yaml", "5.3.0").clauses[UNKNOWN] == {}


def test_known_failures_are_failures() -> None:
    """What the suite takes for known is broken all the same, with its expected and actual, in the clauses' order."""
    run = verdict_on(failure(), failure("login", clause="answer.no-server-error"), url=URL, release="5.3")
    verdict = reach_verdict(run.settings, run.contract, run.clauses, run.record, ledger=Ledger((LIES,)))
    assert [entry.name for entry in verdict.known] == ["delete-lies"]
    found = recorded_from([as_data(verdict, DATE)], "5.3", "yaml", "5.3.0")
    assert found.clauses[UNKNOWN] == {"broken": ("deleteSource",)}
    assert [each.clause for each in found.failures] == ["answer.no-server-error", UNKNOWN]


def test_what_was_not_exercised_was_not_judged() -> None:
    """The matrix has no word for a gap of the suite: it is not judged."""
    data = report(without=(("login.token-counts", "login"),))
    assert recorded_from([data], "5.3", "yaml", "5.3.0").clauses["login.token-counts"] == {"not judged": ("login",)}


def test_failures_alike_are_one() -> None:
    """A clause that is broken in the same way on several operations is recorded once, with all of them."""
    found = recorded("5.3", "yaml", failure(), failure("updateSource"), failure("addSource", actual="500")).failures
    assert {each.operations for each in found} == {("addSource",), ("updateSource", "deleteSource")}


def test_nothing_private_is_recorded() -> None:
    """Addresses, command lines, tokens, paths of the machine and names of one run do not get into the file."""
    told = "Location http://pgwatch.example.com/base/x, 127.0.0.1:9531, open /home/me/sources.yaml: denied, "
    told += "eyJhbGciOi.eyJleHAi.c2ln, contract-20300102t030405z-7726a1-own-1, GET /source"
    text = as_text(recorded("5.3", "yaml", failure(actual=told)))
    for private in (URL, "example.com", "curl", "9531", "/home/me", "eyJ", "7726a1"):
        assert private not in text
    for kept in ("HOST/base/x", "open FILE: denied", "TOKEN, contract-RUN-own-1, GET /source"):
        assert kept in text


def test_the_file_is_readable() -> None:
    """There is a line for each clause and each failure, and none is a wall of text."""
    lines = as_text(recorded()).splitlines()
    assert sum(line.startswith('    {"clause"') for line in lines) == 1
    assert [name for name in CLAUSES if not any(line.startswith(f'    "{name}": ') for line in lines)] == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"url": None, "allow_writes": False}, r"record that on a real server"),
        ({"ended": "It was stopped."}, r"did not come to its end"),
        ({"layer": ["http"]}, r"left out layers \(cors, .*without --layer"),
        ({"release": None}, r"let verify run with --release 5\.3"),
        ({"release": "5.2"}, r"it was judged as 5\.2"),
        ({"store": "postgres"}, r"it was judged with --store postgres"),
        ({"errors": {"test_x.py::test_y": "boom"}}, r"1 test could not judge, such as test_x\.py::test_y"),
    ],
)
def test_only_whole_verdicts_on_servers_are_recorded(given: dict[str, Any], text: str) -> None:
    """A verdict on the mock, on some layers, of a run that was stopped or had errors says nothing of a release."""
    with pytest.raises(MatrixError, match=text):
        recorded_from([report(**given)], "5.3", "yaml", "5.3.0")


def test_what_cannot_be_recorded_is_one_line(tmp_path: Path) -> None:
    """No file, no JSON, no verdict, no release, no store, no version: each error says what was found."""
    good = written(tmp_path, report())
    (tmp_path / "text.json").write_text("text", encoding="utf-8")
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    for arguments, text in (
        (([tmp_path / "none.json"], "5.3", "yaml", "5.3.0"), r"none\.json: cannot be read.*verify --report"),
        (([tmp_path / "text.json"], "5.3", "yaml", "5.3.0"), r"text\.json: not JSON"),
        (([tmp_path / "list.json"], "5.3", "yaml", "5.3.0"), r"list\.json: not a verdict"),
        (([good], "2.0", "yaml", "5.3.0"), r"no release '2\.0'"),
        (([good], "5.3", "oracle", "5.3.0"), r"store 'oracle': it is one of yaml, postgres"),
        (([good], "5.3", "yaml", "five"), r"version: \"five\" does not match"),
    ):
        with pytest.raises(MatrixError, match=text) as caught:
            record(*arguments, folder=tmp_path)
        assert "\n" not in str(caught.value)


def test_wrong_files_are_one_line(tmp_path: Path) -> None:
    """A file that is no JSON, has another shape or another name, and a folder that is not there, are errors."""
    with pytest.raises(MatrixError, match="is no folder; --record makes one"):
        read_recorded(tmp_path / "none")
    file = tmp_path / "5.3-yaml.json"
    text = as_text(recorded())
    for content, message in (
        ("{", "not JSON"),
        (text.replace('"store": "yaml"', '"store": "tape"'), "store: .*see .*/schemas/recorded-verdict.yaml"),
        (text.replace('"5.3"', '"5.2"'), r"it is about 5\.2-yaml: name it 5\.2-yaml\.json"),
    ):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(MatrixError, match=message):
            read_recorded(tmp_path)


def test_verdicts_come_in_the_order_of_releases(tmp_path: Path) -> None:
    """The oldest release is first, and files before the database; 10.0 is younger than 9.0."""

    def stored(each: Recorded) -> None:
        (tmp_path / f"{each.name}.json").write_text(as_text(each), encoding="utf-8")

    one = recorded()
    for release, store in (("10.0", "yaml"), ("9.0", "postgres"), ("9.0", "yaml"), ("3.1", "yaml")):
        stored(replace(one, release=release, store=store))
    assert [each.name for each in read_recorded(tmp_path)] == ["3.1-yaml", "9.0-yaml", "9.0-postgres", "10.0-yaml"]


def test_the_recorded_verdicts_hold_together() -> None:
    """Of the project's own verdicts, each broken clause has its failures, and no address or path is in them."""
    for each in read_recorded():
        broken = {(clause, name) for clause, words in each.clauses.items() for name in words.get("broken", ())}
        assert broken == {(failure.clause, name) for failure in each.failures for name in failure.operations}
        assert not re.search(r"127\.0\.0\.1:\d|eyJ|/(?:home|tmp|work|root)/", as_text(each)), each.name


def test_a_failure_on_the_server_as_a_whole_is_recorded() -> None:
    """What is about no operation has an empty name in the file and comes back as it was."""
    found = recorded("5.3", "yaml", Failure("http.unknown-path-is-404", "", "status 404", "405", "405 text/plain"))
    assert found.failures[0].operations == ("",)
    assert '"found": {"": ["405 text/plain"]}' in as_text(found)
