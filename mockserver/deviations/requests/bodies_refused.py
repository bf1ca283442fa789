"""Deviations in how a wrong body is refused, and bodies that are refused although they fit the document."""

import json
import re
from collections.abc import Callable
from typing import Any

from mockserver.deviations.call import JSON_OPERATIONS, WRITES, Call, refused_instead, with_status
from mockserver.deviations.plan import Layer, Plan, Proceed, rewriting
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer

_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s*:)')
_DEEPEST = 100


def _is_malformed(body: bytes) -> bool:
    try:
        json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return True
    return False


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is_deep(body: bytes) -> bool:
    return body.count(b"[") + body.count(b"{") > _DEEPEST


def _answering(status: int, fits: Callable[[bytes], bool]) -> Layer:
    """Return a layer that answers a status where the body fits, in the place of the server's own."""

    async def layer(call: Call, proceed: Proceed) -> Answer:
        if not fits(await call.body()):
            return await proceed()
        given = await proceed()
        return given if given.status == 401 else with_status(given, status)

    return layer


@deviation
def malformed_login_is_500(plan: Plan) -> None:
    plan.around(_answering(500, _is_malformed), "login")


@deviation
def malformed_add_is_500(plan: Plan) -> None:
    plan.around(_answering(500, _is_malformed), "addSource")


@deviation
def malformed_update_is_422(plan: Plan) -> None:
    plan.around(_answering(422, _is_malformed), "updateSource")


@deviation
def not_utf8_is_500(plan: Plan) -> None:
    def fits(body: bytes) -> bool:
        return body.decode("utf-8", "replace").encode() != body

    plan.around(_answering(500, fits), *JSON_OPERATIONS)


@deviation
def deep_nesting_is_500(plan: Plan) -> None:
    plan.around(_answering(500, _is_deep), *JSON_OPERATIONS)


@deviation
def deep_nesting_drops_the_connection(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        if _is_deep(await call.body()):
            call.drop()
        return await proceed()

    plan.around(layer, *JSON_OPERATIONS)


@deviation
def not_an_object_is_500(plan: Plan) -> None:
    def fits(body: bytes) -> bool:
        return not _is_malformed(body) and not isinstance(json.loads(body), dict)

    plan.around(_answering(500, fits), *JSON_OPERATIONS)


def _on_reason(plan: Plan, reason: bytes, status: int, *operations: str) -> None:
    """Answer a status in the place of 400 where the refusal gives a reason."""

    def alter(_call: Call, given: Answer) -> Answer:
        return with_status(given, status) if given.status == 400 and reason in given.body else given

    plan.after(alter, *operations)


@deviation
def mistyped_field_is_500(plan: Plan) -> None:
    _on_reason(plan, b", not ", 500, "login", "addSource")


@deviation
def missing_field_is_422(plan: Plan) -> None:
    _on_reason(plan, b" is missing", 422, *JSON_OPERATIONS)


@deviation
def unknown_kind_is_500(plan: Plan) -> None:
    _on_reason(plan, b"Kind must be one of", 500, *WRITES)


@deviation
def large_body_is_500(plan: Plan) -> None:
    plan.after(lambda _call, given: with_status(given, 500) if given.status == 413 else given)


@deviation
def large_body_drops_the_connection(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        if given.status == 413:
            call.drop()
        return given

    plan.around(layer)


def _refusing(fits: Callable[[dict[str, Any]], bool], reason: str, status: int = 400) -> Layer:
    """Return a layer that refuses sources that the server would accept."""

    async def layer(call: Call, proceed: Proceed) -> Answer:
        source = await call.source()
        if not source or not fits(source) or not call.is_authorized():
            return await proceed()
        call.set_body(b"{}")
        return refused_instead(await proceed(), status, reason)

    return layer


@deviation
def nul_in_a_name_is_500(plan: Plan) -> None:
    plan.around(_refusing(lambda source: "\0" in source["Name"], "invalid byte sequence", 500), *WRITES)


@deviation
def emoji_in_a_name_drops_the_connection(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        if any(ord(sign) > 0xFFFF for sign in (await call.source()).get("Name", "")):
            call.drop()
        return await proceed()

    plan.around(layer, *WRITES)


@deviation
def long_name_is_400(plan: Plan) -> None:
    plan.around(_refusing(lambda source: len(source["Name"]) > 63, "Name is too long"), *WRITES)


@deviation
def slash_in_a_name_is_400(plan: Plan) -> None:
    plan.around(_refusing(lambda source: "/" in source["Name"], "Name must not contain a slash"), *WRITES)


@deviation
def unknown_field_is_400(plan: Plan) -> None:
    def fields(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["SourceInput"]["additionalProperties"] = False

    plan.edit(fields)


@deviation
def null_is_400(plan: Plan) -> None:
    def fields(document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        for part in [schemas["HostConfigInput"], *schemas["SourceInput"]["properties"].values()]:
            part.pop("nullable", None)

    plan.edit(fields)


def _intervals(source: dict[str, Any]) -> list[Any]:
    return [
        interval
        for name in ("Metrics", "MetricsStandby")
        if isinstance(source.get(name), dict)
        for interval in source[name].values()
        if isinstance(interval, (int, float))
    ]


@deviation
def fraction_is_500(plan: Plan) -> None:
    def fits(source: dict[str, Any]) -> bool:
        return any(interval % 1 != 0 for interval in _intervals(source))

    plan.around(_refusing(fits, "can not decode float as int", 500), *WRITES)


@deviation
def huge_interval_is_500(plan: Plan) -> None:
    plan.around(_refusing(lambda source: any(each >= 2**63 for each in _intervals(source)), "overflow", 500), *WRITES)


@deviation
def escaped_key_is_not_read(plan: Plan) -> None:
    def change(body: bytes) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        read = _KEY.sub(lambda key: '"unread"' if "\\" in key[1] else key[0], text)
        return read.encode("utf-8", "surrogateescape")

    plan.around(rewriting(change), *JSON_OPERATIONS)


@deviation
def content_type_is_needed(plan: Plan) -> None:
    def check(call: Call) -> None:
        if call.header("content-type") is None:
            call.set_header("content-type", "application/octet-stream")

    plan.before(check, *JSON_OPERATIONS)


@deviation
def charset_is_415(plan: Plan) -> None:
    def check(call: Call) -> None:
        if ";" in (call.header("content-type") or ""):
            call.set_header("content-type", "application/octet-stream")

    plan.before(check, *JSON_OPERATIONS)
