"""The layer ``log``: what a client may send, and closes."""

import random
import re

import pytest
from websockets.frames import Close, Frame, Opcode

from contract_tests.contract.document import Contract
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import LogReader, follow, gather

_PAUSE = 0.005


# --- what a client sends ----------------------------------------------------------------------------------------------
@pytest.mark.judges("log.client.ping-is-answered")
def test_pings_of_the_client(judge: Judge, suite: Suite, chosen: random.Random) -> None:
    """A ping is answered with a pong of the same content: an empty one, a short one and the longest."""
    for content in (b"", chosen.randbytes(8), chosen.randbytes(125)):
        with follow(suite) as reader:
            if not reader.is_open:
                return
            reader.send(Frame(Opcode.PING, content))
            is_answered = _is_ponged(reader, content)
        pongs = [bytes(frame.data) for frame, _ in reader.frames(Opcode.PONG)]
        actual = f"pongs with {pongs} and {reader.end_in_words}" if pongs else f"no pong but {reader.end_in_words}"
        judge.that(is_answered, "log.client.ping-is-answered", reader.exchange, f"a pong with {content!r}", actual)
        if not is_answered and reader.ended_at is None:
            return  # it let the time pass: to ask it more of the kind would take minutes


def _is_ponged(reader: LogReader, content: bytes) -> bool:
    def has_come() -> bool:
        return any(frame.data == content for frame, _ in reader.frames(Opcode.PONG))

    return reader.read(reader.target.seconds_to_wait, has_come)


@pytest.mark.judges("log.client.messages-are-ignored")
def test_messages_of_the_client(judge: Judge, suite: Suite, contract: Contract, chosen: random.Random) -> None:
    """Messages of any kind, up to the longest that is allowed, are not answered and do not end the stream."""
    most = contract.websocket["clientMessages"]["maxBytes"]
    marker = f"contract-{chosen.getrandbits(64):016x}".encode()
    longest = marker + b"x" * (most - len(marker))
    with follow(suite) as reader, follow(suite) as witness:
        if not reader.is_open:
            return
        reader.send(Frame(Opcode.TEXT, marker), Frame(Opcode.BINARY, marker), Frame(Opcode.TEXT, b""))
        reader.send(
            Frame(Opcode.TEXT, longest), Frame(Opcode.TEXT, longest[:9], fin=False), Frame(Opcode.CONT, longest[9:])
        )
        reader.send(Frame(Opcode.PING, b"sent all"))
        _is_ponged(reader, b"sent all")
        witness.read(_PAUSE)
        known, seen = len(reader.messages), len(witness.messages)
        gather(suite, [reader, witness], lambda: len(reader.messages) > known)
    # A server that had nothing to write for anybody is not to blame.
    goes_on = len(reader.messages) > known or len(witness.messages) < seen + 3
    # What only the sender got, and is no entry, was written for it.
    entry = re.compile(contract.websocket["serverMessages"]["schema"]["pattern"])
    common = {message.data for message in witness.messages}
    answers = [each for each in reader.messages if each.data not in common and not entry.search(each.text)]
    actual = f"{len(reader.messages) - known} more entries and {reader.end_in_words}"
    if answers:
        actual = f"the answer {answers[0].text!r}"
    judge.that(
        reader.is_open and goes_on and not answers,
        "log.client.messages-are-ignored",
        reader.exchange,
        "a stream that goes on after six messages of the client",
        actual,
    )


@pytest.mark.judges("log.client.too-long-is-1009")
def test_messages_that_are_too_long(judge: Judge, suite: Suite, contract: Contract) -> None:
    """A message that is one byte too long closes the connection with 1009, also when it comes in fragments."""
    most = contract.websocket["clientMessages"]["maxBytes"]
    message = b"x" * (most + 1)
    for kind in (Opcode.TEXT, Opcode.BINARY):
        for frames in ([Frame(kind, message)], [Frame(kind, message[:9], fin=False), Frame(Opcode.CONT, message[9:])]):
            with follow(suite) as reader:
                if not reader.is_open:
                    return
                reader.send(*frames)
                cause = f"a {kind.name.lower()} message of {len(message)} bytes in {len(frames)} frame(s)"
                if not _judge_close(judge, reader, 1009, "log.client.too-long-is-1009", cause):
                    return


@pytest.mark.judges("log.client.protocol-error-is-1002")
def test_breaches_of_the_protocol(judge: Judge, suite: Suite) -> None:
    """Whatever RFC 6455 forbids a client closes the connection with 1002."""
    for what, data in {
        "a frame without a mask": Frame(Opcode.TEXT, b"x").serialize(mask=False),
        "a frame with a reserved bit": _frame(0xC1, b"x"),
        "a frame of a reserved kind": _frame(0x83, b"x"),
        "a continuation of nothing": _frame(0x80, b"x"),
        "a ping in fragments": _frame(0x09, b"x"),
        "a ping of 126 bytes": bytes([0x89, 0x80 | 126, 0, 126, *bytes(4 + 126)]),
        "a close with a code that is not for sending": _frame(0x88, (1005).to_bytes(2, "big")),
    }.items():
        with follow(suite) as reader:
            if not reader.is_open:
                return
            reader.send_bytes(data)
            if not _judge_close(judge, reader, 1002, "log.client.protocol-error-is-1002", what):
                return


def _frame(first: int, content: bytes) -> bytes:
    """Return a short frame with a mask of zeros, whatever its first byte says."""
    return bytes([first, 0x80 | len(content), *bytes(4), *content])


@pytest.mark.judges("log.close.is-answered")
def test_closes_of_the_client(judge: Judge, suite: Suite) -> None:
    """A close is answered with its own code, and the connection ends."""
    for code in (1000, 1001, 3000):
        with follow(suite) as reader:
            if not reader.is_open:
                return
            reader.send(Frame(Opcode.CLOSE, Close(code, "seen enough").serialize()))
            if not _judge_close(judge, reader, code, "log.close.is-answered", f"a close frame with {code}"):
                return


def _judge_close(judge: Judge, reader: LogReader, code: int, clause: str, cause: str) -> bool:
    """Judge how a connection ends; return whether it did: to ask more of a server that lets it be takes minutes."""
    reader.read(reader.target.seconds_to_wait, lambda: reader.close_code is not None)
    answered = reader.close_code
    if answered is not None:
        reader.read(reader.target.seconds_to_wait)
    actual = reader.end_in_words if reader.ended_at or answered is None else f"{reader.end_in_words} and goes on"
    judge.that(
        answered == code and reader.ended_at is not None,
        clause,
        reader.exchange,
        f"a close frame with {code}, and the end of the connection, after {cause}",
        actual,
        what=cause,
    )
    return reader.ended_at is not None
