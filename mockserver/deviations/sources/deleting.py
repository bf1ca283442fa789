"""Deviations in what deleting a source does to the list."""

import fnmatch
from collections.abc import Callable
from urllib.parse import unquote

from mockserver.deviations.call import Call
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import deviation
from mockserver.memory.state import Source, State


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
def delete_takes_the_group(plan: Plan) -> None:
    class Grouped(State):
        def delete_source(self, name: str) -> Source | None:
            deleted = super().delete_source(name)
            for other in [own for own, source in self._sources.items() if source["Group"] == name]:
                super().delete_source(other)
            return deleted

    plan.mix(state=Grouped)


@deviation
def star_deletes_all(plan: Plan) -> None:
    plan.mix(state=_deleting(lambda _name, given: given == "*"))


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
