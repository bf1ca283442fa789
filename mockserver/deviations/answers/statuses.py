"""Deviations that answer with another status than the document gives, operation by operation."""

from functools import partial

from mockserver.deviations.call import Call, refused_instead, with_body, with_header, with_status
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation, register
from mockserver.http.exchange import Answer

_OTHER_STATUSES = {
    "login-is-201": ("login", 200, 201),
    "liveness-is-202": ("getLiveness", 200, 202),
    "readiness-is-204": ("getReadiness", 200, 204),
    "source-list-is-206": ("listSources", 200, 206),
    "add-is-201": ("addSource", 200, 201),
    "add-existing-is-400": ("addSource", 409, 400),
    "update-is-204": ("updateSource", 200, 204),
    "delete-is-202": ("deleteSource", 200, 202),
    "connect-success-is-204": ("testConnection", 200, 204),
    "metric-list-is-206": ("listMetrics", 200, 206),
    "preset-list-is-203": ("listPresets", 200, 203),
    "wrong-credentials-are-403": ("login", 401, 403),
}
"""Operation, the status that is documented, and what comes in its place."""


def _answer_otherwise(operation: str, documented: int, status: int, plan: Plan) -> None:
    plan.after(partial(_exchange, documented, status), operation)


def _exchange(documented: int, status: int, _call: Call, given: Answer) -> Answer:
    if given.status != documented:
        return given
    return with_status(given if status != 204 else with_body(given, b"", None), status)


for _name, _case in _OTHER_STATUSES.items():
    register(_name, partial(_answer_otherwise, *_case))


def _succeed_instead_of(status: int, plan: Plan, operation: str) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_status(with_body(given, b"", None), 200) if given.status == status else given

    plan.after(alter, operation)


@deviation
def update_unknown_is_200(plan: Plan) -> None:
    _succeed_instead_of(404, plan, "updateSource")


@deviation
def delete_unknown_is_200(plan: Plan) -> None:
    _succeed_instead_of(404, plan, "deleteSource")


@deviation
def delete_without_name_is_200(plan: Plan) -> None:
    _succeed_instead_of(400, plan, "deleteSource")


@deviation
def connect_failure_is_200(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        is_failure = given.status == 400 and b"failed to connect" in given.body
        return with_status(given, 200) if is_failure else given

    plan.after(alter, "testConnection")


@deviation
def connect_failure_is_502(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        is_failure = given.status == 400 and b"failed to connect" in given.body
        return with_status(given, 502) if is_failure else given

    plan.after(alter, "testConnection")


@deviation
def connect_unreadable_is_500(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        is_unreadable = given.status == 400 and b"cannot parse" in given.body
        return with_status(given, 500) if is_unreadable else given

    plan.after(alter, "testConnection")


@deviation
def connect_empty_is_200(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        if not await call.body():
            call.set_body(b"host=localhost")
        return await proceed()

    plan.around(layer, "testConnection")


@deviation
def connect_wants_text_plain(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        is_text = (call.header("content-type") or "").startswith("text/plain")
        return (
            given if is_text or given.status == 401 else refused_instead(given, 415, "Content-Type must be text/plain")
        )

    plan.after(alter, "testConnection")


def _hide(plan: Plan, operation: str) -> None:
    """Answer as if ``/source`` had no such method."""

    async def layer(call: Call, proceed: Proceed) -> Answer:
        call.scope["method"] = "PATCH"
        return with_header(await proceed(), "allow", "GET, POST, OPTIONS")

    plan.around(layer, operation)


@deviation
def update_is_405(plan: Plan) -> None:
    _hide(plan, "updateSource")


@deviation
def delete_is_405(plan: Plan) -> None:
    _hide(plan, "deleteSource")


@deviation
def liveness_is_503(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_status(with_body(given, b'{"status":"unavailable"}', "application/json"), 503)

    plan.after(alter, "getLiveness")


@deviation
def readiness_lies(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_status(with_body(given, b'{"status":"ok"}', "application/json"), 200)

    plan.after(alter, "getReadiness")


@deviation
def health_says_up(plan: Plan) -> None:
    plan.after(
        lambda _call, given: with_body(given, b'{"status":"UP"}', "application/json") if given.status == 200 else given,
        "getLiveness",
        "getReadiness",
    )
