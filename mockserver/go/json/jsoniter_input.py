"""What jsoniter reads from: a buffer with a place in it, and the first fault, worded with the bytes around that place.

jsoniter keeps going after a fault: readers above it come to an end by themselves and put their names before the text.
So each method here has a meaning after a fault too, and the order of reading and stepping back is part of the texts.
Source of the texts and rules: github.com/json-iterator/go v1.1.12.
"""

import re
from collections.abc import Iterator

from mockserver.go.byte_runs import run_end

MAX_DEPTH = 10000
_SPACE = re.compile(rb"[ \t\r\n]*+")
_NUMBER = re.compile(rb"[-+.eE0-9]*+")
_STRING_STOP = re.compile(rb'["\\]')
_PLAIN_STRING = re.compile(rb'[^"\\\x00-\x1f]*+')
_HEX = re.compile(rb"[0-9a-fA-F]")
_SHORT = {
    ord("b"): b"\b",
    ord("f"): b"\f",
    ord("n"): b"\n",
    ord("r"): b"\r",
    ord("t"): b"\t",
    ord('"'): b'"',
    ord("\\"): b"\\",
    ord("/"): b"/",
}


class Input:
    """A body under jsoniter's eyes.

    `chunks` gives the rest of the body where it is read from the network; a fault shows bytes of one chunk only.
    Without chunks the buffer is the whole body. `cut_by` is the fault of the network that ends the chunks, if one does.
    """

    def __init__(self, buffer: bytes, chunks: Iterator[bytes] | None = None, cut_by: bytes | None = None) -> None:
        self.buffer = buffer
        self.head = 0
        self.chunks = chunks
        self.cut_by = cut_by
        self.depth = 0
        self.ended = False
        self.fault: bytes | None = None

    @property
    def stopped(self) -> bool:
        """Whether the end or a fault was met: from then on a byte that was read cannot be put back."""
        return self.ended or self.fault is not None

    def report(self, operation: str, message: bytes) -> None:
        """Note a fault at the present place, unless there was one before."""
        if self.fault is not None:
            return
        head = self.head
        near_start = max(head - 10, 0)
        near = self.buffer[near_start : head + 10]
        wide = self.buffer[max(head - 50, 0) : head + 50]
        self.fault = b"%s: %s, error found in #%d byte of ...|%s|..., bigger context ...|%s|..." % (
            operation.encode(),
            message,
            head - near_start,
            near,
            wide,
        )

    def name_fault(self, prefix: str) -> None:
        """Put the name of a reader before the text of the fault, where there is one."""
        if self.fault is not None:
            self.fault = prefix.encode() + self.fault

    def load_more(self) -> bool:
        """Take the next chunk into the buffer; False at the end of the body."""
        if self.chunks is None:
            if not self.stopped:
                self.head = len(self.buffer)
                self.ended = True
            return False
        chunk = next(self.chunks, b"")
        if not chunk:
            if not self.stopped:
                self.fault = self.cut_by
                self.ended = self.fault is None
            return False
        self.buffer, self.head = chunk, 0
        return True

    def next_token(self) -> int:
        """Consume and return the next byte that is no space; 0 at the end."""
        while True:
            at = run_end(_SPACE, self.buffer, self.head)
            if at < len(self.buffer):
                self.head = at + 1
                return self.buffer[at]
            if not self.load_more():
                return 0

    def read_byte(self) -> int:
        """Consume and return the next byte; 0 at the end."""
        if self.head == len(self.buffer) and not self.load_more():
            return 0
        self.head += 1
        return self.buffer[self.head - 1]

    def unread(self) -> None:
        """Put the last byte back, if nothing has stopped the reading."""
        if not self.stopped:
            self.head -= 1

    def deeper(self) -> bool:
        """Enter an object or array; False, with a fault, beyond 10,000 levels."""
        self.depth += 1
        if self.depth <= MAX_DEPTH:
            return True
        self.report("incrementDepth", b"exceeded max depth")
        return False

    def expect(self, operation: str, rest: bytes) -> None:
        """Consume the rest of a word such as null."""
        for byte in rest:
            if self.read_byte() != byte:
                self.report(operation, b"expect " + rest)
                return

    def close(self) -> None:
        """Leave an object or array."""
        self.depth -= 1

    def forget(self) -> None:
        """Forget the fault and the end, as jsoniter does between two tries at a number."""
        self.ended, self.fault = False, None

    def rest_of_null(self) -> None:
        """Consume what follows the n of null."""
        self.expect("skipThreeBytes", b"ull")

    def number_characters(self) -> bytes:
        """Consume all characters that numbers are made of; none at all is a fault."""
        characters = b""
        while True:
            end = run_end(_NUMBER, self.buffer, self.head)
            characters += self.buffer[self.head : end]
            if end < len(self.buffer):
                self.head = end
                break
            if not self.load_more():
                break
        if self.fault is not None:
            return b""
        if not characters:
            self.report("readNumberAsString", b"invalid number")
        return characters

    def string(self) -> bytes:
        """Read a string or null; control characters are refused only before the first escape."""
        byte = self.next_token()
        if byte == ord('"'):
            start, end = self.head, run_end(_PLAIN_STRING, self.buffer, self.head)
            if end < len(self.buffer) and self.buffer[end] == ord('"'):
                self.head = end + 1
                return self.buffer[start:end]
            if end < len(self.buffer) and self.buffer[end] < 0x20:
                self.report("ReadString", b"invalid control character found: %d" % self.buffer[end])
                return b""
            return self.rest_of_string()
        if byte == ord("n"):
            self.rest_of_null()
            return b""
        self.report("ReadString", b'expects " or n, but found %c' % byte)
        return b""

    def rest_of_string(self) -> bytes:
        """Read a string from the present place to its closing quote, with its escapes."""
        parts = []
        while not self.stopped:
            stop = _STRING_STOP.search(self.buffer, self.head)
            end = stop.start() if stop else len(self.buffer)
            parts.append(self.buffer[self.head : end])
            self.head = end
            byte = self.read_byte()
            if self.stopped:
                break
            if byte == ord('"'):
                return b"".join(parts)
            # After a chunk was loaded its first byte may be any.
            parts.append(self._escape(self.read_byte()) if byte == ord("\\") else b"%c" % byte)
        self.report("readStringSlowPath", b"unexpected end of input")
        return b""

    def _escape(self, byte: int) -> bytes:
        """Read an escape whose first byte after the backslash was read; returns what it stands for."""
        if byte in _SHORT:
            return _SHORT[byte]
        if byte != ord("u"):
            self.report("readEscapedChar", b"invalid escape char after \\")
            return b""
        code = self._four_hex_digits()
        return self._pair(code) if 0xD800 <= code < 0xE000 else _character(code)

    def _pair(self, code: int) -> bytes:
        """Read the other half of a surrogate pair, where it follows."""
        byte = self.read_byte()
        if self.stopped:
            return b""
        if byte != ord("\\"):
            self.unread()
            return _character(code)
        byte = self.read_byte()
        if self.stopped:
            return b""
        if byte != ord("u"):
            return _character(code) + self._escape(byte)
        low = self._four_hex_digits()
        if code < 0xDC00 <= low < 0xE000:
            return _character(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00)
        return _character(code) + _character(low)

    def _four_hex_digits(self) -> int:
        digits = b""
        for _ in range(4):
            byte = b"%c" % self.read_byte()
            if self.stopped:
                return 0
            if not _HEX.match(byte):
                self.report("readU4", b"expects 0~9 or a~f, but found " + byte)
                return 0
            digits += byte
        return int(digits, 16)

    def raw_string(self) -> bytes:
        """Read a string up to the next quote, escapes left as they are; what keys of structs are read with."""
        byte = self.next_token()
        if byte != ord('"'):
            self.report("ReadStringAsSlice", b'expects " or n, but found %c' % byte)
            return b""
        text = b""
        while True:
            end = self.buffer.find(b'"', self.head)
            if end >= 0:
                text += self.buffer[self.head : end]
                self.head = end + 1
                return text
            text += self.buffer[self.head :]
            self.head = len(self.buffer)
            if self.stopped:
                return text
            if not self.load_more():
                return text + b"\0"  # so that an unfinished key is no field's


def _character(code: int) -> bytes:
    """Return a character in UTF-8; halves of surrogate pairs are U+FFFD."""
    return chr(0xFFFD if 0xD800 <= code < 0xE000 else code).encode()
