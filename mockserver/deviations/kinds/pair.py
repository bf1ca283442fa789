"""A deviation by kind and place: kinds are written once, places come from the contract."""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.deviations.plan import Plan

REFUSED = "refused"
"""What a place says beside its operation where it is about requests that are refused."""


@dataclass(frozen=True)
class Pair:
    """A kind of deviation at a place: ``lookup-ignores-case@deleteSource``.

    A place begins with an operationId, or with ``Source`` where it is about what is stored. ``title`` says what the
    server does; ``show`` tells a plan what that changes.
    """

    kind: str
    place: str
    title: str
    show: Callable[[Plan], None]

    @property
    def name(self) -> str:
        """What it is called as a deviation."""
        return f"{self.kind}@{self.place}"

    @property
    def operation(self) -> str:
        """The operationId at whose place it is; ``Source`` for what is stored."""
        return self.place.partition(".")[0]

    @property
    def detail(self) -> str:
        """What the place says beside its operation, empty for nothing."""
        return self.place.partition(".")[2]
