"""The matrix as plain data, for programs."""

from typing import Any

from contract_tests.contract.clauses import SERVER
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_JUDGED
from contract_tests.matrix.recorded import DOES_NOT_APPLY
from contract_tests.matrix.table import Case, Cell, Column, Matrix

_FORMAT = 1
_NAMES = {KEPT: "kept", BROKEN: "broken", NOT_JUDGED: "notJudged", DOES_NOT_APPLY: "doesNotApply"}


def as_data(matrix: Matrix) -> dict[str, Any]:
    """Return the matrix as data for JSON: the releases, each clause with a cell for each release, the deviations.

    A cell has the words of ``verdict``, the operationIds by word (null: the server as a whole), the names of the
    deviations that explain it, and its failures; ``unexplained`` are operations on which none does.
    """
    return {
        "format": _FORMAT,
        "releases": [_release(column) for column in matrix.columns],
        "releasesWithoutVerdict": list(matrix.missing),
        "clauses": [
            {
                "id": clause.id,
                "says": clause.says,
                "cells": [_cell(column, column.cells[clause.id]) for column in matrix.columns],
            }
            for clause in matrix.clauses.values()
        ],
        "deviations": [
            {
                "name": name,
                "title": columns[0].known.title(name),
                "seen": [
                    {
                        "release": column.recorded.release,
                        "store": column.recorded.store,
                        "sources": [entry.source for entry in column.known.of(name)],
                    }
                    for column in columns
                ],
            }
            for name, columns in matrix.deviations.items()
        ],
    }


def _release(column: Column) -> dict[str, Any]:
    recorded = column.recorded
    return {
        "release": recorded.release,
        "store": recorded.store,
        "version": recorded.version,
        "date": recorded.date,
        "effort": recorded.effort,
        "contract": recorded.contract,
        "counts": {name: column.counts[word] for word, name in _NAMES.items()},
    }


def _cell(column: Column, cell: Cell) -> dict[str, Any]:
    return {
        "release": column.recorded.release,
        "store": column.recorded.store,
        "verdict": cell.word,
        "deviations": list(cell.deviations),
        "operations": {word: _names(operations) for word, operations in cell.operations.items()},
        "failures": [_failure(case) for case in cell.cases],
    }


def _failure(case: Case) -> dict[str, Any]:
    return {
        "operations": _names(case.failure.operations),
        "expected": case.failure.expected,
        "actual": case.failure.actual,
        "deviations": list(case.deviations),
        "unexplained": _names(case.unexplained),
    }


def _names(operations: tuple[str, ...]) -> list[str | None]:
    return [None if operation == SERVER else operation for operation in operations]
