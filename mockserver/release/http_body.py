"""The body of a request to a release's server, with a length or in chunks, as it comes in."""


class Body:
    """A request's body as it comes in; ``length`` None means chunks."""

    def __init__(self, length: int | None) -> None:
        self.data = bytearray()
        self.is_complete = length == 0
        self.is_broken = False
        self._left = length
        self._chunk = -1
        self._in_trailer = False

    def feed(self, buffer: bytearray) -> None:
        """Take bytes out of a buffer. What is no chunk ends the body; the handler sees what came before."""
        if self._left is not None:
            part = buffer[: self._left]
            self.data += part
            del buffer[: len(part)]
            self._left -= len(part)
            self.is_complete = self._left == 0
            return
        while buffer and not self.is_complete and self._feed_chunk(buffer):
            pass

    def _feed_chunk(self, buffer: bytearray) -> bool:
        """Take the next piece; False where it is not there yet."""
        if self._chunk > 0:
            part = buffer[: self._chunk]
            self.data += part
            del buffer[: len(part)]
            self._chunk -= len(part)
            return True
        end = buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(buffer[:end]).strip(b"\r ")
        del buffer[: end + 1]
        if self._in_trailer:
            self.is_complete = line == b""
        elif self._chunk == 0:
            self._chunk = -1
        else:
            self._begin_chunk(line)
        return True

    def _begin_chunk(self, line: bytes) -> None:
        try:
            self._chunk = int(line.partition(b";")[0], 16)
        except ValueError:
            self.is_complete = self.is_broken = True
            return
        self._in_trailer = self._chunk == 0
