"""Deviations in how the lists of sources, metrics and presets look."""

import json
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from mockserver.deviations.call import TEXT, Call, header_of, with_body, with_header
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation, register
from mockserver.http.exchange import Answer
from mockserver.memory.state import Source

LISTS = ("listSources", "listMetrics", "listPresets")
_CACHE_SECONDS = 1.0
_MOST_LISTED = 100


def _alter_list(plan: Plan, change: Callable[[Any], Any], *operations: str) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        entries = _entries(given)
        if entries is None:
            return given
        return with_body(given, json.dumps(change(entries)).encode(), header_of(given, "content-type"))

    plan.after(alter, *operations or ("listSources",))


def _entries(given: Answer) -> Any:
    """Return the list in an answer; None where there is none, or another deviation has made something else of it."""
    try:
        entries = json.loads(given.body.decode("utf-8", "replace")) if given.status == 200 else None
    except ValueError:
        return None
    is_object_of_objects = isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())
    return entries if isinstance(entries, list) or is_object_of_objects else None


def _alter_sources(change: Callable[[Source], Source], plan: Plan) -> None:
    _alter_list(plan, lambda sources: [change(source) for source in sources])


def _without(field: str, source: Source) -> Source:
    return {name: value for name, value in source.items() if name != field}


def _renamed(field: str, other: str, source: Source) -> Source:
    return {other if name == field else name: value for name, value in source.items()}


_OTHER_SOURCES: dict[str, Callable[[Source], Source]] = {
    "is-superuser-is-missing": partial(_without, "IsSuperuser"),
    "host-config-is-missing": partial(_without, "HostConfig"),
    "names-are-in-snake-case": partial(_renamed, "ConnStr", "conn_str"),
    "is-enabled-is-text": lambda source: {**source, "IsEnabled": str(source["IsEnabled"]).lower()},
    "intervals-are-texts": lambda source: {**source, "Metrics": {"db_size": "60"}},
    "metrics-are-null": lambda source: {**source, "Metrics": source["Metrics"] or None},
    "kind-is-unlisted": lambda source: {**source, "Kind": "cloud-postgres"},
    "source-has-an-id": lambda source: {"Id": 1, **source},
    "host-config-is-empty": lambda source: {**source, "HostConfig": {}},
    "passwords-are-masked": lambda source: {**source, "ConnStr": "********"},
}
"""What the list of sources shows in the place of each source."""

for _name, _change in _OTHER_SOURCES.items():
    register(_name, partial(_alter_sources, _change))


@deviation
def empty_list_is_null(plan: Plan) -> None:
    _alter_list(plan, lambda sources: sources or None)


@deviation
def list_is_in_an_object(plan: Plan) -> None:
    _alter_list(plan, lambda sources: {"sources": sources})


@deviation
def list_is_shuffled(plan: Plan) -> None:
    generator = random.Random(0)
    _alter_list(plan, lambda sources: generator.sample(sources, len(sources)))


@deviation
def list_is_sorted(plan: Plan) -> None:
    _alter_list(plan, lambda sources: sorted(sources, key=lambda source: str(source["Name"])))


@deviation
def list_is_reversed(plan: Plan) -> None:
    _alter_list(plan, lambda sources: sources[::-1])


@deviation
def list_ends_at_100(plan: Plan) -> None:
    _alter_list(plan, lambda sources: sources[:_MOST_LISTED])


@deviation
def list_repeats_the_last(plan: Plan) -> None:
    _alter_list(plan, lambda sources: sources + sources[-1:])


@deviation
def list_lacks_disabled_sources(plan: Plan) -> None:
    _alter_list(plan, lambda sources: [source for source in sources if source["IsEnabled"]])


@deviation
def list_is_a_second_old(plan: Plan) -> None:
    kept: list[tuple[float, Answer]] = []

    def alter(_call: Call, given: Answer) -> Answer:
        if given.status != 200:
            return given
        if not kept or time.monotonic() - kept[-1][0] > _CACHE_SECONDS:
            kept[:] = [(time.monotonic(), given)]
        return kept[-1][1]

    plan.after(alter, "listSources")


@deviation
def list_has_a_trailing_comma(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        body = given.body.removesuffix(b"]") + b",]"
        return with_body(given, body, header_of(given, "content-type")) if given.status == 200 else given

    plan.after(alter, "listSources")


@deviation
def list_is_latin_1(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        if given.status != 200:
            return given
        body = given.body.decode("utf-8", "replace").encode("latin-1", "replace")
        return with_body(given, body, header_of(given, "content-type"))

    plan.after(alter, "listSources")


def _as_text(plan: Plan, *operations: str) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return with_header(given, "content-type", TEXT) if given.status == 200 else given

    plan.after(alter, *operations)


@deviation
def lists_are_text(plan: Plan) -> None:
    _as_text(plan, *LISTS)


@deviation
def health_is_text(plan: Plan) -> None:
    _as_text(plan, "getLiveness", "getReadiness")


def _alter_entries(plan: Plan, operation: str, **fields: Any) -> None:
    _alter_list(plan, lambda entries: {name: {**entry, **fields} for name, entry in entries.items()}, operation)


@deviation
def metric_list_is_an_array(plan: Plan) -> None:
    _alter_list(plan, lambda metrics: [{"Name": name, **metric} for name, metric in metrics.items()], "listMetrics")


@deviation
def metric_sqls_are_null(plan: Plan) -> None:
    _alter_entries(plan, "listMetrics", SQLs=None)


@deviation
def metric_has_a_name(plan: Plan) -> None:
    _alter_entries(plan, "listMetrics", Name="metric")


@deviation
def preset_metrics_are_null(plan: Plan) -> None:
    _alter_entries(plan, "listPresets", Metrics=None)


def _vary(plan: Plan, operation: str) -> None:
    """Leave out the last entry at every second request."""
    answered: list[None] = []

    def change(entries: dict[str, Any]) -> dict[str, Any]:
        answered.append(None)
        return entries if len(answered) % 2 else dict(list(entries.items())[:-1])

    _alter_list(plan, change, operation)


@deviation
def metric_list_varies(plan: Plan) -> None:
    _vary(plan, "listMetrics")


@deviation
def preset_list_varies(plan: Plan) -> None:
    _vary(plan, "listPresets")


@deviation
def large_list_drops_the_connection(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        if given.status == 200 and len(call.mock.state.sources) > _MOST_LISTED:
            call.drop()
        return given

    plan.around(layer, "listSources")
