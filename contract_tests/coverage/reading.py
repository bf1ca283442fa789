"""How a request is read: whether the server looks at its body, what that holds, what it has in a place."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Operation

NO_VALUE = object()
"""What a body holds that cannot be read."""
_UNREAD = (403, 405, 408, 413, 415, 429, 431)
"""The statuses of answers that a server gives without a look at what the body holds."""


def is_let_in(exchange: Exchange, operation: Operation) -> bool:
    """Say whether a request was answered, and not refused for its token."""
    return exchange.status is not None and not (operation.protected and exchange.status == 401)


def is_read(exchange: Exchange, operation: Operation) -> bool:
    """Say whether the server got as far as to look at what the request holds."""
    return is_let_in(exchange, operation) and exchange.status not in _UNREAD


def value_of(data: bytes, is_json: bool) -> Any:
    """Return what a body holds: a value or a text; NO_VALUE where it cannot be read."""
    try:
        return orjson.loads(data) if is_json else data.decode()
    except ValueError:
        return NO_VALUE


def text_at(exchange: Exchange, operation: Operation, place: str, name: str) -> str | None:
    """Return what a request has under a name in its query, headers, cookies or path; None for nothing.

    Of several the first counts.
    """
    if place == "query":
        pairs = parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
        return next((value for key, value in pairs if key == name), None)
    if place == "path":
        steps = operation.path.split("/")
        given = urlsplit(exchange.url).path.split("/")[-len(steps) :]
        return next((unquote(each) for step, each in zip(steps, given, strict=False) if step == f"{{{name}}}"), None)
    wanted = name.lower() if place == "header" else "cookie"
    found = next((value for key, value in exchange.request_headers.items() if key.lower() == wanted), None)
    return found if place == "header" or found is None else _cookie(found, name)


def _cookie(header: str, name: str) -> str | None:
    pairs = (each.strip().partition("=") for each in header.split(";"))
    return next((value for key, _, value in pairs if key == name), None)
