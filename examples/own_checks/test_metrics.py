"""A test of a project's own, with the fixtures of the suite."""

import json

import pytest

from contract_tests.asking.transport import Http
from contract_tests.judging.judge import Judge


@pytest.mark.judges("acme.metric.at-most-a-hundred")
def test_number_of_metrics(http: Http, judge: Judge) -> None:
    """The list of metrics has at most a hundred entries."""
    exchange = http.send("GET", "/metric")
    metrics = json.loads(exchange.body)
    judge.that(
        len(metrics) <= 100,
        "acme.metric.at-most-a-hundred",
        exchange,
        expected="at most 100 metrics",
        actual=f"{len(metrics)}",
    )
