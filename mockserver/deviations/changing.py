"""Deviations in what adding, replacing and deleting a source does to the list."""

import fnmatch
from collections.abc import Callable
from urllib.parse import unquote

from mockserver.deviations.call import Call
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.exchange import Answer
from mockserver.state import Source, State


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


def _deleting(matches: Callable[[str, str], bool]) -> type[State]:
    """Return a state that deletes, beside the source of the name that is given, all whose names match it."""

    class Deleting(State):
        def delete_source(self, name: str) -> Source | None:
            deleted = super().delete_source(name)
            for other in [other for other in self._sources if matches(other, name)]:
                deleted = super().delete_source(other)
            return deleted

    return Deleting


@deviation
def delete_takes_a_prefix(plan: Plan) -> None:
    plan.mix(state=_deleting(str.startswith))


@deviation
def delete_takes_a_pattern(plan: Plan) -> None:
    def matches(name: str, pattern: str) -> bool:
        return fnmatch.fnmatchcase(name, pattern.replace("%", "*").replace("_", "?"))

    plan.mix(state=_deleting(matches))


@deviation
def delete_ignores_case(plan: Plan) -> None:
    plan.mix(state=_deleting(lambda name, given: name.lower() == given.lower()))


@deviation
def delete_deletes_nothing(plan: Plan) -> None:
    class Keeping(State):
        def delete_source(self, name: str) -> Source | None:
            return self._sources.get(name)

    plan.mix(state=Keeping)


@deviation
def delete_deletes_the_last(plan: Plan) -> None:
    class Wrong(State):
        def delete_source(self, name: str) -> Source | None:
            return super().delete_source([*self._sources][-1]) if name in self._sources else None

    plan.mix(state=Wrong)


@deviation
def refused_delete_deletes_the_last(plan: Plan) -> None:
    class Wrong(State):
        def delete_source(self, name: str) -> Source | None:
            deleted = super().delete_source(name)
            if deleted is None and self._sources:
                super().delete_source([*self._sources][-1])
            return deleted

    plan.mix(state=Wrong)


def _on_parameters(plan: Plan, change: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> None:
    def read(call: Call) -> None:
        call.parameters = change(call.parameters)

    plan.before(read, "deleteSource")


@deviation
def delete_decodes_twice(plan: Plan) -> None:
    _on_parameters(plan, lambda pairs: [(name, unquote(value) if name == "name" else value) for name, value in pairs])


@deviation
def delete_parameter_ignores_case(plan: Plan) -> None:
    _on_parameters(plan, lambda pairs: [("name" if name.lower() == "name" else name, value) for name, value in pairs])


@deviation
def delete_takes_the_last_name(plan: Plan) -> None:
    _on_parameters(plan, lambda pairs: pairs[::-1])
