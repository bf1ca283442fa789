"""What deviations change about a server: collected first, all at once in effect."""

import copy
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from mockserver.deviations.call import Call, Dropped, Operations
from mockserver.http.exchange import Answer, Headers
from mockserver.http.protocol import ABORT, TAKE_OVER, ContractProtocol
from mockserver.serving.backend import Backend
from mockserver.serving.parts import Document, Parts

Proceed = Callable[[], Awaitable[Answer]]
"""Hands a request on: to the next layer, in the end to the server."""
Layer = Callable[[Call, Proceed], Awaitable[Answer]]
Scope = MutableMapping[str, Any]


def rewriting(change: Callable[[bytes], bytes]) -> Layer:
    """Return a layer that lets the server read another body."""

    async def layer(call: Call, proceed: Proceed) -> Answer:
        call.set_body(change(await call.body()))
        return await proceed()

    return layer


class Plan:
    """A server's deviations, as its deviations' functions describe them before the server is made."""

    def __init__(self) -> None:
        self._mixins: dict[str, list[type]] = {}
        self._edits: list[Callable[[Document], object]] = []
        self._layers: list[Layer] = []

    def mix(self, **parts: type) -> None:
        """Put a subclass in the place of a part, which is named as in ``Parts``; several can be mixed into one part."""
        for name, part in parts.items():
            self._mixins.setdefault(name, []).append(part)

    def edit(self, change: Callable[[Document], object]) -> None:
        """Compile the operations of a changed document. The server still shows the contract as it is."""
        self._edits.append(change)

    def around(self, layer: Layer, *operations: str) -> None:
        """Let all requests for operations (none: all requests) pass through a layer."""

        async def chosen(call: Call, proceed: Proceed) -> Answer:
            return await (layer(call, proceed) if call.operation in operations else proceed())

        self._layers.append(chosen if operations else layer)

    def before(self, change: Callable[[Call], None], *operations: str) -> None:
        """Change requests for operations (none: all requests) before the server sees them."""

        async def layer(call: Call, proceed: Proceed) -> Answer:
            change(call)
            return await proceed()

        self.around(layer, *operations)

    def after(self, alter: Callable[[Call, Answer], Answer], *operations: str) -> None:
        """Alter the answers of operations (none: all answers)."""

        async def layer(call: Call, proceed: Proceed) -> Answer:
            return alter(call, await proceed())

        self.around(layer, *operations)

    @property
    def changed_parts(self) -> set[str]:
        """The names of the parts, as in ``Parts``, in whose place others are put."""
        return {*self._mixins, *(("document",) if self._edits else ())}

    def parts(self, of: Parts) -> Parts:
        """Return the classes that a server is made of, in the place of those that it would be made of without."""
        mixins = self._mixins
        if issubclass(of.protocol, ContractProtocol):
            mixins = mixins | {"protocol": [_Droppable, *mixins.get("protocol", ())]}
        mixed = {
            name: type(f"Deviating{getattr(of, name).__name__}", (*dict.fromkeys(each), getattr(of, name)), {})
            for name, each in mixins.items()
        }
        return replace(of, **mixed, document=self._document)

    def wrap(self, app: Any, mock: Backend) -> "Deviating":
        """Return an ASGI application that lets all requests for another one pass through the layers."""
        return Deviating(app, mock, self._layers)

    def _document(self, document: Document) -> Document:
        edited = copy.deepcopy(document)
        for change in self._edits:
            change(edited)
        return edited


class Deviating:
    """An ASGI application around a server's own: requests and answers pass through layers, the first one outermost."""

    def __init__(self, app: Any, mock: Backend, layers: list[Layer]) -> None:
        self._app = app
        self._mock = mock
        self._layers = layers
        self._operations = Operations(mock.contract.specification["paths"], mock.settings.base_path)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = Call(self._mock, self._operations, {**scope}, receive)
        try:
            given = await self._passed(call, 0)
        except Dropped:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if given.status == 101:
            scope["extensions"][TAKE_OVER](given.headers)
            return
        if call.sends_body_after_head:
            # uvicorn sends no body in answer to HEAD.
            scope["method"] = "GET"
        if given.status != call.plain_status:
            self._mock.console.note(f"{scope['path']}: deviating, {given.status} in the place of {call.plain_status}")
        await send({"type": "http.response.start", "status": given.status, "headers": given.headers})
        await send({"type": "http.response.body", "body": given.body})

    async def _passed(self, call: Call, depth: int) -> Answer:
        """Return what the server answers through the layers from one depth on."""
        if depth < len(self._layers):
            return await self._layers[depth](call, lambda: self._passed(call, depth + 1))
        given: list[Answer] = []

        def take_over(headers: Headers) -> None:
            given.append(Answer(101, b"", headers))

        async def send(message: Scope) -> None:
            if message["type"] == "http.response.start":
                given.append(Answer(message["status"], b"", list(message["headers"])))
            else:
                given[-1] = given[-1]._replace(body=given[-1].body + bytes(message["body"]))

        extensions = {**call.scope.get("extensions", {}), TAKE_OVER: take_over}
        await self._app({**call.scope, "extensions": extensions}, call.receive, send)
        if not given:
            raise Dropped
        call.plain_status = given[0].status
        return given[0]


class _Droppable(ContractProtocol):
    """Puts into each scope the function that drops the connection."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if not self.is_held:
            extensions: Any = {ABORT: self.transport.abort}
            self.scope["extensions"] = extensions
