"""The mock's answers, recorded for the servers it is compared with."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.http_client import ask

DATE = "date"
"""The one header that uvicorn adds of itself."""


@dataclass(frozen=True)
class Recorded:
    """An answer to requests with a method and a path, and whether these have a body."""

    method: str
    path: str
    reads_body: bool
    status: int
    headers: list[tuple[str, str]]
    body: str

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers in ASGI's form."""
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]


def record(port: int, requests: Sequence[bytes], file: Path) -> None:
    """Send requests to a server on 127.0.0.1, in order, and write its answers into a file."""
    found = []
    for request in requests:
        head, _, body = request.partition(b"\r\n\r\n")
        method, target, _ = head.partition(b"\r\n")[0].decode().split()
        answer = ask(port, request)
        headers = [(name, value) for name, value in answer.headers if name != DATE]
        path = target.partition("?")[0]
        found.append(Recorded(method, path, bool(body), answer.status, headers, answer.body.decode()))
    file.write_text(json.dumps([asdict(recorded) for recorded in found]), encoding="utf-8")


def read_recording(file: Path) -> list[Recorded]:
    """Return the answers in a file."""
    return [Recorded(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))]
