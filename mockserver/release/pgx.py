"""How a tried connection turns out in a release: imagined by ``fixtures/hosts.yaml``, told in pgx's words.

Source: pgconn/errors.go of pgx 5.7 to 5.10; samples: ``tests/mockserver/release/test_app.py``, and parity.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from mockserver.go.pgx_config import Attempt, Config, ParseError, parse_config
from mockserver.memory.connector import Outcome, outcome_of
from mockserver.release.aside import aside

PgxConnect = Callable[[str], Awaitable[str | None]]
"""Tries a connection string; returns the text of the failure, None for success."""
ATTEMPTS_AT_ONCE = 100
LOOPBACK = "127.0.0.1"
IMAGINED_ADDRESS = "192.0.2.1"
"""What names of hosts resolve to here: an address for documentation."""


def imagined_pgx(outcomes: Sequence[Outcome], pgx: int) -> PgxConnect:
    """Return a function that connects to nothing: the outcomes decide. ``pgx`` is that of ``parse_config``."""

    async def connect(text: str) -> str | None:
        try:
            config = await aside(len(text), parse_config, text, pgx)
        except ParseError as error:
            return str(error)
        return await _connect(config, outcomes)

    return connect


async def _connect(config: Config, outcomes: Sequence[Outcome]) -> str | None:
    unresolved: list[str] = []
    failures: list[str] = []
    async for attempt in _in_turn(config.attempts):
        outcome = outcome_of(attempt.host, config.database or config.user, outcomes, str(attempt.port))
        if outcome.pgx.startswith("lookup "):
            unresolved.append(outcome.pgx.format(host=attempt.host))
    if len(unresolved) == len(config.attempts):
        unresolved[0] = f"hostname resolving error: {unresolved[0]}"
        return _failure(config, unresolved)
    async for attempt in _in_turn(config.attempts):
        outcome = outcome_of(attempt.host, config.database or config.user, outcomes, str(attempt.port))
        if outcome.pgx.startswith("lookup "):
            continue
        reason = await _try(attempt, config, outcome)
        if reason is None:
            return None
        failures.append(f"{_place(attempt)} ({attempt.host}): {reason}")
        if "SQLSTATE" in reason:
            break
    return _failure(config, unresolved + failures)


async def _in_turn(attempts: Sequence[Attempt]) -> AsyncIterator[Attempt]:
    """Yield attempts, and let others have their turn after some."""
    for number, attempt in enumerate(attempts, 1):
        yield attempt
        if number % ATTEMPTS_AT_ONCE == 0:
            await asyncio.sleep(0)


async def _try(attempt: Attempt, config: Config, outcome: Outcome) -> str | None:
    """Return why an attempt fails, None where it succeeds."""
    if attempt.is_socket:
        return f"dial error: dial unix {_place(attempt)}: connect: no such file or directory"
    if config.timeout is not None and outcome.seconds > config.timeout:
        await asyncio.sleep(config.timeout)
        return "failed to receive message: timeout: context deadline exceeded"
    await asyncio.sleep(outcome.seconds)
    if not outcome.reason or (outcome.needs_tls and not attempt.is_tls):
        return None
    where = {"address": _place(attempt), "user": config.user, "database": config.database}
    return outcome.pgx.format(**where)


def _failure(config: Config, failures: list[str]) -> str:
    """Return the text of a failure: one in the same line, several in lines of their own."""
    what = f"failed to connect to `user={config.user} database={config.database}`:"
    if len(failures) == 1:
        return f"{what} {failures[0]}"
    return what + "".join(f"\n\t{failure}" for failure in failures)


def _place(attempt: Attempt) -> str:
    if attempt.is_socket:
        return f"{attempt.host}/.s.PGSQL.{attempt.port}"
    address = LOOPBACK if attempt.host == "localhost" else attempt.host
    try:
        is_v6 = ipaddress.ip_address(address).version == 6
    except ValueError:
        return f"{IMAGINED_ADDRESS}:{attempt.port}"
    return f"[{address}]:{attempt.port}" if is_v6 else f"{address}:{attempt.port}"
