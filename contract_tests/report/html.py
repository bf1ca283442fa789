"""The verdict as one HTML page that needs nothing else: its style and its few lines of script stand in it."""

import hashlib
from base64 import b64encode
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contract_tests.contract.clauses import LAYERS, SERVER, Clause
from contract_tests.contract.needs import Cell
from contract_tests.coverage.item import COLUMNS
from contract_tests.judging.verdict import BROKEN, CONFORMS, KEPT, KNOWN, NOT_EXERCISED, NOT_JUDGED, Verdict
from contract_tests.report import groups
from contract_tests.words import counted, duration, percentage, plain

_SIGNS = {KEPT: "✓", BROKEN: "✗", KNOWN: "~", NOT_EXERCISED: "?", NOT_JUDGED: "-"}
_FOLDER = Path(__file__).parent


def environment_of(folder: Path) -> Environment:
    """Return what makes pages of the templates in a folder: everything is escaped, and nothing may be missing."""
    loader = FileSystemLoader(folder)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def as_page(verdict: Verdict, date: datetime) -> str:
    """Return the verdict as an HTML page; ``date`` says when it was reached."""
    environment = environment_of(_FOLDER)
    environment.filters |= {
        "plain": plain,
        "command": _command,
        "breakable": _breakable,
        "duration": duration,
        "percentage": percentage,
    }
    style, script = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    broken = groups.broken_clauses(verdict)
    return environment.get_template("page.html").render(
        verdict=verdict,
        date=date,
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        conforms=verdict.word == CONFORMS,
        broken=broken,
        errors=groups.errors(verdict),
        not_exercised=groups.not_exercised(verdict),
        not_judged=groups.not_judged(verdict),
        coverage=groups.coverage(verdict),
        uncovered=groups.uncovered(verdict),
        columns=COLUMNS,
        layers=groups.layers(verdict),
        matrix=_matrix(verdict),
        operations=_operations(verdict),
        signs=_SIGNS,
        anchors=_anchors(broken),
        counted=counted,
    )


def _operations(verdict: Verdict) -> list[str]:
    """Return what the columns of the matrix stand for; the server as a whole comes first."""
    present = {operation for _, operation in verdict.cells}
    names = dict.fromkeys([SERVER, *verdict.contract.operations, *sorted(present)])
    return [name for name in names if name in present]


def _matrix(verdict: Verdict) -> dict[str, list[Clause]]:
    """Return the clauses that have a cell, by layer."""
    clauses = [verdict.clauses[name] for name in verdict.clause_words]
    names = dict.fromkeys([*LAYERS, *(clause.layer for clause in clauses)])
    rows = {name: [clause for clause in clauses if clause.layer == name] for name in names}
    return {name: found for name, found in rows.items() if found}


def _anchors(broken: list[groups.BrokenClause]) -> dict[Cell, str]:
    """Return where on the page a broken cell's first failure stands: by clause and operation, the same in each run."""
    cases = [case for group in broken for case in group.cases]
    cells = {(case.failure.clause, operation) for case in cases for operation in case.operations}
    return {(clause, operation): f"{clause}--{operation or 'server'}" for clause, operation in cells}


def _command(text: str) -> str:
    return plain(text, keep="\n")


def _breakable(name: str) -> Markup:
    """Return an id that may break after its dots and hyphens."""
    text = str(escape(plain(name)))
    return Markup(text.replace(".", ".<wbr>").replace("-", "-<wbr>"))  # noqa: S704  # it is escaped
