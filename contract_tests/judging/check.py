"""A check: the predicate that tests a clause on every exchange of its operations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contract_tests.asking.exchange import Exchange

Finding = tuple[str, str] | tuple[str, str, Sequence[str]] | tuple[str, str, Sequence[str], str] | None
"""What was expected and what came instead; None where the clause is kept.

A third part says what was found in words that are the same in every run, each a failure of its own (``found.py``); a
fourth what was asked or sent, in such words.
"""


@dataclass(frozen=True)
class Check:
    """Tests a clause on single exchanges. ``applies`` says on which; the others neither keep nor break the clause."""

    clause: str
    find: Callable[[Exchange], Finding]
    applies: Callable[[Exchange], bool] = lambda exchange: True
