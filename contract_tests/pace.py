"""The time that a run takes and leaves: requests in a second, and seconds for the run as a whole."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from contract_tests.errors import TimeUp
from contract_tests.words import duration


class Pace:
    """Lets as many requests pass in a second as it is told; None lets all pass at once."""

    def __init__(self, per_second: float | None) -> None:
        self._seconds = 1 / per_second if per_second else 0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next turn."""
        if not self._seconds:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + self._seconds
        time.sleep(turn - now)


@dataclass
class TimeLimit:
    """The seconds that a run may take, from now on; ``waited`` says how many of them each operation took to answer."""

    seconds: float = float("inf")
    started: float = field(default_factory=time.monotonic)
    waited: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def passed(self) -> float:
        """The seconds that have passed."""
        return time.monotonic() - self.started

    def left(self, asking_for: str = "") -> float:
        """Return the seconds that are left; raises TimeUp where there are none, which tells what took the most."""
        left = self.seconds - self.passed
        if left > 0:
            return left
        where = f", at {asking_for}" if asking_for else ""
        slowest = max(self.waited, key=self.waited.__getitem__, default="")
        most = f"; {duration(self.waited[slowest])} of it went by waiting for {slowest}" if slowest else ""
        raise TimeUp(f"the {duration(self.seconds)} of --time-limit are over{where}{most}")
