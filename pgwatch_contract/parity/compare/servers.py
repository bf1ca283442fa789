"""Two servers to which the same is sent, and what is in their lists."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from pgwatch_contract.parity.compare.found import Found, Pair, parts_that_differ
from pgwatch_contract.parity.compare.operations import LISTS, Operation, Step
from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.exchange import Answer, Request

_RESETS = 4

Play = Callable[[Request], Answer]
"""Sends a request to one of the servers and returns its normalised answer."""


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


def _list(path: str) -> Request:
    return Request("GET", path, (("Token", "${TOKEN}"),))
