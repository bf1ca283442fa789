"""One entry of a list of requests or of a recording: a request with an id, as a person writes it in YAML."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pgwatch_contract.parity.exchange import Headers, Request

Written = Mapping[str, Any]
"""An entry as YAML has it; ``pgwatch_contract/schemas/requests.yaml`` says what it may have."""

REQUEST_KEYS = ("title", "send", "token", "headers", "host", "protocol", "body", "base64", "repeat", "then")
"""What says how the request looks, in the order in which recordings have it."""


@dataclass(frozen=True)
class Mark:
    """Why an answer of the mock is known to differ: a reason, and for which releases and store (empty: all)."""

    reason: str
    releases: tuple[str, ...] = ()
    store: str | None = None


@dataclass(frozen=True)
class Entry:
    """A request to play, with its id and all that YAML says of it; ``marks`` say where the mock is known to differ."""

    id: str
    request: Request
    written: Written
    marks: tuple[Mark, ...] = ()

    @property
    def label(self) -> str:
        """The request in a few words: its id, title and request line."""
        title = self.written.get("title")
        return f"{self.id}{f' ({title})' if title else ''}: {_short(self.request.method)} {_short(self.request.target)}"


def entry_of(written: Written) -> Entry:
    """Return the entry that YAML says; it has to be valid by its schema."""
    method, _, target = written["send"].partition(" ")
    request = Request(
        method,
        target,
        headers=_headers(written),
        body=_body(written),
        host=written.get("host", "${HOST}"),
        protocol=written.get("protocol", "HTTP/1.1"),
        then=written.get("then"),
    )
    return Entry(written["id"], request, written, tuple(_marks(written.get("differs", []))))


def text_or_base64(body: bytes) -> dict[str, str]:
    """Return a body under the key it has in YAML: ``body`` where it is UTF-8, else ``base64``."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def body_of(written: Written) -> bytes | None:
    """Return the body under ``body`` or ``base64``; None where there is neither."""
    if "base64" in written:
        return base64.b64decode(written["base64"])
    return None if written.get("body") is None else str(written["body"]).encode()


def _headers(written: Written) -> Headers:
    token = written.get("token", "${TOKEN}")
    given = [] if token is None else [("Token", token)]
    for line in written.get("headers", []):
        name, _, value = line.partition(":")
        given.append((name, value.removeprefix(" ")))
    return tuple(given)


def _body(written: Written) -> bytes | None:
    if repeat := written.get("repeat"):
        text = repeat.get("before", "") + repeat["text"] * repeat["times"] + repeat.get("after", "")
        return str(text).encode()
    return body_of(written)


def _marks(given: Any) -> list[Mark]:
    listed = [given] if isinstance(given, Mapping) else given
    return [Mark(each["reason"], tuple(each.get("releases", ())), each.get("store")) for each in listed]


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"
