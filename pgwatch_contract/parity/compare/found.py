"""A difference between the answers of two servers, and what is known of differences that may be."""

import re
from dataclasses import dataclass

from pgwatch_contract.parity.compare.operations import Step
from pgwatch_contract.parity.exchange import Answer, Request

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
