"""The frames of a WebSocket as gorilla/websocket 1.5.3 reads them, on a connection whose messages nobody wants."""

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

_CONTROL = (Opcode.CLOSE, Opcode.PING, Opcode.PONG)
_MESSAGES = (Opcode.TEXT, Opcode.BINARY)
_MOST_CONTROL_BYTES = 125
_RSV = ((0x40, "RSV1 set"), (0x20, "RSV2 set"), (0x10, "RSV3 set"))
_PROTOCOL_ERROR, _TOO_BIG, _NO_CODE = 1002, 1009, 1005
_KNOWN_CODES = frozenset((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013))
_OWN_CODES = range(3000, 5000)
_SIGN_BIT = 1 << 63


class Gorilla(ServerProtocol):
    """The server's side of a connection. What it sends goes the ways of the class that it extends."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(state=State.OPEN)
        self._most_bytes = most_bytes
        self._received = bytearray()
        self._to_skip = 0
        self._message_bytes = 0
        self._is_final = True

    def receive_data(self, data: bytes | bytearray | memoryview) -> None:
        """Take what the client sends: payloads of messages are thrown away, what follows the end too."""
        self._received += data
        while self.state is State.OPEN and self._step():
            pass
        if self.state is not State.OPEN:
            self._received.clear()

    def _step(self) -> bool:
        """Go on by one frame, or what has come of it; say whether there may be more."""
        skipped = min(self._to_skip, len(self._received))
        del self._received[:skipped]
        self._to_skip -= skipped
        if self._to_skip or len(self._received) < 2:
            return False
        first, second = self._received[:2]
        if faults := self._faults(first, second):
            self._end(_PROTOCOL_ERROR, ", ".join(faults))
            return False
        begin, length = self._size(second & 0x7F)
        if len(self._received) < begin:
            return False
        if first & 0x0F in _CONTROL:
            return self._take_control(Opcode(first & 0x0F), begin, length)
        del self._received[:begin]
        self._is_final = bool(first & 0x80)
        self._message_bytes = length + (0 if first & 0x0F in _MESSAGES else self._message_bytes)
        self._to_skip = length
        if self._message_bytes >= _SIGN_BIT:
            self._end(None)
        elif self._message_bytes > self._most_bytes:
            self._end(_TOO_BIG)
        return True

    def _faults(self, first: int, second: int) -> list[str]:
        """Return all that is wrong with the first two bytes of a frame, in gorilla's order and words."""
        opcode, is_final = first & 0x0F, bool(first & 0x80)
        faults = [text for bit, text in _RSV if first & bit]
        if opcode in _CONTROL:
            if second & 0x7F > _MOST_CONTROL_BYTES:
                faults.append("len > 125 for control")
            if not is_final:
                faults.append("FIN not set on control")
        elif opcode in _MESSAGES:
            faults += [] if self._is_final else ["data before FIN"]
        elif opcode == Opcode.CONT:
            faults += ["continuation after FIN"] if self._is_final else []
        else:
            faults.append(f"bad opcode {opcode}")
        if not second & 0x80:
            faults.append("bad MASK")
        return faults

    def _size(self, length: int) -> tuple[int, int]:
        """Return where a frame's payload begins, after its mask, and its length."""
        more = {126: 2, 127: 8}.get(length, 0)
        return 2 + more + 4, int.from_bytes(self._received[2 : 2 + more], "big") if more else length

    def _take_control(self, opcode: Opcode, begin: int, length: int) -> bool:
        if len(self._received) < begin + length:
            return False
        mask = self._received[begin - 4 : begin]
        masked = self._received[begin : begin + length]
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))
        del self._received[: begin + length]
        if opcode is Opcode.PING:
            self.send_frame(Frame(Opcode.PONG, payload))
        elif opcode is Opcode.PONG:
            self.events.append(Frame(opcode, payload))
        else:
            self._take_close(payload)
        return True

    def _take_close(self, payload: bytes) -> None:
        code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else _NO_CODE
        if len(payload) > 1 and code not in _KNOWN_CODES and code not in _OWN_CODES:
            self._end(_PROTOCOL_ERROR, f"bad close code {code}")
            return
        try:
            reason = payload[2:].decode()
        except UnicodeDecodeError:
            self._end(_PROTOCOL_ERROR, "invalid utf8 payload in close frame")
            return
        self.close_rcvd = Close(code, reason)
        self._end(code)

    def _end(self, code: int | None, reason: str = "") -> None:
        """End the connection, with a close frame unless there is no code; the code for "none" is not sent."""
        if code is not None:
            payload = b"" if code == _NO_CODE else code.to_bytes(2, "big") + reason.encode()
            self.send_frame(Frame(Opcode.CLOSE, payload[:_MOST_CONTROL_BYTES]))
        self.state = State.CLOSING
        self.send_eof()
