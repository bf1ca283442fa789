"""An answer as it comes off a connection: read to its end, and no further than a limit."""

import httptools
from urllib3 import HTTPHeaderDict

MOST_BYTES = 64 << 20
"""A body that goes on beyond this counts as one without end; a list of 10,000 sources has 5 MB."""
_WITHOUT_BODY = (204, 304)


class BadAnswer(Exception):
    """What came is no complete HTTP answer; the text says why, in one line."""


class AnswerReader:
    """Reads one answer to a request of a method, from the bytes that it is fed.

    ``headers`` keeps repeated ones apart (``getlist``) and gives them as one text with commas (``get``). Once
    ``is_complete``, ``body`` is whole; a compressed one stays as it came.
    """

    def __init__(self, method: str) -> None:
        self.status = 0
        self.headers = HTTPHeaderDict()
        self.body = b""
        self.is_complete = False
        self.is_begun = False
        self._method = method
        self._parts: list[bytes] = []
        self._size = 0
        self._has_head = False
        self._version = ""
        self._parser = httptools.HttpResponseParser(self)

    @property
    def may_be_kept(self) -> bool:
        """Whether the connection can carry another request."""
        options = {each.strip().lower() for each in self.headers.get("Connection", "").split(",")}
        lasts = "close" not in options if self._version == "1.1" else "keep-alive" in options
        return self.is_complete and self.status != 101 and self._is_delimited and lasts

    def feed(self, data: bytes) -> None:
        """Take what came; raises BadAnswer where it is no HTTP, or too much."""
        self.is_begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._complete()
        except httptools.HttpParserError as error:
            if not self.is_complete:
                raise BadAnswer(f"what came is not HTTP: {error}") from None
        if self._size > MOST_BYTES:
            raise BadAnswer(f"the answer goes on after {MOST_BYTES >> 20} MiB")

    def end(self) -> None:
        """Take the end of the connection, which ends a body of unknown length; raises BadAnswer where more was due."""
        if self.is_complete:
            return
        if self._has_head and not self._is_delimited:
            self._complete()
            return
        raise BadAnswer(
            f"the connection ended before {'the answer was complete' if self.is_begun else 'an answer came'}"
        )

    def on_message_begin(self) -> None:
        """Begin anew: what came before was an interim answer, such as 100 Continue."""
        if not self.is_complete:
            self.status, self._has_head, self.headers, self._parts = 0, False, HTTPHeaderDict(), []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        if not self.is_complete:
            self.headers.add(name.decode("latin-1"), value.decode("latin-1").strip())

    def on_headers_complete(self) -> None:
        """Keep the status; nothing follows the head of some answers."""
        if self.is_complete:
            return
        self.status, self._has_head = self._parser.get_status_code(), True
        self._version = self._parser.get_http_version()
        if self._method == "HEAD" and self.status >= 200:
            self._complete()

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body."""
        if not self.is_complete:
            self._size += len(data)
            self._parts.append(data)

    def on_message_complete(self) -> None:
        """Be done, unless the answer was an interim one."""
        if not self.is_complete and (self.status >= 200 or self.status == 101):
            self._complete()

    def _complete(self) -> None:
        self.body, self.is_complete = b"".join(self._parts), True

    @property
    def _is_delimited(self) -> bool:
        return (
            self._method == "HEAD"
            or self.status in _WITHOUT_BODY
            or "content-length" in self.headers
            or "chunked" in self.headers.get("transfer-encoding", "").lower()
        )
