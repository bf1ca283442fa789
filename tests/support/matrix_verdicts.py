"""Recorded verdicts made by hand, for the tests of the matrix."""

import functools
from datetime import UTC, datetime
from typing import Any

from contract_tests.judging.ledger import Entry
from contract_tests.judging.record import Failure
from contract_tests.matrix.explain import Known
from contract_tests.matrix.record import recorded_from
from contract_tests.matrix.recorded import Recorded
from contract_tests.matrix.table import Matrix, make_matrix
from contract_tests.report.data import as_data
from tests.support.report_verdicts import URL, failure, verdict_on

DATE = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
UNKNOWN = "source.delete.unknown-is-404"
LIES = Entry(
    "delete-lies",
    "A delete says yes.",
    frozenset({"deleteSource"}),
    {UNKNOWN: ["200 without a body"]},
    "v5.3.0, run; DELETE /source?name=nobody",
)
"""A known deviation: what the failures of ``recorded`` come from."""


def report(*failures: Failure, **given: Any) -> dict[str, Any]:
    """The data of a report of a run at a URL; by default it has one failure, of deleting an unknown source."""
    options: dict[str, Any] = {"url": URL, "allow_writes": True, "release": "5.3"} | given
    return as_data(verdict_on(*(failures or (failure(),)), **options), DATE)


def recorded(release: str = "5.3", store: str = "yaml", *failures: Failure) -> Recorded:
    """A recorded verdict with these failures."""
    return recorded_from([report(*failures, release=release)], release, store, f"v{release}.0")


def matrix(*several: Recorded) -> Matrix:
    """The matrix of verdicts; by default of two releases, one of them with both stores."""
    return make_matrix(several) if several else _default_matrix()


@functools.cache
def _default_matrix() -> Matrix:
    return make_matrix((recorded("3.1"), recorded("5.3"), recorded("5.3", "postgres")))


def explained(whole: Matrix, *entries: Entry) -> Matrix:
    """A matrix in which these are all deviations that a release is known to have."""
    return make_matrix([column.recorded for column in whole.columns], lambda _release, _store: Known(entries))
