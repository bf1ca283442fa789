"""Deviations in where a token is looked for, and which place counts before which."""

from collections.abc import Callable

from mockserver.deviations.call import Call
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import deviation
from mockserver.memory.auth import TokenError


def _drop_header(call: Call) -> None:
    call.set_header("token", None)


def _drop_query(call: Call) -> None:
    if call.parameter("Token") is not None:
        call.parameters = [(name, value) for name, value in call.parameters if name != "Token"]


def _drop_cookie(call: Call) -> None:
    call.set_header("cookie", None)


def _has_header(call: Call) -> bool:
    return bool(call.header("token"))


def _has_query(call: Call) -> bool:
    return bool(call.parameter("Token"))


def _has_cookie(call: Call) -> bool:
    return bool(call.cookie())


def _prefer(plan: Plan, better: Callable[[Call], bool], drop_worse: Callable[[Call], None]) -> None:
    plan.before(lambda call: drop_worse(call) if better(call) else None)


@deviation
def token_header_is_not_read(plan: Plan) -> None:
    plan.before(_drop_header)


@deviation
def token_query_is_not_read(plan: Plan) -> None:
    plan.before(_drop_query)


@deviation
def token_cookie_is_not_read(plan: Plan) -> None:
    plan.before(_drop_cookie)


@deviation
def query_counts_before_header(plan: Plan) -> None:
    _prefer(plan, _has_query, _drop_header)


@deviation
def cookie_counts_before_query(plan: Plan) -> None:
    _prefer(plan, lambda call: _has_cookie(call) and not _has_header(call), _drop_query)


@deviation
def cookie_counts_before_header(plan: Plan) -> None:
    _prefer(plan, lambda call: _has_cookie(call) and not _has_query(call), _drop_header)


@deviation
def any_good_token_counts(plan: Plan) -> None:
    def choose(call: Call) -> None:
        for token in (call.header("token"), call.parameter("Token"), call.cookie()):
            try:
                call.mock.tokens.verify(token or "")
            except TokenError:
                continue
            call.set_header("token", token)
            return

    plan.before(choose)


@deviation
def empty_header_hides_query(plan: Plan) -> None:
    def hide(call: Call) -> None:
        if call.header("token") is not None and not _has_header(call):
            _drop_query(call)
            _drop_cookie(call)

    plan.before(hide)


@deviation
def empty_query_hides_cookie(plan: Plan) -> None:
    _prefer(plan, lambda call: call.parameter("Token") == "" and not _has_header(call), _drop_cookie)


@deviation
def token_query_ignores_case(plan: Plan) -> None:
    def spell(call: Call) -> None:
        if any(name.lower() == "token" for name, _ in call.parameters):
            call.parameters = [("Token" if name.lower() == "token" else name, value) for name, value in call.parameters]

    plan.before(spell)


@deviation
def bearer_token_is_wanted(plan: Plan) -> None:
    def read(call: Call) -> None:
        scheme, _, token = (call.header("authorization") or "").partition(" ")
        call.set_header("token", token if scheme == "Bearer" else None)
        _drop_query(call)
        _drop_cookie(call)

    plan.before(read)
