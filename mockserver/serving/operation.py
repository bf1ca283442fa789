"""One operation of the contract, compiled: its security, parameters, body and answers, around its handler."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from connexion.operations import AbstractOperation

from mockserver.contract.validation import Validator
from mockserver.errors import Refusal, StartupError
from mockserver.http.exchange import Answer, Request, answer, refuse
from mockserver.memory.auth import TokenError
from mockserver.serving.backend import Backend
from mockserver.serving.request_body import JSON, Receive, body_reader
from mockserver.serving.security import token_readers


class Answers:
    """The answers that the document gives an operation, ready to be sent."""

    def __init__(self, operation: AbstractOperation) -> None:
        responses = {int(status): part for status, part in operation.responses.items() if status.isdigit()}
        success = min(responses, default=500)
        if success >= 400:
            raise StartupError(f"{operation.operation_id}: the document gives it no successful answer")
        self._success_status = success
        self._success_type = _content_type(responses[success])
        self._no_content = answer(self._success_status, b"", None)
        self._latest = self._no_content
        examples = {status: _example(status, response) for status, response in responses.items()}
        self._examples = {status: example for status, example in examples.items() if example is not None}

    def success(self, body: bytes = b"", *headers: tuple[bytes, bytes]) -> Answer:
        """Return the documented success with a body of the documented type; without arguments, with none.

        A list that did not change since the last request is the same object, and so is its answer.
        """
        if not body:
            return self._no_content
        if headers:
            return answer(self._success_status, body, self._success_type, *headers)
        if body is not self._latest.body:
            self._latest = answer(self._success_status, body, self._success_type)
        return self._latest

    def example(self, status: int) -> Answer:
        """Return the (first) example that the document gives for a status; without one, the status in words."""
        return self._examples.get(status) or refuse(status, HTTPStatus(status).phrase.lower())


Handler = Callable[[Backend, Request, Answers], Awaitable[Answer]]
"""What answers an operation: takes the server's parts, the valid request and the documented answers."""


class Operation:
    """An operation that is ready to answer requests.

    Takes Connexion's operation, the server's parts and the largest body in bytes; raises StartupError for what the
    document asks and this server cannot do.
    """

    def __init__(self, operation: AbstractOperation, mock: Backend, most_bytes: int) -> None:
        self._handler: Handler = operation.function
        self._mock = mock
        self._tokens = mock.tokens
        self._token_readers = token_readers(operation)
        self._parameters = [_parameter(part, operation) for part in operation.parameters]
        self._read_body = body_reader(operation, most_bytes, mock.console.note)
        self._answers = Answers(operation)

    async def __call__(self, request: Request, receive: Receive) -> Answer:
        """Answer a request; raises Refusal where it is not to be let through to the handler."""
        self.authorize(request)
        if self._parameters:
            request.parameters = {name: _value(request, name, valid) for name, valid in self._parameters}
            request.about = request.parameters.get("name", "")
        if self._read_body is not None:
            request.body = await self._read_body(request, receive)
        return await self._handler(self._mock, request, self._answers)

    def authorize(self, request: Request) -> None:
        """Raise Refusal (401) unless the operation is public or the request carries a token that counts.

        The first place that holds a token decides, even if another one holds a better token.
        """
        for read_token in self._token_readers:
            if token := read_token(request):
                try:
                    self._tokens.verify(token)
                except TokenError as error:
                    raise Refusal(401, str(error)) from None
                return
        if self._token_readers:
            raise Refusal(401, self._answers.example(401).reason)


def _parameter(parameter: dict[str, Any], operation: AbstractOperation) -> tuple[str, Validator]:
    schema = parameter.get("schema", {})
    if (parameter["in"], schema.get("type"), parameter.get("required")) != ("query", "string", True):
        raise StartupError(
            f"{operation.operation_id}: parameter {parameter['name']} must be a required string in the query"
        )
    return parameter["name"], Validator(schema)


def _value(request: Request, name: str, validator: Validator) -> str:
    values = request.query.get(name)
    if values is None:
        raise Refusal(400, f"query parameter {name} is missing")
    if not validator.is_valid(values[0]):
        raise Refusal(400, validator.explain(values[0], f"query parameter {name}"))
    return values[0]


def _content_type(response: dict[str, Any]) -> str | None:
    media_type: str | None = next(iter(response.get("content", {})), None)
    return f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type


def _example(status: int, response: dict[str, Any]) -> Answer | None:
    for media_type, media in response.get("content", {}).items():
        examples = (
            [media["example"]]
            if "example" in media
            else [example["value"] for example in media.get("examples", {}).values()]
        )
        if examples and media_type == JSON:
            return answer(status, orjson.dumps(examples[0]), JSON)
        if examples and status >= 400:
            return refuse(status, examples[0])
    return None
