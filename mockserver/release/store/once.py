"""What is made of each of many sources, made once for each: a list of ten thousand is mostly what it was before."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

V = TypeVar("V")
M = TypeVar("M")


class Once(Generic[V, M]):
    """Makes something of each of some values, anew only of those that were not among the values before.

    A value is known by its identity: whoever changes one puts another in its place.
    """

    def __init__(self, make: Callable[[V], M]) -> None:
        self._make = make
        self._made: dict[int, tuple[V, M]] = {}

    def of(self, values: Sequence[V]) -> list[M]:
        """Return what is made of the values, in their order."""
        before = self._made
        self._made = {id(each): before.get(id(each)) or (each, self._make(each)) for each in values}
        return [self._made[id(each)][1] for each in values]
