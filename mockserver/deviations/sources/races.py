"""Deviations that show only while several requests are under way at once."""

import asyncio
from collections.abc import Callable

from mockserver.deviations.call import Call, header_of, with_body, with_status
from mockserver.deviations.plan import Layer, Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.memory.state import Source, State

_SECONDS_BETWEEN = 0.03
"""How long a request holds what it has read before it writes: long enough for others to write meanwhile."""
Sources = dict[str, Source]


class _Overwritable(State):
    """A state that can be written as a whole."""

    def overwrite(self, sources: Sources) -> None:
        """Put other sources in the place of all."""
        self._sources = sources
        self._sources_json = None


def _stale_write(plan: Plan, operation: str) -> None:
    """Read all sources, wait, and write all with its own change, and without those made meanwhile."""
    plan.mix(state=_Overwritable)

    async def layer(call: Call, proceed: Proceed) -> Answer:
        state = call.mock.state
        before = {source["Name"]: source for source in state.sources}
        await asyncio.sleep(_SECONDS_BETWEEN)
        meanwhile = {source["Name"]: source for source in state.sources}
        given = await proceed()
        after = {source["Name"]: source for source in state.sources}
        if given.status == 200 and before != meanwhile and isinstance(state, _Overwritable):
            changed = {name: source for name, source in after.items() if meanwhile.get(name) is not source}
            deleted = meanwhile.keys() - after.keys()
            stale = {name: source for name, source in before.items() if name not in deleted}
            state.overwrite(stale | changed)
        return given

    plan.around(layer, operation)


@deviation
def parallel_add_is_lost(plan: Plan) -> None:
    _stale_write(plan, "addSource")


@deviation
def parallel_update_is_lost(plan: Plan) -> None:
    _stale_write(plan, "updateSource")


@deviation
def parallel_delete_is_lost(plan: Plan) -> None:
    _stale_write(plan, "deleteSource")


@deviation
def parallel_adds_all_win(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        name = (await call.source()).get("Name")
        was_free = all(source["Name"] != name for source in call.mock.state.sources)
        await asyncio.sleep(_SECONDS_BETWEEN)
        given = await proceed()
        return with_status(with_body(given, b"", None), 200) if given.status == 409 and was_free else given

    plan.around(layer, "addSource")


@deviation
def parallel_adds_are_500(plan: Plan) -> None:
    plan.around(_busy(500), "addSource")


def _busy(status: int) -> Layer:
    """Return a layer that answers a status to all but the first of the requests under way."""
    under_way: list[Call] = []

    async def layer(call: Call, proceed: Proceed) -> Answer:
        under_way.append(call)
        is_first = len(under_way) == 1
        try:
            await asyncio.sleep(_SECONDS_BETWEEN)
            if is_first or not call.is_authorized():
                return await proceed()
            call.set_body(b"")
            return with_status(await proceed(), status)
        finally:
            under_way.remove(call)

    return layer


def _torn(plan: Plan, torn: Callable[[bytes], bytes]) -> None:
    """Show another list while sources are written."""
    writing: list[Call] = []

    async def write(call: Call, proceed: Proceed) -> Answer:
        writing.append(call)
        try:
            await asyncio.sleep(_SECONDS_BETWEEN)
            return await proceed()
        finally:
            writing.remove(call)

    def read(_call: Call, given: Answer) -> Answer:
        if given.status != 200 or not writing:
            return given
        return with_body(given, torn(given.body), header_of(given, "content-type"))

    plan.around(write, "addSource", "updateSource", "deleteSource")
    plan.after(read, "listSources")


@deviation
def list_is_null_during_writes(plan: Plan) -> None:
    _torn(plan, lambda _body: b"null")


@deviation
def list_is_cut_off_during_writes(plan: Plan) -> None:
    _torn(plan, lambda body: body[: len(body) // 2])
