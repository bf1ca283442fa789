"""How a tried connection turns out: as the fixtures say for its host."""

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import yaml

from mockserver.memory.connection_string import Target, parse
from pgwatch_contract.files import data_file


@dataclass(frozen=True, slots=True)
class Failure:
    """A connection that failed: where, and why in one line."""

    target: Target
    reason: str

    @property
    def message(self) -> str:
        """The line a client is shown, worded as pgwatch words it."""
        return f"failed to connect to `user={self.target.user} database={self.target.database}`: {self.reason}"


Connect = Callable[[str], Awaitable[Failure | None]]
"""Tries a connection string; returns the failure, or None for success; raises Refusal for an unreadable string."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An entry of ``fixtures/hosts.yaml``: which hosts, ports and databases it is for, and what happens there.

    ``pgx`` is the reason in the words of real releases; ``needs_tls`` where only a connection over TLS fails.
    """

    host: str = "*"
    database: str = "*"
    port: str = "*"
    reason: str = ""
    pgx: str = ""
    needs_tls: bool = False
    seconds: float = 0


def read_outcomes() -> list[Outcome]:
    """Return the entries of ``fixtures/hosts.yaml``, in its order."""
    return [Outcome(**entry) for entry in yaml.safe_load(data_file("fixtures/hosts.yaml").read_bytes())]


def outcome_of(host: str, database: str, outcomes: Sequence[Outcome], port: str = "5432") -> Outcome:
    """Return the first outcome that is for the host, the port and the database; with none the host is reachable."""
    fits = fnmatch.fnmatchcase
    fitting = (
        one for one in outcomes if fits(host, one.host) and fits(database, one.database) and fits(port, one.port)
    )
    return next(fitting, Outcome())


def imagined_connect(outcomes: Sequence[Outcome]) -> Connect:
    """Return a function that connects to nothing: the outcomes decide."""

    async def connect(text: str) -> Failure | None:
        failure = None
        for target in parse(text):
            failure = await _imagine(target, outcome_of(target.host, target.database, outcomes, target.port))
            if failure is None:
                return None
        return failure

    return connect


async def _imagine(target: Target, outcome: Outcome) -> Failure | None:
    if target.timeout is not None and outcome.seconds > target.timeout:
        await asyncio.sleep(target.timeout)
        return Failure(target, f"{target.host}:{target.port}: failed to receive message: timeout")
    await asyncio.sleep(outcome.seconds)
    if not outcome.reason:
        return None
    where = {"host": target.host, "port": target.port, "user": target.user, "database": target.database}
    return Failure(target, outcome.reason.format(**where))
