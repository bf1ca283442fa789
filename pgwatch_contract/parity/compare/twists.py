"""What is wrong with a request: twists, each of which changes a well-formed request in one place."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from pgwatch_contract.parity.compare.operations import NO_OPERATION, TOKEN, Operation, Step, Words
from pgwatch_contract.parity.compare.values import OF_OTHER_TYPES
from pgwatch_contract.parity.tokens import CHANGED, FORGED, WRONG

JSON = ("Content-Type", "application/json")
"""The header of a body in JSON."""


@dataclass(frozen=True)
class Draft:
    """A step in the making: the operation and name that it is about, the step, and the value of its body."""

    operation: Operation
    name: str
    step: Step
    value: Any = None

    def with_request(self, operation: str | None = None, **changes: Any) -> "Draft":
        """Return it with some parts of its request changed, and as another operation, or none."""
        request = replace(self.step.request, **changes)
        return replace(self, step=Step(operation or self.step.operation, request))

    @property
    def may_be_nameless(self) -> bool:
        """Whether a body without Name may be stored as a source without a name."""
        return self.operation.list_path == "/source" and self.operation.name_in != "path"


Twist = Callable[[st.DrawFn, Draft, Words], Draft]
"""Draws a change and returns the draft with it."""


def twists_for(operation: Operation) -> list[Twist]:
    """Return the twists that make sense for an operation, those that shall come often several times."""
    twists: list[Twist] = [unchanged] * 12 + [other_token, other_token, other_place, other_method]
    if operation.media == "application/json":
        twists += [other_field, other_field, other_field, other_text, other_text, other_media]
    return [*twists, other_spelling, other_spelling] if operation.name_in else twists


def as_json(value: Any) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode()


def unchanged(_draw: st.DrawFn, draft: Draft, _words: Words) -> Draft:
    """Leave it as it is."""
    return draft


def other_token(draw: st.DrawFn, draft: Draft, words: Words) -> Draft:
    """Send no token, one with a fault, or one in another place."""
    rest = tuple(each for each in draft.step.request.headers if each != TOKEN)
    faulty = [*CHANGED, *WRONG, *(FORGED if words.has_secret else ())]
    values = ["", "x", "a.b.c", "Bearer ${TOKEN}", " ${TOKEN} ", *(f"${{{name}}}" for name in faulty)]
    target = draft.step.request.target
    query = f"{target}{'&' if '?' in target else '?'}"
    place = draw(st.sampled_from(["header", "header", "none", "query", "other query", "both", "cookie", "bearer"]))
    if place == "header":
        return draft.with_request(headers=(("Token", draw(st.sampled_from(values))), *rest))
    if place in ("query", "other query", "both"):
        added = (("Token", draw(st.sampled_from(["", "x"]))),) if place == "both" else ()
        name = "token" if place == "other query" else "Token"
        return draft.with_request(target=f"{query}{name}=${{TOKEN}}", headers=(*added, *rest))
    others = {"cookie": (("Cookie", "token=${TOKEN}"),), "bearer": (("Authorization", "Bearer ${TOKEN}"),)}
    return draft.with_request(headers=(*others.get(place, ()), *rest))


def other_place(draw: st.DrawFn, draft: Draft, _words: Words) -> Draft:
    """Ask for a path that the document does not have, near one that it has."""
    path, _, query = draft.step.request.target.partition("?")
    forms = [
        "/nothing",
        f"{path}/",
        f"/{path}",
        f"/.{path}",
        f"/a/..{path}",
        path.upper(),
        f"{path}/%zz",
        f"{path}/a/b",
    ]
    forms += [f"{path}%00", f"{path}/%2E%2E", f"{path}x", "/nothing/%C3%BC", f"{path}/a"]
    path = draw(st.sampled_from(forms))
    return draft.with_request(NO_OPERATION, target=f"{path}?{query}" if query else path)


def other_method(draw: st.DrawFn, draft: Draft, _words: Words) -> Draft:
    """Use another method."""
    methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "FOO"]
    method = draw(st.sampled_from([each for each in methods if each != draft.operation.method]))
    return draft.with_request(NO_OPERATION, method=method)


def other_field(draw: st.DrawFn, draft: Draft, _words: Words) -> Draft:
    """Send a body with a field left out, of another type, in another case, twice, or that nobody knows."""
    is_map = isinstance(draft.value, dict) and draft.name in draft.value
    value = draft.value[draft.name] if is_map else draft.value
    if not isinstance(value, dict) or not value:
        return draft
    field = draw(st.sampled_from(sorted(value)))
    how = draw(st.sampled_from(["type", "type", "left out", "case", "unknown", "twice"]))
    if field == "Name" and draft.may_be_nameless and how == "left out":
        return draft
    others = {key: each for key, each in value.items() if key != field}
    if how == "twice":
        text = as_json(value)[:-1] + b", " + as_json({field: value[field]})[1:]
    elif how == "case":
        text = as_json({**others, field.lower(): value[field]})
    elif how == "unknown":
        text = as_json({**value, "Unknown": draw(st.sampled_from(OF_OTHER_TYPES))})
    elif how == "type":
        bad = [each for each in OF_OTHER_TYPES if each or not (field == "Name" and draft.may_be_nameless)]
        text = as_json({**value, field: draw(st.sampled_from(bad))})
    else:
        text = as_json(others)
    return draft.with_request(body=b"{" + as_json(draft.name) + b": " + text + b"}" if is_map else text)


def other_text(draw: st.DrawFn, draft: Draft, _words: Words) -> Draft:
    """Send a body that is no JSON, or none that has the right form."""
    body = draft.step.request.body or b""
    place = draw(st.integers(0, max(len(body) - 1, 0)))
    texts = [None, b"", b"not json", b"[]", b'"x"', b"true", b"12", body[:place], body + b" x", body + b"{}", b"{"]
    texts += [body.replace(b'"', b"'"), b"\xef\xbb\xbf" + body, b"[" + body + b"]", body[:-1] + b",}", b" \n" + body]
    texts += [body.replace(b'"Group": "', b'"Group": "\xff'), body.replace(b"true", b"TRUE"), b"a=b&c=d", body + b"\0"]
    texts += [body.replace(b": ", b" "), body.replace(b'"Group"', b'"Gr\\u006fup"')]
    texts += [
        body.replace(b"60", each) for each in (b"060", b"+60", b"6e1", b"6E+1", b"60.", b"NaN", b"0x3c", b"1e400")
    ]
    if not draft.may_be_nameless:
        texts += [b"null", b"{}"]
    return draft.with_request(body=draw(st.sampled_from(texts)))


def other_media(draw: st.DrawFn, draft: Draft, _words: Words) -> Draft:
    """Send another Content-Type, or none."""
    medias = [(), ("text/plain",), ("application/x-www-form-urlencoded",), ("application/json; charset=utf-16",), ("",)]
    rest = tuple(each for each in draft.step.request.headers if each != JSON)
    return draft.with_request(headers=(*rest, *(("Content-Type", each) for each in draw(st.sampled_from(medias)))))


def other_spelling(draw: st.DrawFn, draft: Draft, words: Words) -> Draft:
    """Write the name in path or query otherwise: not encoded, encoded twice, left out, given twice."""
    once = quote(draft.name, safe="")
    visible = "".join(char for char in draft.name if char.isprintable() and char not in ' "<>\\^`{|}?#%')
    if draft.operation.name_in == "path":
        spellings = [
            visible,
            quote(once, safe=""),
            once.lower(),
            f"{once}?name=x",
            "",
            "".join(f"%{byte:02x}" for byte in draft.name.encode()),
        ]
        path = draft.operation.path.removesuffix("{name}")
        return draft.with_request(target=path + draw(st.sampled_from(spellings)))
    other = quote(words.names[1], safe="")
    spellings = [f"name={quote_plus(draft.name)}", f"name={once}&name={other}", f"name={other}&name={once}", "name"]
    spellings += [f"Name={once}", f"name={quote(once, safe='')}", f"name={once}&x=%zz", f"x=1;name={once}", "", "name="]
    query = draw(st.sampled_from(spellings))
    return draft.with_request(target=f"{draft.operation.path}?{query}" if query else draft.operation.path)
