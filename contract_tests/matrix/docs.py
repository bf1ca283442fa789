"""``docs/releases.md`` and ``docs/releases/<release>.md``: the releases for who writes a client of them."""

from pathlib import Path

from contract_tests.matrix import markdown, release_page
from contract_tests.matrix.errors import MatrixError
from contract_tests.matrix.table import Matrix
from pgwatch_contract.releases.release import Release, read_release, release_names

_HEAD = """\
# The releases of pgwatch

What each release of pgwatch does unlike the contract, [`openapi.yaml`](../openapi.yaml): what it *means* to do
differently (`pgwatch-contract spec --release X` writes its own document), and the *deviations* it is known to have.
Releases that answer alike are one family, called by its first version; a page for each says what to watch out for.

`pgwatch-contract mock --release X` answers as a release does; `pgwatch-contract verify URL --release X` judges a
server by what its release is known to do.

"""
_MATRIX = """
## What they keep

The contract suite judged real servers, each by its release's own document. Clauses that a release breaks are explained
by its known deviations; [the pages](#the-releases-of-pgwatch) say how.

"""
_THEMES = """
How many clauses of each theme are broken (✓ none, - none judged, empty: the theme does not apply):

"""
_NOTE = "<!-- Written by pgwatch-contract matrix --docs docs: change what is in releases/, not this page. -->\n"


def write_docs(matrix: Matrix, folder: Path) -> list[Path]:
    """Write the overview and the pages into a folder, and return the files; raises MatrixError where that fails."""
    texts = pages(matrix)
    for name, text in texts.items():
        file = folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise MatrixError(f"{file}: cannot be written: {error.strerror}") from None
    return [folder / name for name in texts]


def pages(matrix: Matrix) -> dict[str, str]:
    """Return all pages, by their path in ``docs/``."""
    releases = list(map(read_release, release_names()))
    texts = {f"releases/{release.name}.md": release_page.page(release, matrix) for release in releases}
    return {name: _NOTE + text for name, text in {"releases.md": _overview(releases, matrix), **texts}.items()}


def _overview(releases: list[Release], matrix: Matrix) -> str:
    rows = (
        (_link(each.name), each.family, ", ".join(each.tags), markdown.text(" ".join(each.summary.split())))
        for each in releases
    )
    lines = [_HEAD + "\n".join(markdown.table(("release", "family", "tags", "what sets it apart"), rows))]
    if matrix.columns:
        lines += [_MATRIX + "\n".join(markdown.summary(matrix, _link))]
        lines += [_THEMES + "\n".join(markdown.themes(matrix))]
        lines += [
            "",
            "## Each clause",
            "",
            markdown.KEY,
            *markdown.clauses(matrix, "###"),
            *markdown.deviations(matrix),
        ]
    return "\n".join(lines) + "\n"


def _link(release: str) -> str:
    return f"[{release}](releases/{release}.md)"
