"""The matrix as people and programs see it: on a terminal, as Markdown, HTML and JSON."""

import functools
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from contract_tests.contract.clauses import read_clauses
from contract_tests.matrix import terminal
from contract_tests.matrix.cli import MATRIX
from contract_tests.matrix.data import as_data
from contract_tests.matrix.html import as_page
from contract_tests.matrix.markdown import as_markdown
from contract_tests.matrix.recorded import as_text, read_recorded
from contract_tests.matrix.table import Matrix, make_matrix
from contract_tests.matrix.terminal import Screen
from pgwatch_contract.command_line import run
from tests.conftest import ROOT
from tests.support.matrix_verdicts import LIES, UNKNOWN, explained, matrix, recorded
from tests.support.report_verdicts import HOSTILE, failure

CLAUSES = read_clauses()


@functools.cache
def whole() -> Matrix:
    """Three columns: a known deviation in two of them, and a hostile text that is not known in the third."""
    hostile = recorded("5.3", "postgres", failure("updateSource", actual=HOSTILE))
    return explained(matrix(recorded("3.1"), recorded("5.3"), hostile), LIES)


def shown(lines: Iterator[str]) -> str:
    """Lines as one text."""
    return "\n".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two recorded verdicts."""
    for each in (recorded("3.1"), recorded("5.3")):
        (tmp_path / f"{each.name}.json").write_text(as_text(each), encoding="utf-8")
    return tmp_path


def test_a_narrow_terminal_has_a_line_for_each_theme() -> None:
    """At 80 columns nothing is wider, the releases come first with their counts, and each theme is one line."""
    text = shown(terminal.overview(whole(), Screen(50)))
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"^5\.3 +postgres +5\.3\.0 +2030-01-02 +\d+ +1 +\d+ +\d+$", text, re.MULTILINE)
    assert re.search(r"^source \(\d+\) +1 +1 +1$", text, re.MULTILINE)
    assert "delete.unknown-is-404" not in text
    assert "no verdict is recorded of" in text


def test_a_wide_terminal_has_a_line_for_each_clause() -> None:
    """Where there is room, or with --all, each clause has a line with its signs, and the deviations are listed."""
    for lines in (terminal.overview(whole(), Screen(200)), terminal.overview(whole(), Screen(60), is_whole=True)):
        text = shown(lines)
        assert re.search(r"^  delete\.unknown-is-404 +✗ +✗ +!$", text, re.MULTILINE)
        assert re.search(r"^  token-counts +✓ +✓ +✓$", text, re.MULTILINE)
        assert "delete-lies (3.1, 5.3 yaml)" in text


def test_a_clause_is_explained() -> None:
    """A clause's view has, for each release, the word, expected, actual, the deviation, its title and its source."""
    text = shown(terminal.clause(whole(), CLAUSES[UNKNOWN], Screen(78)))
    for words in (
        CLAUSES[UNKNOWN].says,
        "3.1, 5.3 yaml: broken on DELETE /source",
        "expected  status 404",
        "actual    200 (empty)",
        "delete-lies: A delete says yes.",
        "seen      v5.3.0, run; DELETE /source?name=nobody",
        "5.3 postgres: broken on PUT /source",
        "not known on PUT /source",
    ):
        assert words in text
    assert "\x1b" not in text


def test_a_release_is_explained() -> None:
    """A release's view has its counts, all that it breaks with an explanation, and what was not judged."""
    text = shown(terminal.release(explained(matrix(recorded("5.3")), LIES), Screen(78)))
    for words in ("pgwatch 5.3.0 (5.3 with a YAML file)", "1 broken", UNKNOWN, "delete-lies: ", "not judged: "):
        assert words in text
    assert max(map(len, text.splitlines())) <= 78


def test_colours_come_only_where_asked_for() -> None:
    """What is broken is red on a screen with colours."""
    assert "\x1b[31;1m" in shown(terminal.overview(whole(), Screen(200, colour=True)))
    assert "\x1b" not in shown(terminal.overview(whole(), Screen(200)))


def test_markdown_tables_are_whole() -> None:
    """Every row of every table has as many cells as its head, whatever a server has sent."""
    text = as_markdown(whole())
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in block.splitlines()}) == 1
    row = next(line for line in text.splitlines() if "delete.unknown-is-404" in line)
    assert row.endswith("| ✗ | ✗ | **!** | <code>delete-lies</code> (3.1, 5.3 yaml), **not known** (5.3 postgres) |")
    assert "- <code>delete-lies</code> (3.1, 5.3 yaml): A delete says yes." in text


class Page(HTMLParser):
    """A page: its ids, its links, what it loads, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(source)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if tag == "a" else []
        self.loads += [str(given[name]) for name in ("src", "data", "action") if name in given]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone() -> None:
    """The HTML page loads nothing, runs nothing, and each of its links leads to one place on it."""
    page = Page(as_page(whole()))
    assert (page.loads, page.tags & {"script", "link", "img"}) == ([], set())
    assert {link for link in page.links if link.removeprefix("#") not in page.ids or link[0] != "#"} == set()
    assert sorted(page.ids) == sorted(set(page.ids))
    assert f"{UNKNOWN}/5.3-postgres" in page.ids


def test_the_page_says_all_there_is() -> None:
    """The page has the releases, the broken clauses with expected and actual, and the deviations with sources."""
    page = Page(as_page(whole()))
    for words in ("judged on 3 real servers", UNKNOWN, "status 404", "200 (empty)", "A delete says yes.", LIES.source):
        assert words in page.text
    assert "\x1b" not in page.text
    assert "<script>alert(1)</script>" in page.text


def test_the_data_are_complete() -> None:
    """JSON has a cell for each clause and release, with verdict, deviations and failures."""
    data = json.loads(json.dumps(as_data(whole())))
    schema = yaml.safe_load((ROOT / "pgwatch_contract/schemas/matrix.yaml").read_text(encoding="utf-8"))
    for each in (data, json.loads(json.dumps(as_data(make_matrix(read_recorded()))))):
        jsonschema_rs.validate(schema, each)
    assert [each["release"] for each in data["releases"]] == ["3.1", "5.3", "5.3"]
    assert data["releases"][0]["counts"]["broken"] == 1
    assert [clause["id"] for clause in data["clauses"]] == list(CLAUSES)
    cells = next(clause["cells"] for clause in data["clauses"] if clause["id"] == UNKNOWN)
    assert [(cell["verdict"], cell["deviations"]) for cell in cells] == [
        ("broken", ["delete-lies"]),
        ("broken", ["delete-lies"]),
        ("broken", []),
    ]
    assert cells[2]["failures"][0]["unexplained"] == ["updateSource"]
    assert data["deviations"][0]["seen"][0]["sources"] == [LIES.source]


def test_the_command_shows_each_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each option prints or writes its form of the matrix, narrowed down where that is asked for."""
    given = ["--verdicts", str(folder)]
    for options, words in (
        ([], "release  store  version"),
        (["--all"], "  delete.unknown-is-404"),
        (["--release", "5.3.0"], "pgwatch 5.3.0 (5.3 with a YAML file)"),
        (["--clause", UNKNOWN], "3.1, 5.3: broken on DELETE /source"),
        (["--clause", "delete"], "  delete.unknown-is-404"),
        (["--markdown", "--release", "5.3"], "| clause | 5.3 | explained by |"),
        (["--json", "--release", "3.1"], '"release": "3.1"'),
    ):
        assert run(MATRIX, [*given, *options]) == 0
        assert words in capsys.readouterr().out
    page = folder / "matrix.html"
    assert run(MATRIX, [*given, "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == as_page(matrix(recorded("3.1"), recorded("5.3")))


def test_wrong_arguments_are_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be shown or recorded ends with exit code 2 and a line that says what to do."""
    given = ["--verdicts", str(folder)]
    for options, words in (
        (["--clause", "no.such"], "pgwatch-contract clauses lists all"),
        (["--release", "6.0"], "no verdict on 6.0 is recorded; there are: 3.1, 5.3"),
        (["--release", "5.3", "--store", "postgres"], "no verdict on 5.3 with the store postgres"),
        (["--record", str(folder), "--release", "5.3"], "--record needs --store, --version"),
        (["--html", str(folder / "no" / "page.html")], "cannot be written"),
    ):
        assert run(MATRIX, [*given, *options]) == 2
        printed = capsys.readouterr()
        assert (printed.out, printed.err.count("\n")) == ("", 1)
        assert words in printed.err
    assert run(MATRIX, ["--json", "--markdown"]) == 2
    assert "--markdown does not go with --json" in capsys.readouterr().err
