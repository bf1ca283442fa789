"""What was seen before, as far as the memory for it goes."""

from collections.abc import Hashable

_MOST = 20_000


class Once:
    """Tells what is new. It remembers hashes alone, and forgets all of them where they are too many."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def is_new(self, value: Hashable) -> bool:
        """Say whether a value was not seen before, and remember it."""
        known = hash(value)
        if known in self._seen:
            return False
        if len(self._seen) >= _MOST:
            self._seen.clear()
        self._seen.add(known)
        return True
