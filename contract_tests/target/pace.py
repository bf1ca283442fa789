"""The time that a run takes and leaves: requests in a second, and seconds for the run as a whole."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from contract_tests.errors import TimeUp
from contract_tests.words import duration

_FIRST_PAUSE = 0.01
"""Seconds between requests after the first complaint about too many."""
_LONGEST_PAUSE = 1.0
_PATIENCE = 10
"""So many requests in a row without a complaint make the pace a little faster, but not as fast as one that was not."""


class Pace:
    """Lets as many requests pass in a second as it is told; None lets all pass at once.

    A server, or something in front of it, that complains of too many makes it slower, and it tries again to be faster.
    """

    def __init__(self, per_second: float | None) -> None:
        self._least = 1 / per_second if per_second else 0.0
        self._between = self._least
        self._too_fast = 0.0
        self._next = 0.0
        self._passed = 0
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Wait for the next turn, and return the seconds that took."""
        with self._lock:
            if not self._between:
                return 0
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + self._between
            self._passed += 1
            if self._passed >= _PATIENCE:
                fastest = max(self._least, self._too_fast * 1.15)
                self._between, self._passed = max(self._between * 0.9, min(self._between, fastest)), 0
        time.sleep(turn - now)
        return turn - now

    def slow_down(self) -> None:
        """Take fewer requests from now on; several complaints at once are one."""
        with self._lock:
            if self._passed > 1 or not self._between:
                self._too_fast = self._between
                self._between = min(max(self._between * 1.5, _FIRST_PAUSE), max(_LONGEST_PAUSE, self._least))
            self._passed = 0


@dataclass
class TimeLimit:
    """The seconds that a run may take, from now on; ``waited`` says how many of them each operation took to answer.

    Unless it is ``strict``, time that passes because the run has to wait for its turn is not counted.
    """

    seconds: float = float("inf")
    strict: bool = False
    started: float = field(default_factory=time.monotonic)
    waited: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def passed(self) -> float:
        """The seconds that have passed."""
        return time.monotonic() - self.started

    def extend(self, seconds: float) -> None:
        """Give the run more time: for its turn to come, or to clean up."""
        self.seconds += seconds

    def had_to_wait(self, seconds: float) -> None:
        """Do not count seconds that passed because the run had to wait for its turn."""
        if not self.strict:
            self.extend(seconds)

    def left(self, asking_for: str = "") -> float:
        """Return the seconds that are left; raises TimeUp where there are none, which tells what took the most."""
        left = self.seconds - self.passed
        if left > 0:
            return left
        where = f", at {asking_for}" if asking_for else ""
        slowest = max(self.waited, key=self.waited.__getitem__, default="")
        most = f"; {duration(self.waited[slowest])} of it went by waiting for {slowest}" if slowest else ""
        raise TimeUp(f"the {duration(self.seconds)} of --time-limit are over{where}{most}")
