"""The body of a request to a release's server, read from its connection as the handler asks for it."""

import re

from mockserver.release.http.head import BadHead, read_header_lines
from mockserver.release.http.input import Input

MOST_LINE_BYTES = 4096
"""The buffer of Go's bufio.Reader: no line of a chunk, nor all trailers together, may be longer."""
MOST_AT_ONCE = 64 * 1024
_MOST_EXCESS = 16 * 1024
_EXCESS_OF_A_CHUNK = 16
_HEX = re.compile(rb"[0-9a-fA-F]+")
_MOST_DIGITS = 16


class BodyFault(Exception):
    """A body that cannot be read to its end; ``text`` is what Go's reader says."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.text = text


class Body:
    """A request's body; ``length`` None means chunks. A fault once met is met again at each further read."""

    def __init__(self, source: Input, length: int | None) -> None:
        self._source = source
        self._is_chunked = length is None
        self._left = length or 0
        self._is_first_chunk = True
        self._excess = 0
        self._fault: BodyFault | None = None
        self.is_complete = length == 0

    @property
    def unread(self) -> int | None:
        """How many bytes are left, None where only the last chunk tells."""
        return None if self._is_chunked else self._left

    async def read(self, most: int = MOST_AT_ONCE) -> bytes:
        """Return bytes as they come, nothing at the end; raises BodyFault."""
        if self._fault is not None:
            raise self._fault
        try:
            return await (self._read_chunks(most) if self._is_chunked else self._read_length(most))
        except BodyFault as fault:
            self._fault = fault
            raise

    async def _read_length(self, most: int) -> bytes:
        data = await self._source.some(min(most, self._left)) if self._left else b""
        if self._left and not data:
            self.is_complete = True  # net/http takes it for the end, and goes on to find that nobody sends more
            raise BodyFault(b"unexpected EOF")
        self._left -= len(data)
        self.is_complete = self._left == 0
        return data

    async def _read_chunks(self, most: int) -> bytes:
        """Read what has come of several chunks; wait only where there is nothing yet."""
        data = bytearray()
        while len(data) < most and not self.is_complete and (not data or self._source.buffer):
            try:
                if self._left == 0:
                    await self._begin_chunk()
                else:
                    data += await self._piece(most - len(data))
            except BodyFault as fault:
                if not data:
                    raise
                self._fault = fault
                break
        return bytes(data)

    async def _piece(self, most: int) -> bytes:
        data = await self._source.some(min(most, self._left))
        if not data:
            raise BodyFault(b"unexpected EOF")
        self._left -= len(data)
        return data

    async def _begin_chunk(self) -> None:
        if not self._is_first_chunk:
            if not await self._source.at_least(2):
                raise BodyFault(b"unexpected EOF")
            if await self._source.some(2) != b"\r\n":
                raise BodyFault(b"malformed chunked encoding")
        self._is_first_chunk = False
        line = await self._chunk_line()
        self._left = _size(line.rstrip(b" \t").partition(b";")[0])
        self._excess = max(self._excess + len(line) + 2 - _EXCESS_OF_A_CHUNK - 2 * self._left, 0)
        if self._excess > _MOST_EXCESS:
            raise BodyFault(b"chunked encoding contains too much non-data")
        if self._left == 0:
            await self._read_trailers()
            self.is_complete = True

    async def _chunk_line(self) -> bytes:
        line = await self._source.line(MOST_LINE_BYTES)
        if line is None:
            raise BodyFault(b"header line too long")
        if not line.endswith(b"\n"):
            raise BodyFault(b"unexpected EOF")
        end = line.find(b"\r")
        if end < 0:
            raise BodyFault(b"chunked line ends with bare LF")
        if end != len(line) - 2:
            raise BodyFault(b"invalid CR in chunked line")
        return line[:-2]

    async def _read_trailers(self) -> None:
        if not await self._source.at_least(2):
            raise BodyFault(b"http: unexpected EOF reading trailer")
        if self._source.buffer.startswith(b"\r\n"):
            await self._source.some(2)
            return
        while self._source.buffer.find(b"\r\n\r\n", 0, MOST_LINE_BYTES) < 0:
            if len(self._source.buffer) >= MOST_LINE_BYTES or not await self._source.more():
                raise BodyFault(b"http: suspiciously long trailer after chunked body")
        try:
            await read_header_lines(self._source, MOST_LINE_BYTES)
        except BadHead as bad:
            raise BodyFault(bad.told) from None


def _size(digits: bytes) -> int:
    if not digits:
        raise BodyFault(b"empty hex number for chunk length")
    valid = _HEX.match(digits)
    if valid is None or valid.end() < min(len(digits), _MOST_DIGITS + 1):
        raise BodyFault(b"invalid byte in chunk length")
    if len(digits) > _MOST_DIGITS:
        raise BodyFault(b"http chunk length too large")
    return int(digits, 16)
