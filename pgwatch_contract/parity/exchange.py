"""The words of parity: a request as it is sent, and the answer as it came."""

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """A request, as it goes out byte for byte once its placeholders (``${TOKEN}``) are filled in.

    ``target`` is path and query as they stand in the request line. ``headers`` go out in their order; Host comes
    before them and Content-Length after them, unless they are among them. ``protocol`` ends the request line.
    ``host`` is the Host header: the placeholder ``${HOST}`` by default, None for none.

    ``then`` is for a WebSocket handshake: a request line (``GET /nothing``) that is sent on a connection of its own
    once the stream is open, so that the server writes something to its log.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = None
    host: str | None = "${HOST}"
    protocol: str = "HTTP/1.1"
    then: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are as sent; values are text as ISO-8859-1 has it.

    A status of 0 with the reason ``closed`` or ``silent`` stands for a connection that was closed without an answer,
    and for one where nothing came in time. ``frame`` is the first text of a WebSocket stream, with ``then`` only.
    """

    status: int
    reason: str
    headers: Headers = ()
    body: bytes = b""
    frame: str | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name; None where there is none."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)
