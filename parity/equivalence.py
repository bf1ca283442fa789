"""Looks for a difference between two servers: plays the same random requests to both, and shortens what differs."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from parity.errors import NotPossible
from parity.exchange import Answer, Request
from parity.operations import LISTS, Operation, Step

_AT_A_TIME = 50
"""So many sequences are drawn by one run of Hypothesis, whose memory and pace suffer from long ones."""

_RESETS = 4

Play = Callable[[Request], Answer]
"""Sends a request to one of the servers and returns its normalised answer."""

Pair = tuple[Answer, Answer]


@dataclass(frozen=True)
class Known:
    """A difference that may be: why, at which requests (None: at any), and in which part of the answer (None: all).

    ``path`` and ``body`` are looked for in the request's target and body. A part is ``status``, ``body``, the name of
    a header, or ``list`` for a list that is not the same after the request.
    """

    reason: str
    operation: str | None = None
    path: re.Pattern[str] | None = None
    body: re.Pattern[bytes] | None = None
    part: str | None = None

    def covers(self, step: Step, part: str) -> bool:
        """Say whether it speaks of this part of the answer to a request."""
        request = step.request
        return (
            self.operation in (None, step.operation)
            and self.part in (None, part)
            and (self.path is None or self.path.search(request.target) is not None)
            and (self.body is None or self.body.search(request.body or b"") is not None)
        )


@dataclass(frozen=True)
class Found:
    """A difference: the sequence that leads to it, the request that shows it, both answers, and what differs in them.

    ``shown_by`` is the last of the sequence, or the request for a list after it.
    """

    steps: tuple[Step, ...]
    shown_by: Request
    answers: Pair
    parts: frozenset[str]

    @property
    def kind(self) -> tuple[object, ...]:
        """What stays the same while it is made shorter."""
        shown_by = self.shown_by.target if "list" in self.parts else ""
        return (self.steps[-1].operation if self.steps else "", shown_by, self.parts)


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


def parts_that_differ(one: Answer, other: Answer) -> frozenset[str]:
    """Return what differs between two answers: ``status``, ``body``, names of headers in lower case.

    The length of a body that differs anyway is not named.
    """
    parts = set()
    if (one.status, one.reason) != (other.status, other.reason):
        parts.add("status")
    if (one.body, one.frame) != (other.body, other.frame):
        parts.add("body")
    lines = set(one.headers) ^ set(other.headers)
    parts |= {name.lower() for name, _ in lines}
    if not parts and one != other:
        parts.add("headers")
    return frozenset(parts - {"content-length", "transfer-encoding"} if "body" in parts else parts)


class Servers:
    """Two servers to which the same is sent. Begin each sequence with ``reset``.

    Takes what plays a request to each, and the operations that delete by name, by the path of their list. What is in
    the lists at this moment stays. Raises NotPossible where a server cannot be reached, or ``settle`` finds that they
    do not begin alike.
    """

    def __init__(self, play: tuple[Play, Play], deletions: Mapping[str, Operation]) -> None:
        self._play = play
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._deletions = deletions
        self._at_first = {path: [set(self._names(path, answer)) for answer in self.ask(_list(path))] for path in LISTS}

    def ask(self, request: Request) -> Pair:
        """Send a request to both at once and return the answers."""
        one, other = self._play
        waiting = self._beside.submit(other, request)
        return one(request), waiting.result()

    def settle(self, name: str) -> None:
        """Delete a name that is not there: a server that keeps a file rewrites it, and so changes null to {}."""
        for deletion in self._deletions.values():
            self.ask(deletion.request(name))
        if found := self.difference_of_lists((), LISTS):
            raise NotPossible(
                f"the servers are not alike before anything is sent: {found.shown_by.target} differs; start both with "
                "the same sources, metrics and presets"
            )

    def reset(self) -> Found | None:
        """Delete what was not there at first, from both; return the difference that is left, if there is one.

        Several times, where need be: a server may delete another entry than the one it is told to.
        """
        steps: list[Step] = []
        for _ in range(_RESETS):
            wanted = list(self.left_over())
            for step in wanted:
                self.ask(step.request)
            steps += wanted
            found = self.difference_of_lists(tuple(steps), tuple(self._deletions)) if wanted else None
            if found is None:
                break
        return found

    def left_over(self) -> Iterator[Step]:
        """Yield the requests that delete what was not there at first, from the lists as they are when it begins."""
        for path, deletion in self._deletions.items():
            names = dict.fromkeys(name for names in self._new(path, self.ask(_list(path))) for name in names)
            for name in names:
                yield Step(deletion.id, deletion.request(name))

    def difference_of_lists(self, steps: tuple[Step, ...], paths: Sequence[str]) -> Found | None:
        """Return the first list that differs between the servers, after some steps."""
        for path in paths:
            answers = self.ask(_list(path))
            if parts := parts_that_differ(*answers):
                return Found(steps, _list(path), answers, parts | {"list"})
        return None

    def _new(self, path: str, lists: Pair) -> list[list[str]]:
        pairs = zip(lists, self._at_first[path], strict=True)
        return [[name for name in self._names(path, answer) if name not in first] for answer, first in pairs]

    def _names(self, path: str, answer: Answer) -> list[str]:
        try:
            listed = json.loads(answer.body.decode(errors="replace"), strict=False)
        except json.JSONDecodeError:
            return []
        if path == "/source":
            return [each["Name"] for each in listed or [] if isinstance(each, dict) and each.get("Name")]
        deletion = self._deletions.get(path)
        return [name for name in listed or {} if name or (deletion and deletion.name_in == "query")]


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


def _list(path: str) -> Request:
    return Request("GET", path, (("Token", "${TOKEN}"),))


def _size(found: Found) -> tuple[int, int]:
    requests = [step.request for step in found.steps]
    return len(requests), sum(len(each.target) + len(each.body or b"") + len(str(each.headers)) for each in requests)
