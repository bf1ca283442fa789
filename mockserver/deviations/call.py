"""One request on its way to the server, and the answer on its way back, as deviations see and change them."""

import json
from collections.abc import Mapping, MutableMapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, urlencode

from mockserver.http.exchange import Answer, item_of, refuse
from mockserver.http.protocol import ABORT
from mockserver.memory.auth import TokenError
from mockserver.memory.state import Source
from mockserver.serving.backend import Backend
from mockserver.serving.request_body import Receive

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON_OPERATIONS = ("login", "addSource", "updateSource")
WRITES = ("addSource", "updateSource")


class Operations:
    """The operations of a document, found by the path and method of a request.

    Takes the document's ``paths`` and the base path below which they are. A path may end in ``/{name}``.
    """

    def __init__(self, paths: Mapping[str, Mapping[str, Any]], base: str) -> None:
        self._by_path = {
            base + path: {method.upper(): operation["operationId"] for method, operation in item.items()}
            for path, item in paths.items()
        }

    def at(self, path: str, raw_path: bytes) -> Mapping[str, str]:
        """Return the operationIds at a path by method, none for one that the document lacks.

        It is given without and with its escapes: a slash in a name is escaped.
        """
        return self._by_path.get(path) or self._by_path.get(item_of(raw_path), {})


class Dropped(Exception):
    """The connection has ended: there is nobody to answer."""


class Call:
    """One request. Takes the server's parts, its operations, and what ASGI gives; the scope is changed in place.

    ``plain_status`` is what the server answered before any deviation altered it.
    """

    def __init__(
        self, mock: Backend, operations: Operations, scope: MutableMapping[str, Any], receive: Receive
    ) -> None:
        self.mock = mock
        self.scope = scope
        self.sends_body_after_head = False
        self.plain_status = 0
        self._operations = operations
        self._receive = receive
        self._body = bytearray()
        self._is_whole = False

    @property
    def method(self) -> str:
        """The method."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The path, without its escapes."""
        return str(self.scope["path"])

    @path.setter
    def path(self, path: str) -> None:
        self.scope["path"], self.scope["raw_path"] = path, quote(path, errors="surrogateescape").encode()

    @property
    def operation(self) -> str:
        """The operationId, empty where the document has no operation for the path and method."""
        return self._operations.at(self.path, self.scope["raw_path"]).get(self.method, "")

    @property
    def is_known_path(self) -> bool:
        """Whether the document lists the path."""
        return bool(self._operations.at(self.path, self.scope["raw_path"]))

    def header(self, name: str) -> str | None:
        """Return a header's value; None where it is absent."""
        values = (value for own, value in self.scope["headers"] if own == name.encode())
        return next((value.decode("latin-1") for value in values), None)

    def set_header(self, name: str, value: str | None) -> None:
        """Put a header in the place of those of its name (in lower case); None only removes them."""
        others = [(own, other) for own, other in self.scope["headers"] if own != name.encode()]
        self.scope["headers"] = others if value is None else [*others, (name.encode(), value.encode("latin-1"))]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query parameters in the order sent."""
        return parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True, encoding="utf-8")

    @parameters.setter
    def parameters(self, pairs: list[tuple[str, str]]) -> None:
        self.scope["query_string"] = urlencode(pairs).encode()

    def parameter(self, name: str) -> str | None:
        """Return the first value of a query parameter; None where it is absent."""
        return next((value for own, value in self.parameters if own == name), None)

    def cookie(self) -> str:
        """Return the token in the cookie, empty where there is none."""
        pairs = (pair.strip().partition("=") for pair in (self.header("cookie") or "").split(";"))
        return next((value for name, _, value in pairs if name == "token"), "")

    def token(self) -> str:
        """Return the token that the contract says counts, empty where there is none."""
        return self.header("token") or self.parameter("Token") or self.cookie()

    def is_authorized(self) -> bool:
        """Say whether the request carries a token that counts."""
        try:
            self.mock.tokens.verify(self.token())
        except TokenError:
            return False
        return True

    def authorize(self) -> None:
        """Give the request a token that counts."""
        self.set_header("token", self.mock.tokens.issue("deviation"))

    async def body(self) -> bytes:
        """Return the body, before or after the server has read it."""
        while not self._is_whole:
            await self._take_more()
        return bytes(self._body)

    async def first_of_body(self) -> bytes:
        """Return as much of the body as is there when the first of it has come."""
        while not self._is_whole and not self._body:
            await self._take_more()
        return bytes(self._body)

    def set_body(self, body: bytes) -> None:
        """Put a body in the place of the one that was sent."""
        self._body = bytearray(body)
        self._is_whole = True
        self.set_header("content-length", str(len(body)))

    async def receive(self) -> MutableMapping[str, Any]:
        """Hand the body to the server (ASGI): the one that a deviation has read or put in place, or what comes in."""
        if self._is_whole:
            return {"type": "http.request", "body": bytes(self._body), "more_body": False}
        return await self._take()

    async def _take_more(self) -> None:
        if (await self._take())["type"] == "http.disconnect":
            raise Dropped

    async def _take(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._body += message.get("body", b"")
        self._is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        return message

    async def json(self) -> Any:
        """Read the body as JSON; None where it is none."""
        try:
            return json.loads(await self.body())
        except (ValueError, RecursionError):
            return None

    async def source(self) -> Source:
        """Read the body as a source; empty where it is none with a name."""
        value = await self.json()
        return value if isinstance(value, dict) and isinstance(value.get("Name"), str) else {}

    def set_json(self, value: Any) -> None:
        """Put a body in JSON in the place of the one that was sent."""
        self.set_body(json.dumps(value).encode())

    def drop(self) -> NoReturn:
        """Drop the connection without an answer."""
        self.scope["extensions"][ABORT]()
        raise Dropped

    def stored(self, source: Source) -> Source | None:
        """Return the server's source of the same name; None where it has none."""
        return next((own for own in self.mock.state.sources if own["Name"] == source.get("Name")), None)


def with_status(given: Answer, status: int) -> Answer:
    """Return an answer with another status; HTTP allows no Content-Length in a 204."""
    changed = given._replace(status=status)
    return with_header(changed, "content-length", None) if status == 204 else changed


def with_header(given: Answer, name: str, value: str | None) -> Answer:
    """Return an answer with a header in the place of those of its name (in lower case); None only removes them."""
    others = [(own, other) for own, other in given.headers if own.lower() != name.encode()]
    return given._replace(headers=others if value is None else [*others, (name.encode(), value.encode("latin-1"))])


def with_body(given: Answer, body: bytes, content_type: str | None) -> Answer:
    """Return an answer with another body and Content-Type."""
    typed = with_header(given._replace(body=body), "content-type", content_type)
    return with_header(typed, "content-length", str(len(body)))


def refused_instead(given: Answer, status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a refusal in the place of an answer, with its CORS headers."""
    return refuse(status, message, *headers, *filter(is_of_cors, given.headers))


def is_of_cors(header: tuple[bytes, bytes]) -> bool:
    """Say whether a header is one of those that let pages of other origins read an answer."""
    return header[0].lower().startswith(b"access-control-")


def header_of(given: Answer, name: str) -> str:
    """Return a header of an answer, empty where it is absent."""
    return next((value.decode("latin-1") for own, value in given.headers if own.lower() == name.encode()), "")


def is_refusal(given: Answer) -> bool:
    """Say whether an answer refuses a request."""
    return 400 <= given.status < 500
