"""Request bodies: read within a limit, decoded, validated and completed as the contract says."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from connexion.operations import AbstractOperation

from mockserver.console import about, shortened
from mockserver.contract.validation import Validator, completer
from mockserver.errors import Refusal
from mockserver.http.exchange import Request, name_in

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
ReadBody = Callable[[Request, Receive], Awaitable[Any]]
JSON = "application/json"
MOST_NAMES = 10
MOST_DIGITS = 20
"""Of a length; more of them only make it larger."""


class ClientGone(Exception):
    """The client left before its request was complete: nobody is there to answer."""


def body_reader(operation: AbstractOperation, limit: int, note: Callable[[str], None]) -> ReadBody | None:
    """Compile what reads the body of an operation's requests; None where the document gives it none.

    Takes the largest size in bytes, and who is told of fields that are ignored. The reader raises Refusal: 413 too
    large, 415 not JSON, 400 for everything else.
    """
    if not operation.request_body:
        return None
    if JSON in operation.request_body["content"]:
        return _json_reader(operation, limit, note)
    return _text_reader(operation, limit)


def _json_reader(operation: AbstractOperation, limit: int, note: Callable[[str], None]) -> ReadBody:
    schema = operation.request_body["content"][JSON]["schema"]
    validator = Validator(schema)
    complete = completer(schema)
    name = f"{operation.method.upper()} {operation.path}"

    async def read(request: Request, receive: Receive) -> Any:
        media_type = request.header(b"content-type").partition(";")[0].strip()
        if media_type.lower() not in (JSON, ""):
            raise Refusal(415, f"Content-Type must be {JSON}")
        raw = await _read(request, receive, limit)
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise Refusal(400, f"body is not JSON: {error.msg}: line {error.lineno} column {error.colno}") from None
        request.about = name_in(value)
        try:
            if not validator.is_valid(value):
                raise Refusal(400, validator.explain(value, "body"))
        except ValueError:  # of jsonschema-rs, which follows 255 levels
            raise Refusal(400, "body is nested too deeply") from None
        unknown: list[str] = []
        value = complete(value, unknown)
        if unknown:
            note(f"{name}{about(request.about)}: unknown field(s) ignored: {_some(unknown)}")
        return value

    return read


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(shortened(name)) for name in names[:MOST_NAMES])
    return f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown


def _text_reader(operation: AbstractOperation, limit: int) -> ReadBody:
    (media,) = operation.request_body["content"].values()
    validator = Validator(media["schema"])

    async def read(request: Request, receive: Receive) -> str:
        try:
            text = (await _read(request, receive, limit)).decode()
        except UnicodeDecodeError:
            raise Refusal(400, "body is not valid UTF-8") from None
        if not validator.is_valid(text):
            raise Refusal(400, validator.explain(text, "body"))
        return text

    return read


async def _read(request: Request, receive: Receive, limit: int) -> bytearray:
    declared = request.headers.get(b"content-length", b"").lstrip(b"0")
    body = bytearray()
    more = True
    while more:
        if len(body) > limit or (declared.isdigit() and int(declared[:MOST_DIGITS]) > limit):
            raise Refusal(413, f"body is larger than {limit} bytes")
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
