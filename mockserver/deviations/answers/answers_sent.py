"""Deviations in how answers are sent: compressed, or for caches to keep."""

import gzip
from collections.abc import Callable

from mockserver.deviations.call import Call, with_header
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import deviation
from mockserver.deviations.sources.lists import LISTS
from mockserver.http.exchange import Answer

_BYTES_OF_TRAILER = 8
"""The end of a gzip stream: checksum and length of what was compressed, which lenient readers do not miss."""


def _alter_success(plan: Plan, alter: Callable[[Call, Answer], Answer], *operations: str) -> None:
    plan.after(lambda call, given: alter(call, given) if given.status == 200 else given, *operations)


def _compressed(given: Answer, cut: int = 0) -> Answer:
    """Return an answer compressed by gzip, without the last bytes of the stream."""
    whole = gzip.compress(given.body, mtime=0)
    body = whole[: len(whole) - cut]
    sized = with_header(given._replace(body=body), "content-length", str(len(body)))
    return with_header(sized, "content-encoding", "gzip")


def _asks_for_gzip(call: Call) -> bool:
    for each in (call.header("accept-encoding") or "").lower().split(","):
        coding, _, weight = each.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" or not weight
    return False


@deviation
def answers_are_gzipped_unasked(plan: Plan) -> None:
    _alter_success(plan, lambda _call, given: _compressed(given), *LISTS)


@deviation
def gzip_is_cut_short(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        return _compressed(given, cut=_BYTES_OF_TRAILER) if _asks_for_gzip(call) else given

    _alter_success(plan, alter, *LISTS)


def _for_caches(_call: Call, given: Answer) -> Answer:
    return with_header(given, "cache-control", "public, max-age=600")


@deviation
def lists_are_for_caches(plan: Plan) -> None:
    _alter_success(plan, _for_caches, *LISTS)


@deviation
def login_is_for_caches(plan: Plan) -> None:
    _alter_success(plan, _for_caches, "login")
