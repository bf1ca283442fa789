"""Looks for a difference between two servers: plays the same random requests to both, and shortens what differs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from pgwatch_contract.parity.compare.found import Found, Known, parts_that_differ
from pgwatch_contract.parity.compare.operations import Step
from pgwatch_contract.parity.compare.servers import Servers
from pgwatch_contract.parity.errors import NotPossible

_AT_A_TIME = 50
"""So many sequences are drawn by one run of Hypothesis, whose memory and pace suffer from long ones."""


@dataclass
class Outcome:
    """How a search ended: what was compared, what differs (None: nothing), and how often a known difference showed.

    ``is_shortest`` is False where the sequence could not be shortened to its end; ``replays`` counts how often, of
    three times, it differed again.
    """

    operations: int = 0
    sequences: int = 0
    found: Found | None = None
    known: Counter[str] = field(default_factory=Counter)
    is_shortest: bool = True
    replays: int = 0


@dataclass(frozen=True)
class _End:
    """A sequence is not played further: for a difference, or (None) because a known one leaves the servers unlike."""

    found: Found | None


class _Differs(Exception):
    """The servers answer a sequence differently: for Hypothesis, which shortens it."""


class Search:
    """Plays sequences until something differs that nobody knows of, or enough was compared.

    ``progress`` is told, after each sequence, how far the search is.
    """

    def __init__(self, servers: Servers, known: Sequence[Known], progress: Callable[[Outcome], None]) -> None:
        self._servers = servers
        self._known = known
        self._progress = progress
        self._outcome = Outcome()
        self._left = 0
        self._before: tuple[Step, ...] = ()
        self._failure: NotPossible | None = None

    def run(self, sequences: SearchStrategy[tuple[Step, ...]], operations: int, first_seed: int) -> Outcome:
        """Compare some number of operations, drawn by a seed, and return what came of it.

        Raises NotPossible where a server cannot be reached, before or any more.
        """
        self._left = operations
        number = 0
        while self._left > 0 and self._outcome.found is None:
            self._run_some(sequences, first_seed * 1_000_003 + number)
            number += 1
        if self._outcome.found is not None:
            steps = self._outcome.found.steps
            self._outcome.replays = sum(self._replay(steps) is not None for _ in range(3))
        self._servers.reset()
        return self._outcome

    def _run_some(self, sequences: SearchStrategy[tuple[Step, ...]], with_seed: int) -> None:
        examine = settings(
            max_examples=_AT_A_TIME,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )(seed(with_seed)(given(sequences)(self._examine)))
        try:
            examine()
        except _Differs:
            pass
        except Flaky:
            self._outcome.is_shortest = False
        if self._failure is not None:
            raise self._failure

    def _examine(self, steps: tuple[Step, ...]) -> None:
        is_searching = self._outcome.found is None
        if self._failure is not None or not self._outcome.is_shortest or (is_searching and self._left <= 0):
            return
        try:
            found = self._explore(steps[: self._left]) if is_searching else self._replay(steps)
        except NotPossible as error:
            self._failure = error
            return
        self._progress(self._outcome)
        if found is not None and (is_searching or found.kind == self._kind):
            self._keep(found)
            raise _Differs

    @property
    def _kind(self) -> tuple[object, ...]:
        return self._outcome.found.kind if self._outcome.found else ()

    def _keep(self, found: Found) -> None:
        kept = self._outcome.found
        if kept is None or _size(found) <= _size(kept):
            self._outcome.found = found

    def _explore(self, steps: tuple[Step, ...]) -> Found | None:
        """Play a sequence, and count it."""
        left = self._servers.reset()
        if left is not None and not self._is_known(left):
            # What was deleted is still there: no sequence begins with servers that are alike any more.
            self._outcome.is_shortest = False
            return Found(self._before + left.steps, left.shown_by, left.answers, left.parts)
        self._before = steps
        self._outcome.sequences += 1
        return self._play(steps, count=True)

    def _replay(self, steps: tuple[Step, ...]) -> Found | None:
        if self._servers.reset() is not None:
            self._outcome.is_shortest = False
            return None
        return self._play(steps)

    def _play(self, steps: tuple[Step, ...], *, count: bool = False) -> Found | None:
        """Play a sequence, and delete what it added, which is compared as well; return what differs."""
        for number, step in enumerate(steps, 1):
            if count:
                self._left -= 1
                self._outcome.operations += 1
            answer = self._compare(steps[:number], step, count=count)
            if answer is not None:
                return answer.found
        played = steps
        for step in self._servers.left_over():
            played = (*played, step)
            answer = self._compare(played, step, count=count)
            if answer is not None:
                return answer.found
        return None

    def _compare(self, so_far: tuple[Step, ...], step: Step, *, count: bool) -> "_End | None":
        """Play the last step of some; return what the sequence ends with there, None where it goes on."""
        answers = self._servers.ask(step.request)
        parts = parts_that_differ(*answers)
        found = Found(so_far, step.request, answers, parts) if parts else None
        if found and not self._is_known(found, count=count):
            return _End(found)
        found = self._servers.difference_of_lists(so_far, step.written)
        if found:
            # What the servers keep is not the same any more: all that follows would differ as well.
            return _End(None if self._is_known(found, count=count) else found)
        return None

    def _is_known(self, found: Found, *, count: bool = False) -> bool:
        step = found.steps[-1]
        parts = {"list"} if "list" in found.parts else found.parts
        known = [next((each for each in self._known if each.covers(step, part)), None) for part in parts]
        reasons = [each.reason for each in known if each is not None]
        if len(reasons) < len(known):
            return False
        if count:
            self._outcome.known.update(set(reasons))
        return True


def _size(found: Found) -> tuple[int, int]:
    requests = [step.request for step in found.steps]
    return len(requests), sum(len(each.target) + len(each.body or b"") + len(str(each.headers)) for each in requests)
