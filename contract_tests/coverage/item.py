"""An item: one thing that the document says of an operation, from one side, and that a run can exercise."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from contract_tests.asking.exchange import Exchange

STATUSES, PARAMETERS, BODY_KEPT, BODY_BROKEN, ANSWERS, EXAMPLES, LINKS = COLUMNS = (
    "statuses",
    "parameters",
    "body kept",
    "body broken",
    "answers",
    "examples",
    "links",
)
"""What items are about: the columns of the map."""


@dataclass(frozen=True)
class Item:
    """One thing to exercise; its name is the same in all outputs: ``addSource body Kind type: broken``."""

    name: str
    operation: str
    column: str


class Statement(Protocol):
    """What the document says in one place: the items that follow from it, and which of them an exchange exercises."""

    @property
    def items(self) -> Sequence[Item]:
        """The items, in the order of the document."""

    def found_in(self, exchange: Exchange, left: Set[str]) -> Set[str]:
        """Return the names of items that an exchange exercises; those that are not ``left`` need not be looked for."""


def named(*words: str, side: str) -> str:
    """Return the name of an item: where it is and what it is, as far as there are words for it, and the side."""
    return f"{' '.join(word for word in words if word)}: {side}"
