"""The command ``diff``: what changed between two releases, documents or files, as text, Markdown and JSON."""

import json
from pathlib import Path

import pytest
import yaml

from pgwatch_contract.command_line import run
from pgwatch_contract.releases.differences import Change, differences
from pgwatch_contract.releases.differences_text import as_markdown, headline
from pgwatch_contract.releases.spec_cli import DIFF
from tests.support.documents import NAMES, document


@pytest.mark.parametrize("name", NAMES)
def test_nothing_differs_from_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A document has no differences from itself."""
    assert run(DIFF, [name, name, "--fail-on-breaking"]) == 0
    assert capsys.readouterr().out.endswith(": no differences\n")


def test_what_releases_do_beside_their_documents(capsys: pytest.CaptureFixture[str]) -> None:
    """Between releases their deviations, tokens and texts are compared too, those of new operations as harmless."""
    assert run(DIFF, ["5.2", "5.3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [change["where"] for change in told["changes"]] == ["tokens"]
    assert told["breaking"] == 1
    run(DIFF, ["4.2", "5.0", "--json"])
    told = json.loads(capsys.readouterr().out)
    texts = [change["text"] for change in told["changes"]]
    assert "no longer: The login answers other methods with 200 and a reprimand. (login-takes-any-method)" in texts
    assert "with superfluous parts are redirected with 307, no longer with 301" in texts
    run(DIFF, ["3.0", "3.1", "--json"])
    told = {change["text"]: change["breaking"] for change in json.loads(capsys.readouterr().out)["changes"]}
    assert told["new: The health probes answer any method. (health-takes-any-method)"] is False, "there were none"
    assert "of one name in a YAML file keep it from being read now; before, all of them were listed" in told
    run(DIFF, ["3.1", "3.0"])
    assert "of one name in a YAML file are all listed now" in capsys.readouterr().out
    run(DIFF, ["3.5", "4.0", "--json"])
    new = {change["text"]: change["breaking"] for change in json.loads(capsys.readouterr().out)["changes"]}
    (update,) = (text for text in new if "(parallel-update-is-lost" in text)
    assert new[update] is False, "there was no operation that could have lost an update"
    assert any(is_breaking for text, is_breaking in new.items() if text.startswith("new: "))


def test_the_verdict_is_the_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The first line says in numbers how much differs and how much of it breaks a client; the parts follow."""
    assert run(DIFF, ["contract", "v5.3.0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    changes = differences(document("contract"), document("5.3"))
    breaking = sum(change.is_breaking for change in changes)
    assert (
        lines[0] == f"from the contract to pgwatch 5.3: {len(changes)} differences, {breaking} of them break a client"
    )
    assert lines[1:3] == ["", "These break a client:"]
    assert "  POST /source" in lines
    assert "These break none:" in lines
    assert any("has keys that fit ^[0-9]{1,4}$ now" in line for line in lines), "a pattern is written as it is"
    assert max(map(len, lines)) <= 120


def test_the_verdict_in_all_numbers() -> None:
    """None, one and several differences are told in correct English."""
    harmless, breaking = (Change("x", "y", is_breaking=each, kind="body") for each in (False, True))
    assert headline("A", "B", []) == "A and B: no differences"
    assert headline("A", "B", [harmless]) == "from A to B: 1 difference, which breaks no client"
    assert headline("A", "B", [breaking]) == "from A to B: 1 difference, which breaks a client"
    assert headline("A", "B", [harmless] * 2) == "from A to B: 2 differences, none breaks a client"
    assert headline("A", "B", [breaking, harmless]) == "from A to B: 2 differences, 1 of them breaks a client"


def test_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    """As Markdown each part is a table, and what means something in Markdown is escaped."""
    assert run(DIFF, ["5.3", "6.0", "--markdown"]) == 0
    text = capsys.readouterr().out
    assert "### These break a client\n\n| what | how |\n|---|---|\n| Source.Kind | can be prometheus now" in text
    assert "| a \\| b | &lt;i> |" in as_markdown("A", "B", [Change("a | b", "<i>", is_breaking=True, kind="body")])


def test_a_pipeline_can_fail_on_what_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    """With --fail-on-breaking the exit code is 1 if a change breaks a client, and else 0."""
    assert run(DIFF, ["5.3", "6.0", "--fail-on-breaking"]) == 1
    assert run(DIFF, ["5.3", "6.0"]) == 0
    assert run(DIFF, ["4.0", "4.0", "--fail-on-breaking"]) == 0


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any two OpenAPI documents can be compared, YAML or JSON, with the contract and releases too."""
    file = tmp_path / "own.json"
    file.write_text(json.dumps(document("5.3")), encoding="utf-8")
    assert run(DIFF, ["5.3", str(file)]) == 0
    assert capsys.readouterr().out == f"pgwatch 5.3 and {file}: no differences\n"
    small = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {"/x": {"get": {"responses": {}}}}}
    file.write_text(yaml.safe_dump(small), encoding="utf-8")
    assert run(DIFF, [str(file), str(file)]) == 0


def test_documents_of_other_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters of a whole path, statuses without quotes, default answers and no operationIds are understood."""
    one = {"name": "id", "in": "path", "required": True, "description": "x", "schema": {"type": "string"}}
    two = {"name": "by", "in": "query", "schema": {"type": "string"}}
    for name, parameters, answers in (
        ("old.yaml", [one], {200: {"description": "OK"}}),
        ("new.yaml", [one, two], {200: {"description": "OK"}, "default": {"description": "Failed."}}),
    ):
        paths = {"/x/{id}": {"summary": "X", "parameters": parameters, "get": {"responses": answers}}}
        text = yaml.safe_dump({"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": paths})
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run(DIFF, [str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"), "--json"]) == 0
    told = [(change["where"], change["text"]) for change in json.loads(capsys.readouterr().out)["changes"]]
    assert told == [
        ("GET /x/{id}", "can be answered with default now: Failed."),
        ("GET /x/{id}", "has the parameter by in the query"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "neither YAML nor JSON"),
        ("[]", "not an OpenAPI document: it has no paths"),
        (
            "paths: {/log: {get: {operationId: streamLog, responses: {'101': {$ref: 'other.yaml#/x'}}}}}",
            "leads to nothing",
        ),
        (None, "no release"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no document, or that is not there, is one line on standard error, and exit code 2."""
    file = tmp_path / "own.yaml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert run(DIFF, ["contract", str(file)]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("pgwatch-contract diff: ")
    assert said in error
    assert error.count("\n") == 1


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """--help shows commands to copy, says when a change breaks a client, and what the exit codes are."""
    assert run(DIFF, ["--help"]) == 0
    text = capsys.readouterr().out
    for words in ("pgwatch-contract diff 3.5 4.0", "A change breaks a client if", "Exit code: 0 done; 1 with"):
        assert words in text
