"""The checks that every exchange of the run passes, whichever layer it is from."""

import email.utils
import json
import re
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import JSON, Contract, Document
from contract_tests.contract.patterns import ReadValidator
from contract_tests.judging import found
from contract_tests.judging.check import Check, Finding
from contract_tests.judging.faults import request_in_words
from contract_tests.target.canaries import JWT, canary_in, known_in
from contract_tests.target.target import Target

_SECONDS_BESIDE = 120
"""So far may the clocks of two machines differ."""
_IN_ANY_CASE = {"Connection": {"upgrade": "Upgrade"}, "Upgrade": {"websocket": "websocket"}}
"""Headers whose words mean the same in any case, with the way the document writes them (RFC 9110)."""
_MOST_ERRORS = 500
"""A list of a thousand sources can have as many faults of one kind."""
_SAYS_ONLY_ITEMS = {"type", "items", "description", "example", "nullable"}
"""A list whose schema has no other keywords is valid if each of its items is."""


def bundled_checks(contract: Contract, target: Target) -> list[Check]:
    """Return the checks for one target: each reads what it expects from the contract."""
    answers, secrets = _Answers(contract), _Secrets(target)
    return [
        Check("answer.complete", lambda exchange: None if exchange.status else ("an answer", "")),
        Check("answer.no-server-error", answers.no_server_error, _is_answered),
        Check("answer.status-is-documented", answers.status, _is_answered),
        Check("answer.content-type-is-documented", answers.content_type, answers.is_documented),
        Check("answer.body-fits-schema", answers.schema, answers.is_documented),
        Check("answer.empty-where-documented", answers.empty, answers.is_to_be_empty),
        Check("answer.headers-are-documented", answers.headers, answers.is_documented),
        Check("answer.error-is-one-line", one_line, lambda exchange: 400 <= (exchange.status or 0) < 500),
        Check("cors.every-answer-names-the-origin", _allowed_origin(target.cors_origin), _may_be_read),
        Check("answer.compression-is-asked-for", _compression, _is_answered),
        Check("answer.is-not-for-caches", for_caches, _is_answered),
        Check("secret.not-in-errors", secrets.in_error, lambda exchange: (exchange.status or 0) >= 400),
        Check("secret.not-in-headers", secrets.in_headers, _is_answered),
    ]


def one_line(exchange: Exchange) -> Finding:
    """Find a refusal that is not one line of plain text. HEAD has no body to look at."""
    expected = "one line of text/plain; charset=utf-8"
    kind = exchange.headers.get("Content-Type", "").replace(" ", "").lower()
    if kind != "text/plain;charset=utf-8":
        return expected, exchange.in_words(), [f"{exchange.status} of type {kind or 'none'}"]
    if exchange.method == "HEAD":
        return None
    try:
        line = exchange.body.decode()
    except UnicodeDecodeError:
        shown = "" if exchange.is_private else f": {exchange.body[:60]!r}"
        return expected, f"bytes that are not UTF-8{shown}", [f"{exchange.status} not in UTF-8"]
    if re.fullmatch(r"(?!\ufeff)[^\r\n\x00]+\n?", line):
        return None
    odd = {"\ufeff": "with a byte order mark", "\0": "with a NUL"}
    what = next((word for mark, word in odd.items() if mark in line), "of several lines" if line.strip() else "blank")
    what = what if line else "empty"
    return expected, exchange.in_words(), [f"{exchange.status} {what}"]


class _Answers:
    """What the document says of answers, by operation and status."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._validators: dict[tuple[str, int], Any] = {}
        self._header_validators: dict[int, Any] = {}
        self._valid_items: dict[tuple[str, int], set[str]] = {}
        # Most answers of a run have been seen before, and lists of metrics are large.
        self._fault = lru_cache(maxsize=512)(self._fault_of)

    def _response(self, exchange: Exchange) -> Document | None:
        if exchange.method == "HEAD" or exchange.status is None:
            return None
        return self._contract.operations[exchange.operation].statuses.get(exchange.status)

    def is_documented(self, exchange: Exchange) -> bool:
        return self._response(exchange) is not None

    def is_to_be_empty(self, exchange: Exchange) -> bool:
        response = self._response(exchange)
        return response is not None and "content" not in response and exchange.status != 101

    def no_server_error(self, exchange: Exchange) -> Finding:
        status = exchange.status or 0
        if status < 500 or self.is_documented(exchange):
            return None
        return "a status below 500", exchange.in_words(), [found.of_answer(exchange)], self._request(exchange)

    def status(self, exchange: Exchange) -> Finding:
        documented = sorted(self._contract.operations[exchange.operation].statuses)
        # A server error has a clause of its own, and 431 is the answer to a head, whatever it asks for.
        if self.is_documented(exchange) or (exchange.status or 0) in (431, *range(500, 600)):
            return None
        expected = f"a status of {', '.join(map(str, documented))}"
        return expected, exchange.in_words(), [found.of_answer(exchange)], self._request(exchange)

    def _request(self, exchange: Exchange) -> str:
        return request_in_words(self._contract, self._contract.operations[exchange.operation], exchange)

    def content_type(self, exchange: Exchange) -> Finding:
        content = (self._response(exchange) or {}).get("content", {})
        given = exchange.headers.get("Content-Type")
        plain = (given or "").partition(";")[0].strip().lower()
        seen = [f"{exchange.status} of type {plain or 'none'}"]
        if not content:
            return (
                None if given is None or exchange.body else ("no Content-Type on an empty answer", f"{given!r}", seen)
            )
        return None if plain in content else (f"Content-Type {' or '.join(content)}", f"{given!r}", seen)

    def empty(self, exchange: Exchange) -> Finding:
        return ("an empty body", "") if exchange.body else None

    def schema(self, exchange: Exchange) -> Finding:
        content: Document = (self._response(exchange) or {}).get("content", {})
        # What a refusal looks like has a clause of its own.
        if not content or 400 <= (exchange.status or 0) < 500:
            return None
        media_type, media = next(iter(content.items()))
        key = exchange.operation, exchange.status or 0
        if key not in self._validators:
            self._validators[key] = ReadValidator(media["schema"])
        try:
            fault: Finding = self._fault(key, exchange.body, media_type)
            return fault
        except (ValueError, RecursionError) as error:
            said = type(error).__name__ if exchange.is_private else " ".join(str(error).split())
            return f"a body of {media_type}", f"{said}: {exchange.in_words()}", [f"{exchange.status} not {media_type}"]

    def _fault_of(self, key: tuple[str, int], body: bytes, media_type: str) -> Finding:
        validator, value = self._validators[key], _decoded(body, media_type)
        if isinstance(value, list) and validator.schema.keys() <= _SAYS_ONLY_ITEMS:
            # Of a long list most items were seen before, and an item is valid wherever it stands.
            known, items = self._valid_items.setdefault(key, set()), {json.dumps(each): each for each in value}
            if validator.is_valid([each for text, each in items.items() if text not in known]):
                known.update(items)
                return None
        errors = list(islice(validator.iter_errors(value), _MOST_ERRORS))
        if not errors:
            return None
        seen = found.of_schema_faults(errors)
        return (*_in_words(errors[0]), seen) if len(seen) == 1 else ("a body that fits its schema", "", seen)

    def headers(self, exchange: Exchange) -> Finding:
        documented = (self._response(exchange) or {}).get("headers", {})
        for name, header in documented.items():
            lines = self._own(name, exchange.headers.getlist(name))
            given = ", ".join(lines) if lines else None
            if given is None and header.get("required"):
                return f"the header {name}", "no such header", [f"{exchange.status} without {name}"]
            schema = header["schema"]
            validator = self._header_validators.get(id(schema)) or ReadValidator(schema)
            self._header_validators[id(schema)] = validator
            if given is not None and not any(map(validator.is_valid, [given, *lines])):
                fits = schema.get("pattern") or schema.get("enum")
                return f"{name} as its schema has it: {fits}", f"{given!r}", [f"{exchange.status} with another {name}"]
        if "Set-Cookie" not in documented and self._own("Set-Cookie", exchange.headers.getlist("Set-Cookie")):
            found = [f"{exchange.status} with the session's cookie"]
            return "no cookie of the session but that of a login", "one that replaces it", found
        return None

    def _own(self, name: str, lines: list[str]) -> list[str]:
        """Return the lines of a header that a server is asked about: what is in front of it may set other cookies."""
        if name in _IN_ANY_CASE:
            return [_IN_ANY_CASE[name].get(line.lower(), line) for line in lines]
        if name != "Set-Cookie":
            return lines
        return list(filter(self._contract.is_of_session, lines))


def _decoded(body: bytes, media_type: str) -> Any:
    text = body.decode()
    return json.loads(text, parse_constant=_no_constant) if media_type == JSON else text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _in_words(error: Any) -> tuple[str, str]:
    """Say where a schema is broken, without the value: it can hold a connection string."""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path) or "the body"
    if error.validator == "required":
        lacking = [name for name in error.validator_value if name not in error.instance]
        return f"{place} has {', '.join(lacking)}", "missing"
    if error.validator == "additionalProperties" and error.validator_value is False:
        extra = sorted(set(error.instance) - set(error.schema.get("properties", {})))
        return f"{place} has no other fields", f"{', '.join(extra)}"
    known = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "NoneType": "null"}
    kind = type(error.instance).__name__
    shown = (
        repr(error.instance) if error.validator in ("enum", "minimum") else f"a value of type {known.get(kind, kind)}"
    )
    return f"{place}: {error.validator} {error.validator_value}", shown


def _compression(exchange: Exchange) -> Finding:
    """Find an answer that is compressed though nobody asked for that, or not whole."""
    coding = exchange.headers.get("Content-Encoding", "identity").lower()
    asked = next((value for name, value in exchange.request_headers.items() if name.lower() == "accept-encoding"), "")
    if coding != "identity" and coding not in asked.lower():
        return f"no Content-Encoding other than {asked or 'identity'}", coding, [f"{exchange.status} in {coding}"]
    if exchange.coding_fault:
        return f"a whole body in {coding}", exchange.coding_fault, [f"{exchange.status}: {exchange.coding_fault}"]
    return None


def for_caches(exchange: Exchange) -> Finding:
    """Find an answer that invites a cache to keep it."""
    given = exchange.headers.get("Cache-Control", "")
    directives = dict(each.strip().lower().partition("=")[::2] for each in given.split(","))
    kept: list[str] = [name for name in ("public", "immutable") if name in directives]
    kept += [name for name in ("s-maxage", "max-age") if directives.get(name, "0").strip('"') not in ("0", "")]
    if not kept and "no-store" not in directives and _is_ahead(exchange.headers.get("Expires", "")):
        kept = ["Expires ahead"]
    if not kept:
        return None
    return "an answer that no cache keeps", given or "Expires", [f"{exchange.status} for caches: {', '.join(kept)}"]


def _is_ahead(date: str) -> bool:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() > time.time() + _SECONDS_BESIDE
    except ValueError:
        return False


def names_origin(exchange: Exchange, origin: str) -> bool:
    """Say whether an answer lets in pages of an origin; ``*`` is any: named so, or as the one that asks."""
    given = exchange.headers.get("Access-Control-Allow-Origin")
    return given == origin or (origin == "*" and given is not None and given == exchange.request_headers.get("Origin"))


def _allowed_origin(origin: str) -> Callable[[Exchange], Finding]:
    def find(exchange: Exchange) -> Finding:
        given = exchange.headers.get("Access-Control-Allow-Origin")
        if names_origin(exchange, origin):
            return None
        seen = [f"{exchange.status} with {given or 'no origin'}"]
        return f"Access-Control-Allow-Origin: {origin}", f"{given!r}", seen

    return find


def _is_answered(exchange: Exchange) -> bool:
    return exchange.status is not None


def _may_be_read(exchange: Exchange) -> bool:
    return exchange.status not in (None, 101)


class _Secrets:
    """What no refusal and no header may repeat: what the suite plants, any token, and the password of the target."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def find(self, text: str, exchange: Exchange) -> str | None:
        """Return which secret a text repeats; the end of a token that was sent counts as one."""
        sent = JWT.findall("\n".join([exchange.url, *exchange.request_headers.values()]))
        if JWT.search(text) or known_in(text, sent):
            return "a token"
        return canary_in(text) or ("a password" if known_in(text, [self._target.password or ""]) else None)

    def in_error(self, exchange: Exchange) -> Finding:
        """Find a secret in the body of a refusal."""
        what = self.find(exchange.text, exchange)
        seen = [f"{what} in {found.of_answer(exchange)}"]
        return None if what is None else ("no secret in a refusal", f"{what} in {exchange.in_words()}", seen)

    def in_headers(self, exchange: Exchange) -> Finding:
        """Find a secret in a header; the cookie of the login alone may hold a token."""
        if self.find("\n".join(exchange.headers.values()), exchange) is None:
            return None
        for name, value in exchange.headers.items():
            is_session = exchange.operation == "login" and name.lower() == "set-cookie"
            if what := self.find(JWT.sub("", value) if is_session else value, exchange):
                return "no secret in a header", f"{what} in {name}", [f"{what} in {name}"]
        return None
