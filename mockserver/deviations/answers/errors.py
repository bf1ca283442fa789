"""Deviations in the shape of refusals and of empty answers."""

import json
from collections.abc import Callable

from mockserver.deviations.call import HTML, TEXT, Call, is_refusal, with_body, with_header
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer

_EMPTY_SUCCESSES = ("addSource", "updateSource", "deleteSource", "testConnection")


def _alter_refusals(plan: Plan, change: Callable[[str], str], content_type: str, *statuses: int) -> None:
    """Change the text of refusals with one of these statuses (none: all)."""

    def alter(_call: Call, given: Answer) -> Answer:
        if not is_refusal(given) or (statuses and given.status not in statuses):
            return given
        return with_body(given, change(given.body.decode("utf-8", "replace")).encode(), content_type)

    plan.after(alter)


@deviation
def errors_are_json(plan: Plan) -> None:
    _alter_refusals(plan, lambda text: json.dumps({"error": text.strip()}), "application/json")


@deviation
def unauthorized_is_json(plan: Plan) -> None:
    _alter_refusals(plan, lambda text: json.dumps({"error": text.strip()}), "application/json", 401)


@deviation
def errors_are_html(plan: Plan) -> None:
    _alter_refusals(plan, lambda text: f"<html><body><h1>{text.strip()}</h1></body></html>\n", HTML)


@deviation
def errors_have_two_lines(plan: Plan) -> None:
    _alter_refusals(plan, lambda text: f"Bad Request\n{text}", TEXT)


@deviation
def errors_are_empty(plan: Plan) -> None:
    _alter_refusals(plan, lambda _text: "", TEXT)


@deviation
def handshake_errors_have_two_lines(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        is_second = given.status in (400, 403)
        return with_body(given, b"Bad Request\nwebsocket: " + given.body, TEXT) if is_second else given

    plan.after(alter, "streamLog")


@deviation
def connect_errors_have_two_lines(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_body(given, given.body.replace(b": ", b":\n\t", 1), TEXT) if given.status == 400 else given

    plan.after(alter, "testConnection")


@deviation
def unreadable_body_is_quoted_raw(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        if given.status != 400:
            return given
        return with_body(given, given.body.rstrip() + b": " + (await call.body())[:100] + b"\xff\n", TEXT)

    plan.around(layer, "addSource", "updateSource")


@deviation
def empty_answers_are_null(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_body(given, b"null", "application/json") if given.status == 200 else given

    plan.after(alter, *_EMPTY_SUCCESSES)


@deviation
def writes_answer_the_source(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        return with_body(given, await call.body(), "application/json") if given.status == 200 else given

    plan.around(layer, "addSource", "updateSource")


@deviation
def empty_answers_have_a_type(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_header(given, "content-type", TEXT) if given.status == 200 else given

    plan.after(alter, *_EMPTY_SUCCESSES)
