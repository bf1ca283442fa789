"""The verdict as JSON, and the reports as files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from contract_tests.errors import NotJudged
from contract_tests.judging.verdict import Verdict
from contract_tests.report.data import as_data
from contract_tests.report.terminal import in_lines
from contract_tests.report.write import write_reports
from contract_tests.target.hidden import Hidden
from tests.conftest import ROOT
from tests.support.report_verdicts import CONTRACT, HOSTILE, ITEMS, URL, failure, poor, verdict_on

DATE = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
SCHEMA: dict[str, Any] = yaml.safe_load((ROOT / "pgwatch_contract/schemas/verdict.yaml").read_text(encoding="utf-8"))
VERDICTS = [
    verdict_on(),
    verdict_on(url=URL),
    verdict_on(ended="It was stopped.", without=(("http.options-is-200", ""),)),
    verdict_on(without=(("http.options-is-200", ""),), layer=["http"]),
    verdict_on(missing=ITEMS, coverage_at_least=95.0),
    poor(),
]


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: verdict.word)
def test_the_data_fits_the_schema(verdict: Verdict) -> None:
    """What is written is what pgwatch_contract/schemas/verdict.yaml describes, whatever the verdict."""
    data = json.loads(json.dumps(as_data(verdict, DATE)))
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(data)] == []


def objects(schema: Any) -> list[dict[str, Any]]:
    """All parts of a schema that describe an object."""
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    own = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    return own + [found for part in parts for found in objects(part)]


def test_the_schema_leaves_nothing_open() -> None:
    """Every field is described, required, and no other allowed: a new one must be written down."""
    assert len(objects(SCHEMA)) >= 8
    for part in objects(SCHEMA):
        if "properties" not in part:
            continue  # a map, of which the description of its values is all
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])


def test_the_data_agrees_with_itself() -> None:
    """The counts are those of what is listed."""
    data = as_data(poor(), DATE)
    counts = data["counts"]
    assert (data["verdict"], data["date"]) == ("does not conform", "2030-01-02T03:04:00+00:00")
    assert counts["failures"] == len(data["failures"]) == len(CONTRACT.operations) + 2
    assert counts["errors"] == len(data["errors"]) == 2
    for word, name in (
        ("kept", "kept"),
        ("broken", "broken"),
        ("not exercised", "notExercised"),
        ("not judged", "notJudged"),
    ):
        assert counts[name] == len([clause for clause in data["clauses"] if clause["verdict"] == word])
        assert counts[name] == sum(layer[name] for layer in data["layers"])
    cells = [cell for clause in data["clauses"] for cell in clause["operations"]]
    assert len(data["notJudged"]) == len([cell for cell in cells if cell["verdict"] == "not judged"])
    assert counts["judgements"] == sum(cell["judgements"] for cell in cells)


def test_the_coverage_agrees_with_itself() -> None:
    """Every item of the document is listed once, as exercised or not, and the numbers are those of what is listed."""
    missing = ["addSource body Kind enum: broken", "login status 413: seen"]
    coverage = as_data(verdict_on(missing=missing, coverage_at_least=50.0), DATE)["coverage"]
    rows = coverage["operations"]
    assert [row["operation"] for row in rows] == list(CONTRACT.operations)
    assert sorted(name for row in rows for name in row["notExercised"]) == missing
    assert sorted(name for row in rows for name in row["exercised"]) == sorted(ITEMS.difference(missing))
    assert (coverage["exercised"], coverage["items"], coverage["wanted"]) == (len(ITEMS) - 2, len(ITEMS), 50)
    for number in ("exercised", "items"):
        assert sum(column[number] for row in rows for column in row["columns"].values()) == coverage[number]
    assert as_data(verdict_on(ended="It was stopped."), DATE)["coverage"] is None


def test_a_failure_as_data() -> None:
    """A failure has all that is known of it, as the server sent it; the server as a whole is null."""
    failures = as_data(poor(), DATE)["failures"]
    deletion = next(each for each in failures if each["clause"] == "source.delete.unknown-is-404")
    assert (deletion["operation"], deletion["label"], deletion["cases"]) == ("deleteSource", "DELETE /source", 38)
    assert deletion["actual"] == HOSTILE
    whole = next(each for each in failures if each["clause"] == "cors.preflight-lists-the-methods")
    assert (whole["operation"], whole["label"], whole["curl"]) == (None, "the server", "")


def test_every_format_is_written(tmp_path: Path) -> None:
    """The folder is made with those above it; what was there before is replaced; each file has the headline's word."""
    folder = tmp_path / "a" / "b"
    write_reports(verdict_on(), folder, DATE)
    write_reports(poor(), folder)
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert sorted(files) == ["junit.xml", "verdict.html", "verdict.json", "verdict.md"]
    assert all(poor().headline in text for name, text in files.items() if name != "junit.xml")
    assert datetime.fromisoformat(json.loads(files["verdict.json"])["date"]).tzinfo is UTC


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A file in the place of the folder is named in one line, without a traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(NotJudged, match=r"^the report cannot be written into \S+/file/reports: Not a directory$"):
        write_reports(poor(), tmp_path / "file" / "reports")


def test_a_lone_surrogate_can_be_written(tmp_path: Path) -> None:
    """A server's text that no encoding has does not stop the reports."""
    write_reports(verdict_on(failure(actual="\udcff", curl="curl '\udcff'")), tmp_path)
    assert r"\udcff" in (tmp_path / "verdict.md").read_text(encoding="utf-8")


def test_no_report_holds_a_secret(tmp_path: Path) -> None:
    """What the run was given to sign in with, and what it got, is in none of the formats."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl"
    secrets: dict[str, Any] = {"password": "hunter2", "jwt_secret": "s3cret", "database": "postgresql://me:pw9@db/x"}
    error = f"Broken: {token} {' '.join(secrets.values())}"
    verdict = verdict_on(failure(actual=error), errors={"test": error}, url=URL, user="me", **secrets)
    hidden = Hidden()
    for secret in (token, *secrets.values()):
        hidden.hide(secret, "SECRET")
    verdict.record.hide(hidden.masked)
    write_reports(verdict, tmp_path)
    texts = [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]
    texts.append("\n".join(in_lines(verdict, colour=True)))
    assert len(texts) == 5
    for text in texts:
        assert [secret for secret in (token, *secrets.values(), "pw9") if secret in text] == []
        assert "$TOKEN" in text
