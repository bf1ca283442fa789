"""The layer ``log``, what takes time: pings, slow readers, a server that stops.

It is watched from the beginning of the run, beside all other layers, and judged here.
"""

from dataclasses import replace
from functools import partial

import pytest

from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.log.log_watch import (
    Pings,
    Stall,
    Times,
    attempt,
    flooding,
    start_mock_with,
    times_of,
    watch_pings,
    watch_stall,
)
from contract_tests.layers.log_reader import LogReader, follow
from contract_tests.target.target import Target

_TIMES = {
    "quick": Times(ping=0.3, pong=1.0, drop=0.8, pings=4),
    "default": Times(ping=0.5, pong=2, drop=2, pings=4),
    "thorough": Times(ping=1, pong=4, drop=3, pings=5),
}


def begin(suite: Suite) -> None:
    """Begin to watch what takes time, so that it passes while the other layers run."""
    if suite.target.is_mock:
        suite.watch("log", "pings", _pings_of_mock)
    if "mock" in suite.settings.given:
        suite.watch("log", "slow readers", _stall_of_mock)
        suite.watch("log", "stopping", _end_of_mock)
    if suite.settings.thorough:
        suite.watch("log", "pings, unhurried", _pings_of_target)


def _pings_of_mock(suite: Suite) -> Pings | None:
    times = _TIMES[suite.settings.effort]
    return _attempt_pings(suite, start_mock_with(suite, suite.new_folder(), times).target, times)


def _pings_of_target(suite: Suite) -> Pings | None:
    return _attempt_pings(suite, suite.target, times_of(suite.contract))


def _attempt_pings(suite: Suite, target: Target, times: Times) -> Pings | None:
    return attempt(partial(watch_pings, suite, target, times), lambda pings: not (pings and pings.faults))


def _stall_of_mock(suite: Suite) -> Stall | None:
    folder = suite.new_folder()
    real = times_of(suite.contract)
    times = real if suite.settings.thorough else replace(real, drop=_TIMES[suite.settings.effort].drop)
    http = start_mock_with(suite, folder, times, *flooding(folder))
    return attempt(partial(watch_stall, suite, http, times.drop), _is_fine)


def _end_of_mock(suite: Suite) -> LogReader | None:
    mock = suite.other_mock(jwt_secret=suite.target.jwt_secret or "")
    with follow(suite, suite.http_of(mock, suite.target.token).target) as reader:
        if not reader.is_open:
            return None
        mock.tell_to_stop()
        reader.read(reader.target.seconds_to_wait)
        return reader


def _is_fine(stall: Stall | None) -> bool:
    return stall is None or not (stall.harm or stall.fault)


@pytest.mark.late
@pytest.mark.judges("log.ping.comes-in-time", "log.ping.unanswered-is-dropped")
def test_pings_of_the_server(judge: Judge, suite: Suite) -> None:
    """Empty pings come in time; who answers them stays, and who answers none is dropped without a close frame."""
    for name in ("pings", "pings, unhurried"):
        seen: Pings | None = suite.watched(name)
        if seen is None:
            continue
        judge.that(
            not seen.of_pings,
            "log.ping.comes-in-time",
            seen.answering.exchange,
            f"an empty ping every {seen.times.ping:g} s",
            seen.of_pings,
        )
        judge.that(
            not seen.of_silence,
            "log.ping.unanswered-is-dropped",
            seen.silent.exchange,
            f"the end of the connection, without a close frame, after {seen.times.pong:g} s without a pong,"
            " and none for a client that answers",
            seen.of_silence,
        )


@pytest.mark.late
@pytest.mark.judges("log.slow-reader.harms-nobody", "log.slow-reader.is-dropped")
def test_slow_readers(judge: Judge, suite: Suite) -> None:
    """A reader that takes nothing is dropped in time, and neither readers beside it nor the API notice anything."""
    seen: Stall | None = suite.watched("slow readers")
    if seen is None:
        return
    judge.that(
        not seen.harm,
        "log.slow-reader.harms-nobody",
        seen.reader.exchange,
        "no delay for others while one reader takes nothing",
        seen.harm,
    )
    judge.that(
        not seen.fault,
        "log.slow-reader.is-dropped",
        seen.reader.exchange,
        f"the end of a connection that takes nothing for {seen.drop_seconds:g} s",
        seen.fault,
    )


@pytest.mark.late
@pytest.mark.judges("log.close.stopping-is-1001")
def test_stopping_server(judge: Judge, suite: Suite) -> None:
    """A server that is told to stop closes the stream with 1001."""
    reader: LogReader | None = suite.watched("stopping")
    if reader is not None:
        judge.that(
            reader.close_code == 1001,
            "log.close.stopping-is-1001",
            reader.exchange,
            "a close frame with 1001 from a server that stops",
            reader.end_in_words,
        )
