"""Deviations of the log stream: each can be seen from outside."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import jwt
import pytest
from websockets.frames import Frame, Opcode

from tests.support.deviation_helpers import (
    CLAIMS,
    TOKEN,
    Case,
    Cases,
    Mock,
    add,
    ask,
    check,
    make_entry,
    shake_hands,
    upgrade,
)
from tests.support.helpers import cases, unique
from tests.support.websocket_helpers import ACCEPT, ENTRY, RawClient, contract_with

BEFORE_ANSWER = 0.15
"""Seconds that are waited for what must not come."""


def upgraded(name: str, *lines: str) -> Callable[[Mock], str | None]:
    return lambda server: shake_hands(server, *lines).headers.get(name)


def own_page(server: Mock) -> int:
    return upgrade("Origin: http://localhost")(server)


def lets_in(token: str | None, *others: str | None) -> Callable[[Mock], list[int]]:
    """Return a probe for the statuses of handshakes with tokens; a plain GET with the first one must be refused."""

    def probe(server: Mock) -> list[int]:
        assert ask(server, "GET", "/log", token=token).status == 401
        return [upgrade(token=each)(server) for each in (token, *others)]

    return probe


FORGED = jwt.encode(CLAIMS, "another secret, long enough for the algorithm that signs", "HS256")
FOREIGN = "Origin: http://foreign.example"
HANDSHAKES: Cases = {
    "handshake-is-200": Case(upgrade(), 101, 200),
    "accept-key-is-wrong": Case(upgraded("sec-websocket-accept"), ACCEPT, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    "upgrade-header-is-missing": Case(upgraded("upgrade"), "websocket", None),
    "subprotocol-is-taken": Case(upgraded("sec-websocket-protocol", "Sec-WebSocket-Protocol: a, b"), None, "a"),
    "compression-is-taken": Case(
        upgraded("sec-websocket-extensions", "Sec-WebSocket-Extensions: permessage-deflate"), None, "permessage-deflate"
    ),
    "plain-get-of-the-log-is-426": Case(lambda server: ask(server, "GET", "/log").status, 400, 426),
    "plain-get-of-the-log-is-200": Case(lambda server: ask(server, "GET", "/log").status, 400, 200),
    "other-version-is-426": Case(upgrade(sec_websocket_version="8"), 400, 426),
    "other-version-is-accepted": Case(upgrade(sec_websocket_version="8"), 400, 101),
    "bad-key-is-500": Case(upgrade(sec_websocket_key="short"), 400, 500),
    "bad-key-is-accepted": Case(upgrade(sec_websocket_key="short"), 400, 101),
    "foreign-origin-is-accepted": Case(upgrade(FOREIGN), 403, 101),
    "foreign-origin-is-400": Case(upgrade(FOREIGN), 403, 400),
    "same-origin-is-refused": Case(own_page, 101, 403),
    "log-handshake-needs-no-token": Case(lets_in(None, "a.b.c", FORGED), [401, 401, 401], [101, 401, 401]),
    "log-handshake-takes-any-text": Case(lets_in("text", "", FORGED), [401, 401, 401], [101, 401, 401]),
    "log-handshake-takes-any-signature": Case(lets_in(FORGED, None, "text"), [401, 401, 401], [101, 401, 401]),
}


def first(see: Callable[[Frame], Any], entries: int = 1) -> Callable[[Mock], Any]:
    """Return a probe for the first frame that comes when entries are written."""

    def probe(server: Mock) -> Any:
        with RawClient(server, TOKEN) as client:
            for _ in range(entries):
                make_entry(server, unique("first"))
            frame = client.frame()
            return None if frame is None else see(frame)

    return probe


def body(frame: Frame) -> str:
    return bytes(frame.data).decode()


def fits(frame: Frame) -> bool:
    return ENTRY.fullmatch(body(frame)) is not None


def level(frame: Frame) -> str:
    return body(frame).partition("[")[2].partition("]")[0]


def backlog(server: Mock) -> int:
    """Return how many entries come that were written before."""
    for _ in range(2):
        make_entry(server, unique("before"))
    time.sleep(BEFORE_ANSWER)
    mark = unique("after")
    with RawClient(server, TOKEN) as client:
        make_entry(server, mark)
        count = 0
        while mark not in client.entry():
            count += 1
    return count


def entries_of_two(server: Mock) -> list[int]:
    """Return how many of four entries each of two readers gets."""
    marks = [unique("each") for _ in range(4)]
    with RawClient(server, TOKEN) as one, RawClient(server, TOKEN) as other:
        for mark in marks:
            make_entry(server, mark)
            time.sleep(0.03)
        return [len(_entries(client)) for client in (one, other)]


def _entries(client: RawClient) -> list[str]:
    found = []
    try:
        while True:
            found.append(client.entry(BEFORE_ANSWER))
    except TimeoutError:
        return found


ENTRIES: Cases = {
    "entries-lack-their-line-end": Case(first(lambda frame: body(frame).endswith("\n")), True, False),
    "entry-times-lack-milliseconds": Case(first(fits), True, False),
    "entry-times-are-iso-8601": Case(first(lambda frame: body(frame)[10]), " ", "T"),
    "entries-are-json": Case(first(lambda frame: body(frame)[0] == "{"), False, True),
    "entries-are-coloured": Case(first(lambda frame: body(frame)[0] == "\x1b"), False, True),
    "levels-are-lower-case": Case(first(level), "ERROR", "error"),
    "levels-are-shortened": Case(first(level), "ERROR", "ERR"),
    "two-entries-are-in-a-frame": Case(first(lambda frame: body(frame).count("\n"), entries=2), 1, 2),
    "entries-are-split-over-frames": Case(first(lambda frame: body(frame).endswith("\n")), True, False),
    "frames-are-binary": Case(first(lambda frame: frame.opcode), Opcode.TEXT, Opcode.BINARY),
    "backlog-is-sent": Case(backlog, 0, 2),
    "only-the-last-reader-gets-entries": Case(entries_of_two, [4, 4], [0, 4]),
    "readers-share-the-entries": Case(lambda server: sum(entries_of_two(server)), 8, 4),
    "log-is-silent": Case(entries_of_two, [4, 4], [0, 0]),
}


@functools.cache
def quick_to_drop() -> Path:
    """Return a contract by which slow readers are dropped soon."""
    return Path(contract_with(Path(mkdtemp()), dropSeconds=0.5))


def stuck_reader(server: Mock) -> RawClient:
    """Return a reader that takes nothing, once the server has more for it than it buffers."""
    client = RawClient(server, TOKEN, small_buffers=True)
    publish = server.backend.log_stream.publish
    entry = "2026-11-23 09:00:00.125 [INFO] " + "x" * 60_000 + "\n"

    def fill() -> None:
        for _ in range(100):
            publish(entry)

    server.call(fill)
    time.sleep(BEFORE_ANSWER)
    return client


def delay_of_a_reader(server: Mock) -> bool:
    """Say whether another reader gets an entry at once while one takes nothing."""
    with stuck_reader(server), RawClient(server, TOKEN) as other:
        mark = unique("other")
        make_entry(server, mark)
        try:
            return mark in other.entry(0.2)
        except TimeoutError:
            return False


def delay_of_the_api(server: Mock) -> bool:
    """Say whether a request is answered at once while a reader takes nothing."""
    with stuck_reader(server):
        began = time.monotonic()
        ask(server, "GET", "/preset")
        return time.monotonic() - began < 0.2


def dropped(server: Mock) -> bool:
    """Say whether a reader that takes nothing is dropped in the contract's time."""
    with stuck_reader(server):
        end = time.monotonic() + 1.2
        while server.backend.log_stream.subscribers and time.monotonic() < end:
            make_entry(server, unique("drop"))
            time.sleep(0.05)
        return server.backend.log_stream.subscribers == 0


SLOW: Cases = {
    "slow-reader-holds-up-others": Case(delay_of_a_reader, True, False),
    "slow-reader-holds-up-the-api": Case(delay_of_the_api, True, False),
    "slow-reader-is-never-dropped": Case(dropped, True, False, {"spec": quick_to_drop()}),
}


def in_the_log(secret: str, act: Callable[[Mock], Any]) -> Callable[[Mock], bool]:
    """Return a probe that says whether a secret is in the log after a request that holds it."""

    def see(server: Mock) -> bool:
        with RawClient(server, TOKEN) as client:
            act(server)
            return any(secret in entry for entry in _entries(client))

    return see


CONNSTR = "postgresql://u:Pa55word@db.example.com/d"
WRONG = {"user": "admin", "password": "Pa55word"}
TELLTALES: Cases = {
    "log-tells-tokens": Case(in_the_log(TOKEN, lambda server: ask(server, "GET", "/preset")), False, True),
    "log-tells-connection-strings": Case(
        in_the_log("Pa55word", lambda server: add(server, unique("told"), ConnStr=CONNSTR)), False, True
    ),
    "log-tells-tried-connections": Case(
        in_the_log("Pa55word", lambda server: ask(server, "POST", "/test-connect", CONNSTR.encode())), False, True
    ),
    "log-tells-passwords-of-logins": Case(
        in_the_log("Pa55word", lambda server: ask(server, "POST", "/login", WRONG)), False, True
    ),
}
CASES = {**HANDSHAKES, **ENTRIES, **SLOW, **TELLTALES}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
