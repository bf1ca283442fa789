"""Deviations in cross-origin requests."""

from collections.abc import Callable

from mockserver.deviations.call import Call, header_of, is_of_cors, is_refusal, with_header, with_status
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer

_ORIGIN = "access-control-allow-origin"
_METHODS = "access-control-allow-methods"
_HEADERS = "access-control-allow-headers"
_CREDENTIALS = "access-control-allow-credentials"


def _without_headers(given: Answer) -> Answer:
    return given._replace(headers=[pair for pair in given.headers if not is_of_cors(pair)])


def _alter_preflight(plan: Plan, alter: Callable[[Call, Answer], Answer]) -> None:
    def chosen(call: Call, given: Answer) -> Answer:
        is_preflight = call.method == "OPTIONS" and call.header("access-control-request-method") is not None
        return alter(call, given) if is_preflight else given

    plan.after(chosen)


@deviation
def cors_missing(plan: Plan) -> None:
    plan.after(lambda _call, given: _without_headers(given))


@deviation
def errors_lack_cors_headers(plan: Plan) -> None:
    plan.after(lambda _call, given: _without_headers(given) if is_refusal(given) else given)


@deviation
def cors_reflects_any_origin(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        origin = call.header("origin")
        return with_header(given, _ORIGIN, origin) if origin and header_of(given, _ORIGIN) else given

    plan.after(alter)


@deviation
def cors_allows_all_origins(plan: Plan) -> None:
    plan.after(lambda _call, given: with_header(given, _ORIGIN, "*") if header_of(given, _ORIGIN) else given)


@deviation
def cors_allows_no_credentials(plan: Plan) -> None:
    plan.after(lambda _call, given: with_header(given, _CREDENTIALS, None))


@deviation
def preflight_is_405(plan: Plan) -> None:
    _alter_preflight(plan, lambda _call, given: with_status(given, 405))


@deviation
def preflight_needs_a_token(plan: Plan) -> None:
    _alter_preflight(plan, lambda call, given: given if call.is_authorized() else with_status(given, 401))


@deviation
def preflight_lacks_cors_headers(plan: Plan) -> None:
    _alter_preflight(plan, lambda _call, given: _without_headers(given))


@deviation
def preflight_lacks_put(plan: Plan) -> None:
    _alter_preflight(plan, lambda _call, given: with_header(given, _METHODS, "GET, POST, DELETE, OPTIONS"))


@deviation
def preflight_lacks_the_token_header(plan: Plan) -> None:
    _alter_preflight(plan, lambda _call, given: with_header(given, _HEADERS, "Accept, Content-Type"))
