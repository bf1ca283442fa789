"""Random sequences of requests on few names: the operations of a document, well-formed and with one fault each."""

from itertools import chain
from typing import Any

from hypothesis import strategies as st

from pgwatch_contract.parity.compare.operations import TOKEN, Document, Operation, Step, Words, operations_of
from pgwatch_contract.parity.compare.twists import JSON, Draft, as_json, twists_for
from pgwatch_contract.parity.compare.values import NAME, values

_HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


def sequences(document: Document, words: Words) -> st.SearchStrategy[tuple[Step, ...]]:
    """Return what draws sequences of about 25 requests; simpler is shorter, and without faults.

    A source without a name is never among what can be stored: releases from 4.0 on cannot delete it again.
    """
    some = st.lists(_steps(document, words), max_size=12)
    # Lists of lists: a single long one is drawn too short, and one of a given length cannot be made shorter.
    return st.tuples(*[some] * 5).map(lambda parts: tuple(chain(*parts)))


def _steps(document: Document, words: Words) -> st.SearchStrategy[Step]:
    operations = operations_of(document)
    weighted = [each for each in operations for _ in range(4 if each.list_path and each.name_in != "query" else 2)]
    few = st.sampled_from(words.names[:3])
    names = st.one_of(few, few, st.sampled_from(words.names))
    drafts = {each.id: _drafts(document, each, words) for each in operations}
    twists = {each.id: st.sampled_from(twists_for(each)) for each in operations}
    some = st.sampled_from(weighted)

    @st.composite
    def step(draw: st.DrawFn) -> Step:
        operation, name = draw(some), draw(names)
        headers, value = draw(drafts[operation.id])
        body = _body(operation, value, name)
        draft = Draft(operation, name, Step(operation.id, operation.request(name, headers, body)), _named(value, name))
        return draw(twists[operation.id])(draw, draft, words).step

    return step()


def _drafts(document: Document, operation: Operation, words: Words) -> st.SearchStrategy[Any]:
    """Return what draws the headers and the value of the body of a well-formed request; None for no body."""
    if operation.id == "streamLog":
        return st.tuples(st.sampled_from([(TOKEN,), (TOKEN, *_HANDSHAKE)]), st.none())
    if operation.media is None:
        return st.tuples(st.just((TOKEN,)), st.none())
    media = JSON if operation.media == JSON[1] else ("Content-Type", operation.media)
    given = {
        "Name": [NAME] * 7 + words.names[:1],
        "user": [words.user, words.user, "", "nobody", words.user.upper()],
        "password": [words.password, words.password, "", "wrong", f"{words.password} "],
    }
    return st.tuples(st.just((TOKEN, media)), values(document, operation.schema, given))


def _body(operation: Operation, value: Any, name: str) -> bytes | None:
    if value is None:
        return None
    return as_json(_named(value, name)) if operation.media == JSON[1] else str(value).encode()


def _named(value: Any, name: str) -> Any:
    """Return the value of a body with the name in the places that are left open for it."""
    if not isinstance(value, dict):
        return value
    named = {name if key == NAME else key: each for key, each in value.items()}
    return {**named, "Name": name} if named.get("Name") == NAME else named
