"""Deviations that accept bodies that do not fit the document."""

import json
import re
from collections.abc import Callable
from typing import Any

from mockserver.deviations.call import JSON_OPERATIONS, WRITES, Call, with_body, with_status
from mockserver.deviations.plan import Plan, Proceed, rewriting
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer

_TEXT_FIELDS = {
    "Name",
    "ConnStr",
    "Group",
    "Kind",
    "IncludePattern",
    "ExcludePattern",
    "PresetMetrics",
    "PresetMetricsStandby",
    "user",
    "password",
}
_FIELDS = {name.lower(): name for name in ("Name", "ConnStr", "Group", "Kind", "IsEnabled", "Metrics", "PresetMetrics")}


@deviation
def content_type_is_not_read(plan: Plan) -> None:
    plan.before(lambda call: call.set_header("content-type", "application/json"), *JSON_OPERATIONS)


@deviation
def malformed_body_is_accepted(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        is_malformed = given.status == 400 and given.body.startswith(b"body is not JSON")
        return with_status(with_body(given, b"", None), 200) if is_malformed else given

    plan.after(alter, *WRITES)


@deviation
def trailing_data_is_accepted(plan: Plan) -> None:
    def first_value(body: bytes) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return body
        return text[:end].encode("utf-8", "surrogateescape")

    plan.around(rewriting(first_value), *JSON_OPERATIONS)


@deviation
def nan_is_accepted(plan: Plan) -> None:
    plan.around(rewriting(lambda body: re.sub(rb"\bNaN\b|\bInfinity\b", b"1", body)), *WRITES)


@deviation
def mistyped_field_is_converted(plan: Plan) -> None:
    def converted(name: str, value: Any) -> Any:
        if name in _TEXT_FIELDS and isinstance(value, (int, float)):
            return json.dumps(value)
        return str(value).lower() not in ("0", "false", "") if name.startswith(("Is", "Only")) else value

    async def layer(call: Call, proceed: Proceed) -> Answer:
        body = await call.json()
        if isinstance(body, dict):
            call.set_json({name: converted(name, value) for name, value in body.items()})
        return await proceed()

    plan.around(layer, *JSON_OPERATIONS)


@deviation
def keys_ignore_case(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        body = await call.json()
        if isinstance(body, dict):
            call.set_json({_FIELDS.get(name.lower(), name): value for name, value in body.items()})
        return await proceed()

    plan.around(layer, *WRITES)


def _loosen(plan: Plan, schema: str, *required: str) -> None:
    """Require no other fields of a schema than these; the rest are empty texts by default."""

    def fields(document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        for name in set(schemas[schema].get("required", ())) - set(required):
            part = schemas[schema]["properties"][name]
            (schemas["Source"]["properties"][name] if "$ref" in part else part).setdefault("default", "")
        # OpenAPI allows no empty list of what is required.
        schemas[schema].pop("required", None)
        if required:
            schemas[schema]["required"] = list(required)

    plan.edit(fields)


@deviation
def login_takes_an_empty_object(plan: Plan) -> None:
    _loosen(plan, "Credentials")


@deviation
def connstr_may_be_missing(plan: Plan) -> None:
    _loosen(plan, "SourceInput", "Name")


def _relax(plan: Plan, relax: Callable[[dict[str, Any]], object]) -> None:
    """Change the schema of the fields of a source."""
    plan.edit(lambda document: relax(document["components"]["schemas"]))


@deviation
def nameless_source_is_stored(plan: Plan) -> None:
    _relax(plan, lambda schemas: schemas["Source"]["properties"]["Name"].pop("minLength", None))
    _loosen(plan, "SourceInput")


@deviation
def unknown_kind_is_stored(plan: Plan) -> None:
    _relax(plan, lambda schemas: schemas["Source"]["properties"]["Kind"].pop("enum", None))


@deviation
def negative_interval_is_stored(plan: Plan) -> None:
    _relax(plan, lambda schemas: schemas["Interval"].update(minimum=-1_000_000))


@deviation
def zero_interval_is_stored(plan: Plan) -> None:
    _relax(plan, lambda schemas: schemas["Interval"].pop("exclusiveMinimum", None))


@deviation
def defaults_are_empty_texts(plan: Plan) -> None:
    def defaults(schemas: dict[str, Any]) -> None:
        fields = schemas["Source"]["properties"]
        fields["Kind"].get("enum", []).append("")
        fields["Kind"]["default"] = fields["Group"]["default"] = ""

    _relax(plan, defaults)


@deviation
def default_group_is_empty(plan: Plan) -> None:
    _relax(plan, lambda schemas: schemas["Source"]["properties"]["Group"].update(default=""))
