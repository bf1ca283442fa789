"""Deviations in what adding and replacing a source does to the list."""

from typing import Any

from mockserver.contract.validation import Validator, completer
from mockserver.deviations.call import Call
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.memory.state import Source, State


@deviation
def add_replaces_existing(plan: Plan) -> None:
    class Upserting(State):
        def add_source(self, source: Source) -> bool:
            self._put(source)
            return True

    plan.mix(state=Upserting)


@deviation
def refused_add_replaces_existing(plan: Plan) -> None:
    class Overwriting(State):
        def add_source(self, source: Source) -> bool:
            return super().add_source(source) or not super().replace_source(source)

    plan.mix(state=Overwriting)


@deviation
def existing_is_added_again(plan: Plan) -> None:
    class Doubling(State):
        def add_source(self, source: Source) -> bool:
            if not super().add_source(source):
                self._sources_json = None
                self._sources[f"{source['Name']}\0{len(self._sources)}"] = source
            return True

    plan.mix(state=Doubling)


@deviation
def add_stores_nothing(plan: Plan) -> None:
    class Forgetting(State):
        def add_source(self, source: Source) -> bool:
            return source["Name"] not in self._sources

    plan.mix(state=Forgetting)


@deviation
def added_source_is_first(plan: Plan) -> None:
    class Prepending(State):
        def add_source(self, source: Source) -> bool:
            others = dict(self._sources)
            added = super().add_source(source)
            if added:
                self._sources = {source["Name"]: self._sources[source["Name"]], **others}
            return added

    plan.mix(state=Prepending)


@deviation
def names_ignore_case(plan: Plan) -> None:
    class AnyCase(State):
        def add_source(self, source: Source) -> bool:
            taken = {name.lower() for name in self._sources}
            return source["Name"].lower() not in taken and super().add_source(source)

    plan.mix(state=AnyCase)


@deviation
def update_creates(plan: Plan) -> None:
    class Upserting(State):
        def replace_source(self, source: Source) -> bool:
            self._put(source)
            return True

    plan.mix(state=Upserting)


@deviation
def refused_update_creates(plan: Plan) -> None:
    class Creating(State):
        def replace_source(self, source: Source) -> bool:
            return super().replace_source(source) or not super().add_source(source)

    plan.mix(state=Creating)


@deviation
def update_merges(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        source = await call.source()
        stored = call.stored(source)
        if stored is not None and "ConnStr" in source:
            call.set_json(stored | source)
        return await proceed()

    plan.around(layer, "updateSource")


@deviation
def update_moves_to_the_end(plan: Plan) -> None:
    class Moving(State):
        def replace_source(self, source: Source) -> bool:
            replaced = super().replace_source(source)
            if replaced:
                self._sources[source["Name"]] = self._sources.pop(source["Name"])
            return replaced

    plan.mix(state=Moving)


@deviation
def update_changes_its_group(plan: Plan) -> None:
    class Spreading(State):
        def replace_source(self, source: Source) -> bool:
            replaced = super().replace_source(source)
            if replaced:
                for name, other in self._sources.items():
                    if other["Group"] == source["Group"]:
                        self._sources[name] = {**other, "IsEnabled": source["IsEnabled"]}
            return replaced

    plan.mix(state=Spreading)


@deviation
def update_changes_nothing(plan: Plan) -> None:
    class Ignoring(State):
        def replace_source(self, source: Source) -> bool:
            return source["Name"] in self._sources

    plan.mix(state=Ignoring)


@deviation
def invalid_update_is_stored(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        source = await call.source()
        stored = call.stored(source)
        given = await proceed()
        if given.status == 400 and stored is not None:
            valid = {name: value for name, value in source.items() if type(value) is type(stored.get(name))}
            call.mock.state.replace_source(stored | valid)
        return given

    plan.around(layer, "updateSource")


@deviation
def invalid_add_is_stored(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        source = await call.source()
        given = await proceed()
        if given.status == 400 and source.get("Name"):
            sent = await call.body()
            call.set_json({"Name": source["Name"], "ConnStr": "host=localhost"})
            await proceed()
            call.set_body(sent)
        return given

    plan.around(layer, "addSource")


@deviation
def refused_source_is_stored(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        sent = await call.json()
        given = await proceed()
        is_refused_for_a_field = given.body.startswith(b"body: ")
        if is_refused_for_a_field and isinstance(sent, dict):
            call.mock.state.add_source(_mended(sent, call.mock.contract.schema("SourceInput")))
        return given

    plan.around(layer, "addSource")


def _mended(sent: dict[str, Any], schema: dict[str, Any]) -> Source:
    """Return a source that fits a schema: fields that do not, and those that are missing, are made up."""
    fields = schema["properties"]
    fitting = {
        field: value for field, value in sent.items() if field in fields and Validator(fields[field]).is_valid(value)
    }
    source: Source = completer(schema)({"Name": "unnamed", "ConnStr": ""} | fitting, [])
    return source
