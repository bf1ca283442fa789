"""Deviations in the log stream's pings, in what clients may send, and in its end: each can be seen from outside."""

import functools
import struct
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from tests.mockserver.deviations.test_log import fits
from tests.support.deviation_helpers import LOGIN, SECRET, TOKEN, Case, Cases, Mock, check, make_entry
from tests.support.helpers import cases, unique
from tests.support.websocket_helpers import RawClient, contract_with


@functools.cache
def quick() -> Path:
    """Return a contract by which pings come often."""
    return Path(contract_with(Path(mkdtemp()), pingSeconds=0.2, pongSeconds=0.5))


def pings(server: Mock) -> list[bytes]:
    """Return the content of the pings of half a second."""
    with RawClient(server, TOKEN) as client:
        found, end = [], time.monotonic() + 0.5
        try:
            while (left := end - time.monotonic()) > 0 and (frame := client.frame(left)) is not None:
                found.append(bytes(frame.data))
                client.send(Opcode.PONG, bytes(frame.data))
        except TimeoutError:
            pass
    return found


def outlives(answers: bool) -> Callable[[Mock], bool]:
    """Return a probe that says whether a client stays for longer than the contract's time, answering pings or not."""

    def see(server: Mock) -> bool:
        with RawClient(server, TOKEN) as client:
            end = time.monotonic() + 0.9
            try:
                while (left := end - time.monotonic()) > 0:
                    frame = client.frame(left)
                    if frame is None:
                        return False
                    if answers:
                        client.send(Opcode.PONG, bytes(frame.data))
            except TimeoutError:
                pass
            return True

    return see


def answer_to(*frames: tuple[Opcode, bytes]) -> Callable[[Mock], Any]:
    """Return a probe for the first frame that comes after some of the client's, then an entry; None for the end."""

    def see(server: Mock) -> Any:
        with RawClient(server, TOKEN) as client:
            for opcode, content in frames:
                client.send(opcode, content)
            time.sleep(0.05)
            make_entry(server, unique("answer"))
            frame = client.frame()
            if frame is None:
                return None
            code = struct.unpack("!H", bytes(frame.data[:2]))[0] if frame.opcode is Opcode.CLOSE else None
            return code or (bytes(frame.data) if frame.opcode is Opcode.PONG else "entry" if fits(frame) else "other")

    return see


def broken(server: Mock) -> Any:
    """Send a frame that is not masked; return the close code, None for the end, or that the stream goes on."""
    with RawClient(server, TOKEN) as client:
        client.send_bytes(Frame(Opcode.TEXT, b"unmasked").serialize(mask=False))
        time.sleep(0.05)
        make_entry(server, unique("broken"))
        frame = client.frame()
        if frame is None:
            return None
        return struct.unpack("!H", bytes(frame.data[:2]))[0] if frame.opcode is Opcode.CLOSE else "goes on"


def stopped(name: str) -> Callable[[Mock], int | None]:
    """Return a probe for the code with which a stopping server closes; it stops a server of its own."""

    def see(server: Mock) -> int | None:
        own = Mock(*([name] if server.deviations else []), jwt_secret=SECRET, **LOGIN)
        with RawClient(own, TOKEN) as client:
            own.stop()
            return client.close_code()

    return see


CLOSE = (Opcode.CLOSE, struct.pack("!H", 1000))
QUICK = {"spec": quick()}
CASES: Cases = {
    "pings-do-not-come": Case(pings, [b"", b""], [], QUICK),
    "pings-come-late": Case(pings, [b"", b""], [], QUICK),
    "pings-have-content": Case(pings, [b"", b""], [b"ping", b"ping"], QUICK),
    "unanswered-pings-are-forgiven": Case(outlives(answers=False), False, True, QUICK),
    "pongs-do-not-count": Case(outlives(answers=True), True, False, QUICK),
    "client-pings-are-not-answered": Case(answer_to((Opcode.PING, b"hello")), b"hello", "entry"),
    "pongs-are-empty": Case(answer_to((Opcode.PING, b"hello")), b"hello", b""),
    "client-messages-are-answered": Case(answer_to((Opcode.TEXT, b"hello")), "entry", "other"),
    "client-messages-end-the-stream": Case(answer_to((Opcode.TEXT, b"hello")), "entry", 1003),
    "messages-over-125-bytes-are-too-long": Case(answer_to((Opcode.TEXT, b"x" * 512)), "entry", 1009),
    "long-messages-are-read": Case(answer_to((Opcode.TEXT, b"x" * 513)), 1009, "entry"),
    "long-messages-are-1008": Case(answer_to((Opcode.TEXT, b"x" * 513)), 1009, 1008),
    "long-messages-drop-the-connection": Case(answer_to((Opcode.TEXT, b"x" * 513)), 1009, None),
    "protocol-errors-are-forgiven": Case(broken, 1002, "goes on"),
    "protocol-errors-are-1011": Case(broken, 1002, 1011),
    "protocol-errors-drop-the-connection": Case(broken, 1002, None),
    "close-is-not-answered": Case(answer_to(CLOSE), 1000, None),
    "close-is-answered-with-1001": Case(answer_to(CLOSE), 1000, 1001),
    "stopping-drops-readers": Case(stopped("stopping-drops-readers"), 1001, None),
    "stopping-is-1012": Case(stopped("stopping-is-1012"), 1001, 1012),
}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
