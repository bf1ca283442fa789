"""What goes wrong only now and then: ``sometimes-is-a-server-error@listSources``."""

import functools
from collections.abc import Callable, Iterator

from mockserver.deviations.call import Call, header_of, refused_instead, with_body
from mockserver.deviations.kinds.contract import operations
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.plan import Plan
from mockserver.http.exchange import Answer

EACH = 20
"""One request of so many goes wrong."""
Alter = Callable[[Call, Answer, Answer | None], Answer]
"""Takes a request, its answer, and the answer to the request before at the same operation."""


def _server_error(_call: Call, given: Answer, _before: Answer | None) -> Answer:
    return refused_instead(given, 500, "something failed")


def _unavailable(_call: Call, given: Answer, _before: Answer | None) -> Answer:
    return refused_instead(given, 503, "come later", (b"retry-after", b"0"))


def _unauthorized(_call: Call, given: Answer, _before: Answer | None) -> Answer:
    return refused_instead(given, 401, "token is not known") if given.status < 400 else given


def _dropped(call: Call, _given: Answer, _before: Answer | None) -> Answer:
    call.drop()


def _cut(_call: Call, given: Answer, _before: Answer | None) -> Answer:
    return with_body(given, given.body[: len(given.body) // 2], header_of(given, "content-type") or None)


def _of_another(_call: Call, given: Answer, before: Answer | None) -> Answer:
    return before or given


_KINDS: dict[str, tuple[str, Alter]] = {
    "is-a-server-error": ("is a 500", _server_error),
    "is-unavailable": ("is a 503", _unavailable),
    "is-unauthorized": ("is a 401, whatever the token", _unauthorized),
    "is-dropped": ("does not come", _dropped),
    "is-cut": ("has half of its body", _cut),
    "is-anothers": ("is the one to the request before", _of_another),
}
_WHEN: dict[str, tuple[str, Callable[[int, Answer | None], bool]]] = {
    "sometimes": (f"Each {EACH}th answer", lambda number, _before: number % EACH == 0),
    "first": ("The first answer after the start", lambda number, _before: number == 1),
    "after-a-refusal": (
        "The answer after a refusal",
        lambda _number, before: before is not None and 400 <= before.status < 500,
    ),
    "after-a-hundred": ("Each answer after a hundred", lambda number, _before: number > 100),
}


def pairs() -> Iterator[Pair]:
    """Give all pairs: at each operation, what goes wrong and when; the log's handshakes are no answers of that sort."""
    for when, (which, is_due) in _WHEN.items():
        for kind, (title, alter) in _KINDS.items():
            for operation in operations():
                show = functools.partial(_show, operation, is_due, alter)
                yield Pair(f"{when}-{kind}", operation, f"{which} {title}.", show)


def _show(operation: str, is_due: Callable[[int, Answer | None], bool], alter: Alter, plan: Plan) -> None:
    number = 0
    before: Answer | None = None

    def count(call: Call, given: Answer) -> Answer:
        nonlocal number, before
        if given.status == 101:
            return given
        number += 1
        last, before = before, given
        return alter(call, given, last) if is_due(number, last) else given

    plan.after(count, operation)
