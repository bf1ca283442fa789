"""What becomes of answers on their way: ``answer-is-gzipped@addSource.409``.

Places are all statuses that the contract gives its operations, but those that a mock cannot be brought to.
"""

import functools
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.deviations.call import HTML, Call, header_of, with_body, with_header, with_status
from mockserver.deviations.kinds.contract import operations
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.plan import Plan
from mockserver.http.exchange import Answer

Alter = Callable[[Call, Answer], Answer]
_JSON = "application/json"
_NEVER = ("101", "413", "503")
"""A handshake is no answer with a body; a body that is too large, and a server that starts or stops, are rare."""


def _body(change: Callable[[bytes], bytes], _call: Call, given: Answer) -> Answer:
    return with_body(given, change(given.body), header_of(given, "content-type") or None)


def _header(name: str, value: str | None, _call: Call, given: Answer) -> Answer:
    return with_header(given, name, value)


def _typed(content_type: str | None, _call: Call, given: Answer) -> Answer:
    return with_header(given, "content-type", content_type)


def _status(success: int, refusal: int, _call: Call, given: Answer) -> Answer:
    return with_status(given, success if given.status < 300 else refusal)


def _gzipped(_call: Call, given: Answer) -> Answer:
    packed = with_body(given, gzip.compress(given.body, mtime=0), header_of(given, "content-type") or None)
    return with_header(packed, "content-encoding", "gzip")


def _redirected(_call: Call, given: Answer) -> Answer:
    return with_header(with_status(given, 302), "location", "/")


def _with_token(call: Call, given: Answer) -> Answer:
    return with_header(given, "x-token", call.token()) if call.token().isascii() and call.token() else given


def _dropped(call: Call, _given: Answer) -> Answer:
    call.drop()


def _each_object(change: Callable[[dict[str, Any]], Any], value: Any) -> Any:
    """Return a value of JSON with its objects, or those of a list or a map of objects, changed."""
    if isinstance(value, list):
        return [_each_object(change, each) for each in value]
    if isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
        return {name: _each_object(change, each) for name, each in value.items()}
    return change(value) if isinstance(value, dict) else value


def _json(change: Callable[[dict[str, Any]], Any], _call: Call, given: Answer) -> Answer:
    try:
        changed = json.dumps(_each_object(change, json.loads(given.body)))
    except ValueError:
        return given
    return _body(lambda _: changed.encode(), _call, given)


def _with_a_key_twice(body: bytes) -> bytes:
    """Return JSON with the first member of its first object twice."""
    value = json.loads(body)
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict) or not first:
        return body
    name, member = next(iter(first.items()))
    return body.replace(b"{", f"{{{json.dumps(name)}: {json.dumps(member)}, ".encode(), 1)


_ANY: dict[str, tuple[str, Alter]] = {
    "is-dropped": ("does not come: the connection ends", _dropped),
    "has-another-status": ("has a status beside the one that is meant", functools.partial(_status, 202, 422)),
    "is-a-server-error": ("is a 500", functools.partial(_status, 500, 500)),
    "is-called-a-success": ("is a 200, whatever it says", functools.partial(_status, 206, 200)),
    "redirects": ("is a redirect", _redirected),
    "is-gzipped": ("is compressed, whoever asks", _gzipped),
    "is-called-gzipped": ("says that it is compressed", functools.partial(_header, "content-encoding", "gzip")),
    "is-for-caches": ("may be kept by caches", functools.partial(_header, "cache-control", "public, max-age=60")),
    "is-kept-until-later": (
        "is fresh for years",
        functools.partial(_header, "expires", "Fri, 01 Jan 2100 00:00:00 GMT"),
    ),
    "names-no-origin": ("names no origin", functools.partial(_header, "access-control-allow-origin", None)),
    "names-any-origin": ("allows any origin", functools.partial(_header, "access-control-allow-origin", "*")),
    "names-another-origin": (
        "names an origin that is not allowed",
        functools.partial(_header, "access-control-allow-origin", "http://foreign.example"),
    ),
    "ends-the-session": (
        "takes the cookie away",
        functools.partial(_header, "set-cookie", "token=; Path=/; Max-Age=0"),
    ),
    "tells-the-token": ("has the token in a header", _with_token),
}
_WITH_BODY: dict[str, tuple[str, Alter]] = {
    "is-cut": ("is cut in half", functools.partial(_body, lambda body: body[: len(body) // 2])),
    "is-empty": ("has an empty body", functools.partial(_body, lambda _: b"")),
    "lacks-its-end": ("lacks its last character", functools.partial(_body, lambda body: body[:-1])),
    "comes-twice": ("has its body twice", functools.partial(_body, lambda body: body * 2)),
    "begins-with-a-bom": ("begins with a BOM", functools.partial(_body, lambda body: b"\xef\xbb\xbf" + body)),
    "is-in-utf-16": ("is in UTF-16", functools.partial(_body, lambda body: body.decode().encode("utf-16"))),
    "has-a-byte-that-is-no-text": (
        "has a byte that is no UTF-8",
        functools.partial(_body, lambda body: body + b"\xff"),
    ),
    "ends-with-a-trace": (
        "tells how it was made",
        functools.partial(_body, lambda body: body + b'\n  File "server.py", line 1\n'),
    ),
    "is-html": ("is called HTML", functools.partial(_typed, HTML)),
    "is-of-another-type": ("is called octets", functools.partial(_typed, "application/octet-stream")),
    "has-no-type": ("has no Content-Type", functools.partial(_typed, None)),
    "is-called-latin-1": ("is called Latin-1", functools.partial(_typed, "text/plain; charset=iso-8859-1")),
}
_OF_JSON: dict[str, tuple[str, Alter]] = {
    "is-null": ("is null", functools.partial(_body, lambda _: b"null")),
    "is-a-text-of-json": (
        "is a text with JSON in it",
        functools.partial(_body, lambda body: json.dumps(body.decode()).encode()),
    ),
    "is-in-an-envelope": ("is in an object's data", functools.partial(_body, lambda body: b'{"data": ' + body + b"}")),
    "has-a-comma-too-many": (
        "has a comma before its end",
        functools.partial(_body, lambda body: body[:-1] + b"," + body[-1:]),
    ),
    "has-a-key-twice": ("has a key twice", functools.partial(_body, _with_a_key_twice)),
    "has-names-in-lower-case": (
        "has names of fields in lower case",
        functools.partial(_json, lambda value: {name.lower(): each for name, each in value.items()}),
    ),
    "has-names-in-camel-case": (
        "has names of fields that begin small",
        functools.partial(_json, lambda value: {name[:1].lower() + name[1:]: each for name, each in value.items()}),
    ),
    "lacks-a-field": ("lacks the last field", functools.partial(_json, lambda value: dict(list(value.items())[:-1]))),
    "lacks-what-is-empty": (
        "lacks fields that are empty",
        functools.partial(_json, lambda value: {name: each for name, each in value.items() if each}),
    ),
    "has-null-for-what-is-empty": (
        "has null for all that is empty",
        functools.partial(_json, lambda value: {name: each or None for name, each in value.items()}),
    ),
    "has-texts-for-all": (
        "has texts for values of other types",
        functools.partial(_json, lambda value: {name: str(each) for name, each in value.items()}),
    ),
    "has-a-field-more": ("has a field more", functools.partial(_json, lambda value: {**value, "_id": 1})),
}
_OF_TEXT: dict[str, tuple[str, Alter]] = {
    "is-in-json": ("is a text of JSON", functools.partial(_body, lambda body: json.dumps(body.decode()).encode())),
    "has-a-line-more": ("has an empty line at its end", functools.partial(_body, lambda body: body + b"\n")),
    "has-dos-line-ends": ("ends with CR LF", functools.partial(_body, lambda body: body.rstrip(b"\n") + b"\r\n")),
    "is-called-json": ("is called JSON", functools.partial(_typed, _JSON)),
}


_STAY_LINES = ("is-cut", "lacks-its-end")
"""What of a refusal, which may be any line, leaves one."""


def pairs() -> Iterator[Pair]:
    """Give all pairs: each kind at each status of each operation that has what it changes."""
    for operation, answers in operations().items():
        for status, answer in answers.items():
            if status in _NEVER:
                continue
            for kind, (title, alter) in _kinds_for(answer).items():
                show = functools.partial(_show, operation, int(status), alter)
                yield Pair(f"answer-{kind}", f"{operation}.{status}", f"The answer {title}.", show)


def _kinds_for(answer: Mapping[str, Any]) -> dict[str, tuple[str, Alter]]:
    content = answer.get("content", {})
    if not content:
        return _ANY
    is_one_line = "text/plain" in content and content["text/plain"]["schema"].get("pattern", "").startswith("^[^")
    with_body_of = {name: kind for name, kind in _WITH_BODY.items() if not (is_one_line and name in _STAY_LINES)}
    return {**_ANY, **with_body_of, **(_OF_JSON if _JSON in content else _OF_TEXT)}


def _show(operation: str, status: int, alter: Alter, plan: Plan) -> None:
    plan.after(lambda call, given: alter(call, given) if given.status == status else given, operation)
