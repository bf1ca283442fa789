"""docs/releases.md and the pages of the releases: generated, complete, readable."""

import functools
import re
from pathlib import Path

from contract_tests.matrix.docs import pages, write_docs
from contract_tests.matrix.recorded import read_recorded
from contract_tests.matrix.release_page import operation_labels
from contract_tests.matrix.table import make_matrix
from pgwatch_contract.releases.release import read_release, release_names
from tests.conftest import ROOT
from tests.support.matrix_verdicts import matrix

DOCS = ROOT / "docs"


@functools.cache
def written() -> dict[str, str]:
    """All pages, with a matrix of three verdicts."""
    return pages(matrix())


def test_the_pages_are_what_the_generator_writes() -> None:
    """No page is edited by hand or left behind: pgwatch-contract matrix --docs docs writes exactly these."""
    texts = pages(make_matrix(read_recorded()))
    there = {str(file.relative_to(DOCS)) for file in [DOCS / "releases.md", *(DOCS / "releases").glob("*")]}
    assert there == set(texts)
    stale = [name for name, text in texts.items() if (DOCS / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run: pgwatch-contract matrix --docs docs"


def test_the_ledgers_explain_all_that_is_broken() -> None:
    """Of the servers that were judged none has a failure that no known deviation of its release explains."""
    matrix = make_matrix(read_recorded())
    new = [
        (column.recorded.name, clause)
        for column in matrix.columns
        for clause, cell in column.cells.items()
        if cell.is_new
    ]
    assert new == []
    assert len(matrix.columns) >= 11


def test_every_release_has_its_page() -> None:
    """A page has the release's summary, everything to watch out for, and every deviation with its source."""
    texts = written()
    for name in release_names():
        release, page = read_release(name), plain(texts[f"releases/{name}.md"])
        for each in (release.summary, *release.watch_out, *(known.source for known in release.deviations)):
            assert " ".join(each.split()) in page
        for known in release.deviations:
            assert f"| {known.name} |" in page
        assert f"mock --release {name}" in page


def test_the_overview_tells_the_releases_apart() -> None:
    """The overview has a row for each release with family, tags and summary, and the matrix."""
    overview = plain(written()["releases.md"])
    for name in release_names():
        release = read_release(name)
        row = f"| [{name}](releases/{name}.md) | {release.family} | {', '.join(release.tags)} |"
        assert row in overview
    assert "| theme | 3.1 | 5.3 yaml | 5.3 postgres |" in overview
    assert "| source.delete.unknown-is-404 | ✗ | ✗ | ✗ | delete-unknown-is-200 |" in overview


def test_tables_and_links_are_whole() -> None:
    """Every row of a table has as many cells as its head, and every link leads to a file or a heading."""
    files = {(DOCS / name).resolve() for name in written()}
    for name, text in written().items():
        for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}) == 1, name
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            target = (DOCS / name).parent / link
            assert target.resolve() in files or target.resolve() == ROOT / "openapi.yaml", (name, link)


def test_a_page_says_what_differs() -> None:
    """The page of a release has the contract's operations that it lacks, and its own, with what breaks in bold."""
    page = plain(written()["releases/5.3.md"])
    assert "- GET /source/{name} is new" in page
    assert "**is answered with 201 where it succeeds, no longer with 200**" in page
    assert "Source.IsSuperuser **is gone" in page


def test_operations_are_in_reading_order() -> None:
    """A path with a name follows the one without."""
    names = list(operation_labels("5.3"))
    assert names.index("getSource") < names.index("testConnection")


def test_the_pages_are_written(tmp_path: Path) -> None:
    """All pages get into the folder, which need not be there."""
    files = write_docs(matrix(), tmp_path / "docs")
    assert {file.relative_to(tmp_path / "docs").as_posix() for file in files} == set(written())
    assert all(file.is_file() for file in files)


def plain(text: str) -> str:
    """A page without the escapes of Markdown and HTML."""
    text = re.sub(r"</?code>", "", text)
    text = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"\\([\\`*_\[\]|~])", r"\1", text)
