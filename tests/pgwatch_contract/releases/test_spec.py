"""The command ``spec``: the contract, or that of a release, as a document for other tools."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pgwatch_contract.command_line import run
from pgwatch_contract.releases.spec_cli import SPEC
from pgwatch_contract.releases.spec_text import as_yaml, in_reading_order
from tests.conftest import ROOT
from tests.support.documents import NAMES, document


@pytest.mark.parametrize("name", NAMES[1:])
def test_what_is_written_is_the_document(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The YAML that is printed for a release is the contract after its overlay, no more and no less."""
    assert run(SPEC, ["--release", name]) == 0
    text = capsys.readouterr().out
    assert yaml.load(text, yaml.CSafeLoader) == document(name)
    assert max(map(len, text.splitlines())) < 300


def test_without_a_release_it_is_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a release the contract's own file is printed, byte for byte."""
    assert run(SPEC, []) == 0
    assert capsys.readouterr().out == (ROOT / "openapi.yaml").read_text(encoding="utf-8")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON it is the same document, of a release and of the contract."""
    assert run(SPEC, ["--json", "--release", "v5.3.0"]) == 0
    assert json.loads(capsys.readouterr().out) == document("5.3")
    assert run(SPEC, ["--json"]) == 0
    assert json.loads(capsys.readouterr().out) == document("contract")


def test_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With -o it goes into a file, and nothing is printed."""
    file = tmp_path / "pgwatch.yaml"
    assert run(SPEC, ["--release", "3.7", "-o", str(file)]) == 0
    assert yaml.load(file.read_bytes(), yaml.CSafeLoader) == document("3.5")
    assert capsys.readouterr() == ("", "")


def test_it_is_in_the_order_to_be_read_in() -> None:
    """The path of one thing follows that of all; the statuses of an answer ascend; else the order is the contract's."""
    ordered = in_reading_order(document("5.3"))
    assert list(ordered["paths"]) == [
        "/login",
        "/liveness",
        "/readiness",
        "/source",
        "/source/{name}",
        "/test-connect",
        "/metric",
        "/metric/{name}",
        "/preset",
        "/preset/{name}",
        "/log",
    ]
    assert list(ordered["paths"]["/source"]["post"]["responses"]) == ["201", "400", "401", "409", "413", "415"]
    assert list(ordered) == list(document("5.3"))


def test_it_reads_like_a_file_that_a_person_wrote() -> None:
    """Texts of several lines stand as they are, long ones are folded, references take one line, nothing is an alias."""
    shared, long = {"$ref": "#/x"}, "é " + "word " * 30 + "."
    document = {"b": "one\ntwo\n", "a": [shared, shared], "c": [1, "x"], "d": "line\n", "200": long}
    text = as_yaml(document)
    assert text.startswith(
        "b: |\n  one\n  two\na:\n  - {$ref: '#/x'}\n  - {$ref: '#/x'}\nc: [1, x]\nd: \"line\\n\"\n'200': >-\n  é word "
    )
    assert max(map(len, text.splitlines())) <= 120
    assert yaml.safe_load(text) == document


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--release", "7.0"], "no release '7.0': there are 3.0, 3.1,"),
        (["-o", "/nowhere/at/all.yaml"], "cannot write /nowhere/at/all.yaml: No such file or directory"),
    ],
)
def test_what_is_not_possible_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown release and a file that cannot be written are one line on standard error, and exit code 2."""
    assert run(SPEC, arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"pgwatch-contract spec: {said}")
    assert error.count("\n") == 1


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """--help shows commands to copy and lists the releases."""
    assert run(SPEC, ["--help"]) == 0
    text = capsys.readouterr().out
    assert "pgwatch-contract spec --release 5.3 -o pgwatch.yaml" in text
    assert ", ".join(NAMES[1:]) in text


def test_it_is_a_command() -> None:
    """The command line hands spec over to it, and its output can go into a pipe that closes."""
    command = [sys.executable, "-m", "pgwatch_contract", "spec", "--release", "5.3"]
    result = subprocess.run(f"{' '.join(command)} | head -1", shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert result.stdout == "openapi: 3.0.3\n"
    assert "Traceback" not in result.stderr
