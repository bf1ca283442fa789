"""What careless servers make of requests: ``request-must-fit-64-kib@addSource``."""

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from mockserver.deviations.call import JSON_OPERATIONS, Call, refused_instead
from mockserver.deviations.kinds.contract import operations, with_body
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.plan import Plan, Proceed
from mockserver.http.exchange import Answer

_WITH_BODY: tuple[str, ...] = ()
"""All operations that take a body: which those are is asked when the pairs are."""
Refuses = Callable[[Call], bool]
Reads = Callable[[bytes], bytes]
_MANY_HEADERS = 50
_LONG_HEADER = 4096


def _has_long_header(call: Call) -> bool:
    return any(len(value) > _LONG_HEADER for _, value in call.scope["headers"])


def _has_another_cookie(call: Call) -> bool:
    return any(
        pair.strip() and not pair.strip().startswith("token=") for pair in (call.header("cookie") or "").split(";")
    )


def _wants_other_answers(call: Call) -> bool:
    accepted = call.header("accept")
    return accepted is not None and "*/*" not in accepted


_REFUSALS: dict[str, tuple[str, int, Refuses]] = {
    "must-accept-anything": ("is a 406 where Accept lacks */*", 406, _wants_other_answers),
    "must-name-its-agent": ("is a 403 without a User-Agent", 403, lambda call: not call.header("user-agent")),
    "must-come-from-no-proxy": (
        "is a 400 with a proxy's headers",
        400,
        lambda call: any(call.header(name) for name in ("forwarded", "x-forwarded-for", "via")),
    ),
    "must-have-few-headers": ("is a 431 with 50 headers", 431, lambda call: len(call.scope["headers"]) > _MANY_HEADERS),
    "must-have-short-headers": ("is a 431 with a header of 4 KiB", 431, _has_long_header),
    "must-have-no-other-cookie": ("is a 400 with another cookie", 400, _has_another_cookie),
    "must-have-no-other-parameter": (
        "is a 400 with a parameter that nobody knows",
        400,
        lambda call: any(name not in ("name", "Token") for name, _ in call.parameters),
    ),
    "must-come-from-this-site": ("is a 403 with an Origin", 403, lambda call: bool(call.header("origin"))),
    "must-have-no-range": ("is a 416 with a Range", 416, lambda call: bool(call.header("range"))),
    "must-have-no-condition": (
        "is a 412 with a condition",
        412,
        lambda call: bool(call.header("if-match") or call.header("if-none-match") or call.header("if-modified-since")),
    ),
}
_REFUSALS_OF_BODIES: dict[str, tuple[str, int, Refuses]] = {
    "must-have-a-length": ("is a 411 in chunks", 411, lambda call: bool(call.header("transfer-encoding"))),
    "must-expect-nothing": ("is a 417 with Expect", 417, lambda call: bool(call.header("expect"))),
}


def _repaired(body: bytes, change: Callable[[Any], Any]) -> bytes:
    try:
        return json.dumps(change(json.loads(body))).encode()
    except (ValueError, RecursionError):
        return body


def _first_of_equal_keys(body: bytes) -> bytes:
    def first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(reversed(pairs))

    try:
        return json.dumps(json.loads(body, object_pairs_hook=first)).encode()
    except (ValueError, RecursionError):
        return body


def _without_surrogates(body: bytes) -> bytes:
    return re.sub(rb"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w", b"??", body)


def _in_any_case(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    known = {"name": "Name", "connstr": "ConnStr", "user": "user", "password": "password", "group": "Group"}
    return {known.get(name.lower(), name): each for name, each in value.items()}


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _with_quotes(body: bytes) -> bytes:
    return body if b'"' in body else body.replace(b"'", b'"')


_READINGS: dict[str, tuple[str, tuple[str, ...], Reads]] = {
    "must-fit-4-kib": ("is read to 4 KiB", _WITH_BODY, lambda body: body[:4096]),
    "must-fit-16-kib": ("is read to 16 KiB", _WITH_BODY, lambda body: body[:16384]),
    "must-fit-64-kib": ("is read to 64 KiB", _WITH_BODY, lambda body: body[:65536]),
    "must-fit-256-kib": ("is read to 256 KiB", _WITH_BODY, lambda body: body[:262144]),
    "loses-blanks-around": ("is trimmed", ("testConnection",), bytes.strip),
    "ends-at-its-first-line": ("ends at a line end", _WITH_BODY, lambda body: body.partition(b"\n")[0]),
    "ends-at-a-nul": ("ends at a NUL", ("testConnection",), lambda body: body.partition(b"\0")[0]),
    "counts-the-first-of-equal-keys": ("counts the first of equal keys", JSON_OPERATIONS, _first_of_equal_keys),
    "loses-pairs-of-escapes": ("loses characters that two escapes stand for", JSON_OPERATIONS, _without_surrogates),
    "has-keys-in-any-case": ("has keys in any case", JSON_OPERATIONS, lambda body: _repaired(body, _in_any_case)),
    "may-have-comments": (
        "may have comments",
        JSON_OPERATIONS,
        lambda body: re.sub(rb"(?m)^\s*//.*$|/\*.*?\*/", b"", body),
    ),
    "may-have-a-comma-too-many": (
        "may have a comma before its end",
        JSON_OPERATIONS,
        lambda body: re.sub(rb",\s*}", b"}", body),
    ),
    "may-be-in-an-array": (
        "may be in an array",
        JSON_OPERATIONS,
        lambda body: _repaired(body, lambda value: value[0] if isinstance(value, list) and value else value),
    ),
    "may-be-in-latin-1": (
        "may be in Latin-1",
        JSON_OPERATIONS,
        lambda body: body if _is_utf_8(body) else body.decode("latin-1").encode(),
    ),
    "may-have-apostrophes": ("may have apostrophes for quotes", JSON_OPERATIONS, _with_quotes),
}


def pairs() -> Iterator[Pair]:
    """Give all pairs: refusals at each operation, other readings at those with a body."""
    having_bodies = tuple(with_body())
    for operation in operations():
        refusals = {**_REFUSALS, **(_REFUSALS_OF_BODIES if operation in having_bodies else {})}
        for kind, (title, status, refuses) in refusals.items():
            show = functools.partial(_show_refusal, operation, status, refuses)
            yield Pair(f"request-{kind}", operation, f"A request {title}.", show)
    for kind, (title, places, reads) in _READINGS.items():
        for operation in places or having_bodies:
            show = functools.partial(_show_reading, operation, reads)
            yield Pair(f"request-{kind}", operation, f"A body {title}.", show)


def _show_refusal(operation: str, status: int, refuses: Refuses, plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        is_due = given.status not in (401, 403) and refuses(call)
        return refused_instead(given, status, "the request is refused") if is_due else given

    plan.after(alter, operation)


def _show_reading(operation: str, reads: Reads, plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        sent = await call.body()
        read = reads(sent)
        if read != sent:
            call.set_body(read)
        return await proceed()

    plan.around(layer, operation)
