"""Deviations in what holds for all paths: unknown ones, wrong methods, HEAD, OPTIONS and large heads."""

from collections.abc import Callable

from mockserver.deviations.call import HTML, TEXT, Call, header_of, with_body, with_header, with_status
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.http.protocol import ContractProtocol


def _at_unknown_paths(plan: Plan, alter: Callable[[Call, Answer], Answer]) -> None:
    def chosen(call: Call, given: Answer) -> Answer:
        return alter(call, given) if given.status == 404 and not call.is_known_path else given

    plan.after(chosen)


@deviation
def unknown_path_is_200(plan: Plan) -> None:
    _at_unknown_paths(plan, lambda _call, given: with_status(with_body(given, b"<!doctype html>", HTML), 200))


@deviation
def unknown_path_is_500(plan: Plan) -> None:
    _at_unknown_paths(plan, lambda _call, given: with_status(given, 500))


@deviation
def unknown_path_is_405_for_writes(plan: Plan) -> None:
    _at_unknown_paths(plan, lambda call, given: given if call.method == "GET" else with_status(given, 405))


@deviation
def trailing_slash_is_500(plan: Plan) -> None:
    _at_unknown_paths(plan, lambda call, given: with_status(given, 500) if call.path.endswith("/") else given)


@deviation
def trailing_slash_is_ignored(plan: Plan) -> None:
    def find(call: Call) -> None:
        call.path = call.path.rstrip("/") or "/"

    plan.before(find)


@deviation
def double_slash_redirects(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        path = call.path
        return with_header(with_status(given, 301), "location", path.replace("//", "/")) if "//" in path else given

    _at_unknown_paths(plan, alter)


@deviation
def paths_ignore_case(plan: Plan) -> None:
    def find(call: Call) -> None:
        call.path = call.path.lower()

    plan.before(find)


def _at_wrong_methods(plan: Plan, alter: Callable[[Call, Answer], Answer]) -> None:
    plan.after(lambda call, given: alter(call, given) if given.status == 405 else given)


@deviation
def wrong_method_is_404(plan: Plan) -> None:
    _at_wrong_methods(plan, lambda _call, given: with_header(with_status(given, 404), "allow", None))


@deviation
def login_takes_any_method(plan: Plan) -> None:
    _at_wrong_methods(
        plan,
        lambda call, given: (
            with_status(with_body(given, b"only POST methods is allowed.", TEXT), 200)
            if call.path.endswith("/login")
            else given
        ),
    )


@deviation
def health_takes_any_method(plan: Plan) -> None:
    def read(call: Call) -> None:
        if call.path.endswith(("/liveness", "/readiness")) and call.method not in ("HEAD", "OPTIONS"):
            call.scope["method"] = "GET"

    plan.before(read)


@deviation
def wrong_method_has_no_allow(plan: Plan) -> None:
    _at_wrong_methods(plan, lambda _call, given: with_header(given, "allow", None))


@deviation
def allow_lists_patch(plan: Plan) -> None:
    _at_wrong_methods(
        plan,
        lambda call, given: (
            with_header(given, "allow", "GET, POST, PATCH, DELETE, OPTIONS") if call.path.endswith("/preset") else given
        ),
    )


@deviation
def allow_leaves_out_options(plan: Plan) -> None:
    _at_wrong_methods(
        plan,
        lambda call, given: (
            with_header(given, "allow", "POST") if call.path.endswith(("/login", "/test-connect")) else given
        ),
    )


@deviation
def allow_lists_only_get(plan: Plan) -> None:
    _at_wrong_methods(plan, lambda _call, given: with_header(given, "allow", "GET"))


@deviation
def head_is_get_everywhere(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        if call.method == "HEAD":
            call.scope["method"] = "GET"
        return await proceed()

    plan.around(layer)


@deviation
def health_refuses_head(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        if call.method != "HEAD" or not call.is_known_path or given.status != 200:
            return given
        return with_header(with_status(given, 405), "allow", "GET, OPTIONS")

    plan.after(alter)


@deviation
def head_has_a_body(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        call.sends_body_after_head = call.method == "HEAD"
        return given

    plan.after(alter)


def _alter_options(plan: Plan, alter: Callable[[Call, Answer], Answer]) -> None:
    plan.after(lambda call, given: alter(call, given) if call.method == "OPTIONS" else given)


def _is_preflight(call: Call) -> bool:
    return call.header("access-control-request-method") is not None


@deviation
def options_is_204(plan: Plan) -> None:
    _alter_options(plan, lambda call, given: given if _is_preflight(call) else with_status(given, 204))


@deviation
def options_of_an_unknown_path_is_404(plan: Plan) -> None:
    _alter_options(plan, lambda call, given: given if call.is_known_path else with_status(given, 404))


@deviation
def options_has_a_body(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_body(given, header_of(given, "access-control-allow-methods").encode(), TEXT)

    _alter_options(plan, alter)


@deviation
def options_needs_a_token(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        if _is_preflight(call) or call.is_authorized():
            return given
        return with_status(with_body(given, b"token is missing\n", TEXT), 401)

    _alter_options(plan, alter)


# --- what the server refuses before it is a request -----------------------------------------------------------------


@deviation
def large_head_is_accepted(plan: Plan) -> None:
    class Patient(ContractProtocol):
        def _take(self, data: bytes) -> None:
            self.head_bytes = -len(data)
            super()._take(data)

    plan.mix(protocol=Patient)


@deviation
def large_head_is_400(plan: Plan) -> None:
    class Blaming(ContractProtocol):
        def _refuse(self, status: int, message: str) -> None:
            super()._refuse(400 if status == 431 else status, message)

    plan.mix(protocol=Blaming)


@deviation
def large_head_drops_the_connection(plan: Plan) -> None:
    class Dropping(ContractProtocol):
        def _refuse(self, status: int, message: str) -> None:
            if status == 431:
                self.is_refused = True
                self.transport.abort()
            else:
                super()._refuse(status, message)

    plan.mix(protocol=Dropping)
