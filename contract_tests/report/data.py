"""The verdict as plain data, which ``pgwatch_contract/schemas/verdict.yaml`` describes."""

from datetime import datetime
from typing import Any

from contract_tests.contract.clauses import SERVER
from contract_tests.contract.needs import OPTIONS
from contract_tests.coverage.map import Map, Row
from contract_tests.judging.ledger import Entry
from contract_tests.judging.record import Failure
from contract_tests.judging.verdict import BROKEN, KEPT, KNOWN, NOT_EXERCISED, NOT_JUDGED, Verdict
from contract_tests.report import groups

_FORMAT = 2


def as_data(verdict: Verdict, date: datetime) -> dict[str, Any]:
    """Return the verdict as data for JSON; ``date`` says when it was reached."""
    settings = verdict.settings
    return {
        "format": _FORMAT,
        "verdict": verdict.word,
        "headline": verdict.headline,
        "ended": verdict.ended or None,
        "notes": verdict.notes,
        "waits": {str(status): times for status, times in verdict.record.waits.items()},
        "date": date.isoformat(timespec="seconds"),
        "target": verdict.target,
        "contract": {"file": verdict.contract.file.name, "version": verdict.contract.version},
        "release": settings.release,
        "store": settings.store,
        "seed": settings.seed,
        "effort": settings.effort,
        "seconds": round(verdict.seconds, 3),
        "counts": _counts(verdict),
        "layers": [_layer(layer) for layer in groups.layers(verdict)],
        "layersLeftOut": verdict.layers_left_out,
        "clauses": _clauses(verdict),
        "failures": [_failure(verdict, failure) for failure in verdict.failures],
        "known": [
            {**_entry(entry), "failures": [_failure(verdict, failure) for failure in failures]}
            for entry, failures in verdict.known.items()
        ],
        "stale": [_entry(entry) for entry in verdict.stale],
        "expired": [_entry(entry) for entry in verdict.expired],
        "errors": [{"test": test, "error": error} for test, error in verdict.errors.items()],
        "coverage": _coverage(verdict, verdict.coverage) if verdict.coverage else None,
        "notJudged": [
            {
                "clause": clause,
                "operation": operation or None,
                "needs": list(needs),
                "options": [OPTIONS[need] for need in needs if need in OPTIONS],
            }
            for (clause, operation), needs in verdict.not_judged.items()
        ],
    }


def _counts(verdict: Verdict) -> dict[str, int]:
    words = list(verdict.clause_words.values())
    return {
        "requests": verdict.record.requests,
        "judgements": sum(verdict.record.judged[key] for key in verdict.judged),
        "operations": len({operation for _, operation in verdict.judged} - {SERVER}),
        "failures": verdict.number_of_failures,
        "knownDeviations": len(verdict.known),
        "stale": len(verdict.stale),
        "errors": len(verdict.errors),
        **_by_word(words),
    }


def _layer(layer: groups.Layer) -> dict[str, Any]:
    return {"name": layer.name, "seconds": round(layer.seconds, 3), **_by_word(list(layer.words.elements()))}


def _by_word(words: list[str]) -> dict[str, int]:
    names = {KEPT: "kept", BROKEN: "broken", KNOWN: "known", NOT_EXERCISED: "notExercised", NOT_JUDGED: "notJudged"}
    return {name: words.count(word) for word, name in names.items()}


def _clauses(verdict: Verdict) -> list[dict[str, Any]]:
    overall = verdict.clause_words
    operations: dict[str, list[dict[str, Any]]] = {}
    for (clause, operation), word in verdict.cells.items():
        judgements = verdict.record.judged[clause, operation]
        cell = {
            "operation": operation or None,
            "label": verdict.label(operation),
            "verdict": word,
            "judgements": judgements,
        }
        operations.setdefault(clause, []).append(cell)
    return [
        {
            "id": name,
            "says": verdict.clauses[name].says,
            "part": verdict.clauses[name].part,
            "layer": verdict.clauses[name].layer,
            "verdict": overall[name],
            "operations": cells,
        }
        for name, cells in operations.items()
    ]


def _coverage(verdict: Verdict, there: Map) -> dict[str, Any]:
    return {
        "exercised": there.exercised,
        "items": there.total,
        "percent": round(there.percent, 2),
        "wanted": verdict.settings.coverage_at_least,
        "operations": [_row(verdict, row) for row in there.rows],
    }


def _row(verdict: Verdict, row: Row) -> dict[str, Any]:
    counts = {column: row.counts(column) for column in row.items}
    return {
        "operation": row.operation,
        "label": verdict.label(row.operation),
        "columns": {
            _in_camel_case(column): {"exercised": exercised, "items": items}
            for column, (exercised, items) in counts.items()
        },
        "exercised": [name for name in row.names if name in row.exercised],
        "notExercised": row.missing,
    }


def _in_camel_case(words: str) -> str:
    first, *rest = words.split()
    return first + "".join(word.title() for word in rest)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "source": entry.source,
        "found": {clause: list(found) for clause, found in entry.found.items()},
    }


def _failure(verdict: Verdict, failure: Failure) -> dict[str, Any]:
    return {
        "clause": failure.clause,
        "operation": failure.operation or None,
        "label": verdict.label(failure.operation),
        "expected": failure.expected,
        "actual": failure.actual,
        "found": failure.found,
        "what": failure.what,
        "cases": failure.count,
        "steps": failure.steps,
        "request": failure.request,
        "curl": failure.curl,
        "part": groups.part_of(verdict, failure),
        "layers": sorted(verdict.record.caught_by[failure.clause, failure.operation]),
        "test": failure.test,
    }
