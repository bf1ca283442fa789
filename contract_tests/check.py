"""A check: the predicate that tests a clause on every exchange of its operations."""

from collections.abc import Callable
from dataclasses import dataclass

from contract_tests.exchange import Exchange

Finding = tuple[str, str] | None
"""What was expected and what was found instead; None where the clause is kept."""


@dataclass(frozen=True)
class Check:
    """Tests a clause on single exchanges. ``applies`` says on which; the others neither keep nor break the clause."""

    clause: str
    find: Callable[[Exchange], Finding]
    applies: Callable[[Exchange], bool] = lambda exchange: True
