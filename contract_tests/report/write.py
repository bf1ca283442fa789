"""The reports as files."""

import json
from datetime import UTC, datetime
from pathlib import Path

from contract_tests.errors import NotJudged
from contract_tests.judging.verdict import Verdict
from contract_tests.report.data import as_data
from contract_tests.report.html import as_page
from contract_tests.report.junit import as_junit
from contract_tests.report.markdown import as_markdown

FILES = ("verdict.html", "verdict.md", "verdict.json", "junit.xml")


def write_reports(verdict: Verdict, folder: Path, date: datetime | None = None) -> None:
    """Write verdict.html, verdict.md, verdict.json and junit.xml; raises NotJudged where they cannot be written.

    ``date`` is when the verdict was reached; by default now.
    """
    when = date or datetime.now(UTC)
    data = json.dumps(as_data(verdict, when), indent=2) + "\n"
    texts = zip(FILES, (as_page(verdict, when), as_markdown(verdict), data, as_junit(verdict, when)), strict=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts:
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotJudged(f"the report cannot be written into {folder}: {error.strerror}") from None


def remove_reports(folder: Path) -> None:
    """Remove the reports of an earlier run; raises NotJudged, with one line, where none can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            with (folder / name).open("a", encoding="utf-8"):
                pass
            (folder / name).unlink()
    except OSError as error:
        raise NotJudged(f"--report {folder}: the reports cannot be written there: {error.strerror}") from None
