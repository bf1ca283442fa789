"""Deviations in what becomes of a source that is added, replaced or deleted."""

import copy
import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from mockserver.deviations.call import WRITES, Call
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.memory.state import Source, State

_VARIABLE = re.compile(r"\$\w+|\$\{\w+\}")
_OPTIONAL_TEXTS = ("IncludePattern", "ExcludePattern", "PresetMetrics", "PresetMetricsStandby")
_NO_HOST_CONFIG = {"DcsEndpoints": None, "PerMetricDisabledTimes": None}


def _storing(change: Callable[[Source], Source]) -> type[State]:
    """Return a state that stores something else than the source it is given."""

    class Storing(State):
        def _put(self, source: Source) -> None:
            super()._put(change(copy.deepcopy(source)))

    return Storing


def _naming(change: Callable[[str], str]) -> type[State]:
    """Return a state that changes the names of the sources it is given before it compares and stores them."""

    class Naming(State):
        def add_source(self, source: Source) -> bool:
            return super().add_source({**source, "Name": change(source["Name"])})

        def replace_source(self, source: Source) -> bool:
            return super().replace_source({**source, "Name": change(source["Name"])})

        def delete_source(self, name: str) -> Source | None:
            return super().delete_source(change(name))

    return Naming


def _with_intervals(source: Source, change: Callable[[Any], Any]) -> Source:
    for name in ("Metrics", "MetricsStandby"):
        source[name] = {metric: change(interval) for metric, interval in source[name].items()}
    return source


# --- what is stored of a source -------------------------------------------------------------------------------------


@deviation
def name_is_trimmed(plan: Plan) -> None:
    plan.mix(state=_naming(str.strip))


@deviation
def name_is_lower_cased(plan: Plan) -> None:
    plan.mix(state=_naming(str.lower))


@deviation
def name_is_normalised(plan: Plan) -> None:
    plan.mix(state=_naming(lambda name: unicodedata.normalize("NFC", name)))


@deviation
def name_ends_at_a_nul(plan: Plan) -> None:
    plan.mix(state=_naming(lambda name: name.partition("\0")[0]))


@deviation
def custom_tags_are_not_stored(plan: Plan) -> None:
    plan.mix(state=_storing(lambda source: {**source, "CustomTags": {}}))


@deviation
def host_config_is_not_stored(plan: Plan) -> None:
    def change(source: Source) -> Source:
        empty = {name: _NO_HOST_CONFIG.get(name, "") for name in source["HostConfig"]}
        return {**source, "HostConfig": empty}

    plan.mix(state=_storing(change))


@deviation
def every_source_is_enabled(plan: Plan) -> None:
    plan.mix(state=_storing(lambda source: {**source, "IsEnabled": True}))


@deviation
def markup_is_escaped(plan: Plan) -> None:
    plan.mix(state=_storing(lambda source: {**source, "ConnStr": html.escape(source["ConnStr"])}))


@deviation
def variables_are_expanded(plan: Plan) -> None:
    def change(source: Source) -> Source:
        texts = {name: text for name, text in source.items() if isinstance(text, str) and text.startswith("$")}
        return source | {name: _VARIABLE.sub("", text) for name, text in texts.items() if name != "Name"}

    plan.mix(state=_storing(change))


@deviation
def intervals_have_six_decimals(plan: Plan) -> None:
    plan.mix(state=_storing(lambda source: _with_intervals(source, lambda interval: round(interval, 6))))


@deviation
def intervals_lose_their_fraction(plan: Plan) -> None:
    plan.mix(state=_storing(lambda source: _with_intervals(source, lambda interval: interval // 1)))


@deviation
def empty_texts_become_null(plan: Plan) -> None:
    plan.mix(state=_storing(lambda source: source | {name: None for name in _OPTIONAL_TEXTS if source[name] == ""}))


@deviation
def null_stays_null(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        source = await call.source()
        nulls = {name: None for name in ("Metrics", "MetricsStandby", "CustomTags") if source.get(name, "") is None}
        given = await proceed()
        stored = call.stored(source)
        if given.status == 200 and stored is not None:
            call.mock.state.replace_source(stored | nulls)
        return given

    plan.around(layer, *WRITES)


@deviation
def unknown_field_is_stored(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        source = await call.source()
        given = await proceed()
        stored = call.stored(source)
        if given.status == 200 and stored is not None:
            unknown = {name: value for name, value in source.items() if isinstance(value, str)}
            call.mock.state.replace_source(unknown | stored)
        return given

    plan.around(layer, *WRITES)
