"""Deviations in the control frames of the log stream: pings, pongs, closes, and what the client may send."""

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from websockets.frames import CloseCode, Frame, Opcode

from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import deviation
from mockserver.http.log_connection import LogConnection, Manners

_ANY_SIZE = 1 << 30
_RESERVED_BITS = 0x70
_MASK_BIT = 0x80
_OPCODES = {opcode.value for opcode in Opcode}
Change = Callable[[LogConnection, Frame], Frame | None]


def _sending(change: Change) -> type[LogConnection]:
    """Return a connection that sends other control frames, or none, in the place of its own."""

    class Sending(LogConnection):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            send_frame = self._websocket.send_frame

            def send_changed(frame: Frame) -> None:
                changed = change(self, frame)
                if changed is not None:
                    send_frame(changed)

            self._websocket.send_frame = send_changed  # type: ignore[method-assign]

    return Sending


def _with_manners(**changed: Any) -> type[LogConnection]:
    """Return a connection that keeps to other times and sizes."""

    class Otherwise(LogConnection):
        def __init__(self, transport: Any, manners: Manners, *parts: Any) -> None:
            super().__init__(transport, replace(manners, **changed), *parts)

    return Otherwise


def _code(frame: Frame) -> int | None:
    """Return the code of a close frame, None of any other frame and where it has none."""
    is_close = frame.opcode is Opcode.CLOSE and len(frame.data) >= 2
    return int.from_bytes(bytes(frame.data[:2]), "big") if is_close else None


def _closing(was: int, code: int | None) -> Change:
    """Return a change of one close code into another, or into the end of the connection without a close frame."""

    def change(_connection: LogConnection, frame: Frame) -> Frame | None:
        if _code(frame) != was:
            return frame
        return None if code is None else Frame(Opcode.CLOSE, struct.pack("!H", code))

    return change


# --- pings ----------------------------------------------------------------------------------------------------------


@deviation
def pings_do_not_come(plan: Plan) -> None:
    class Silent(LogConnection):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            self._ping_timer.cancel()
            self._pong_timer.cancel()

    plan.mix(log_connection=Silent)


@deviation
def pings_come_late(plan: Plan) -> None:
    class Late(LogConnection):
        def __init__(self, transport: Any, manners: Manners, *parts: Any) -> None:
            seconds = manners.ping_seconds * 3
            super().__init__(transport, replace(manners, ping_seconds=seconds, pong_seconds=seconds * 2), *parts)

    plan.mix(log_connection=Late)


@deviation
def pings_have_content(plan: Plan) -> None:
    def change(_connection: LogConnection, frame: Frame) -> Frame:
        return Frame(Opcode.PING, b"ping") if frame.opcode is Opcode.PING else frame

    class Counting(LogConnection):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._pong_timer.cancel()

    plan.mix(log_connection=_sending(change))
    plan.mix(log_connection=Counting)


@deviation
def unanswered_pings_are_forgiven(plan: Plan) -> None:
    class Forgiving(LogConnection):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            self._pong_timer.cancel()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._pong_timer.cancel()

    plan.mix(log_connection=Forgiving)


@deviation
def pongs_do_not_count(plan: Plan) -> None:
    class Deaf(LogConnection):
        def _ping(self) -> None:
            super()._ping()
            self._pinged = False

    plan.mix(log_connection=Deaf)


@deviation
def client_pings_are_not_answered(plan: Plan) -> None:
    plan.mix(log_connection=_sending(lambda _connection, frame: None if frame.opcode is Opcode.PONG else frame))


@deviation
def pongs_are_empty(plan: Plan) -> None:
    def change(_connection: LogConnection, frame: Frame) -> Frame:
        return Frame(Opcode.PONG, b"") if frame.opcode is Opcode.PONG else frame

    plan.mix(log_connection=_sending(change))


# --- what the client sends ------------------------------------------------------------------------------------------


def _is_message(data: bytes) -> bool:
    return data[:1] != b"" and data[0] & 0x0F in (Opcode.TEXT, Opcode.BINARY)


@deviation
def client_messages_are_answered(plan: Plan) -> None:
    class Answering(LogConnection):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if _is_message(data):
                self.write_frames(Frame(Opcode.TEXT, b"unknown command\n").serialize(mask=False))

    plan.mix(log_connection=Answering)


@deviation
def client_messages_end_the_stream(plan: Plan) -> None:
    class Ending(LogConnection):
        def data_received(self, data: bytes) -> None:
            if _is_message(data):
                self._websocket.fail(CloseCode.UNSUPPORTED_DATA)
                self._send()
            else:
                super().data_received(data)

    plan.mix(log_connection=Ending)


@deviation
def long_messages_are_read(plan: Plan) -> None:
    plan.mix(log_connection=_with_manners(most_bytes=_ANY_SIZE))


@deviation
def messages_over_125_bytes_are_too_long(plan: Plan) -> None:
    plan.mix(log_connection=_with_manners(most_bytes=125))


@deviation
def long_messages_are_1008(plan: Plan) -> None:
    plan.mix(log_connection=_sending(_closing(CloseCode.MESSAGE_TOO_BIG, CloseCode.POLICY_VIOLATION)))


@deviation
def long_messages_drop_the_connection(plan: Plan) -> None:
    plan.mix(log_connection=_sending(_closing(CloseCode.MESSAGE_TOO_BIG, None)))


@deviation
def protocol_errors_are_forgiven(plan: Plan) -> None:
    class Forgiving(LogConnection):
        def data_received(self, data: bytes) -> None:
            head = data[:2].ljust(2, b"\x80")
            is_known = head[0] & 0x0F in _OPCODES and not head[0] & _RESERVED_BITS and head[1] & _MASK_BIT
            if is_known:
                super().data_received(data)

    plan.mix(log_connection=Forgiving)


@deviation
def protocol_errors_are_1011(plan: Plan) -> None:
    plan.mix(log_connection=_sending(_closing(CloseCode.PROTOCOL_ERROR, CloseCode.INTERNAL_ERROR)))


@deviation
def protocol_errors_drop_the_connection(plan: Plan) -> None:
    plan.mix(log_connection=_sending(_closing(CloseCode.PROTOCOL_ERROR, None)))


# --- the end --------------------------------------------------------------------------------------------------------


def _is_reply(connection: LogConnection, frame: Frame) -> bool:
    return frame.opcode is Opcode.CLOSE and connection._websocket.close_rcvd is not None


@deviation
def close_is_not_answered(plan: Plan) -> None:
    plan.mix(log_connection=_sending(lambda connection, frame: None if _is_reply(connection, frame) else frame))


@deviation
def close_is_answered_with_1001(plan: Plan) -> None:
    def change(connection: LogConnection, frame: Frame) -> Frame:
        going = Frame(Opcode.CLOSE, struct.pack("!H", CloseCode.GOING_AWAY))
        return going if _is_reply(connection, frame) else frame

    plan.mix(log_connection=_sending(change))


@deviation
def stopping_drops_readers(plan: Plan) -> None:
    plan.mix(log_connection=_sending(_closing(CloseCode.GOING_AWAY, None)))


@deviation
def stopping_is_1012(plan: Plan) -> None:
    plan.mix(log_connection=_sending(_closing(CloseCode.GOING_AWAY, CloseCode.SERVICE_RESTART)))
