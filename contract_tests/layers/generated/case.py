"""A request that was made from the contract."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from contract_tests.contract.document import JSON

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """One request. ``body`` is a value to be sent as JSON or text, or bytes to be sent as they are; None is no body.

    ``name`` is the one in the path, where the operation has one there.
    """

    query: Pairs = field(default_factory=list)
    content_type: str | None = None
    body: Any = None
    has_body: bool = False
    name: str = ""

    @property
    def data(self) -> bytes:
        """The body as it is sent."""
        if not self.has_body:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        is_text = isinstance(self.body, str) and self.content_type != JSON
        return (self.body if is_text else json.dumps(self.body)).encode("utf-8", "surrogatepass")

    def url(self, path: str) -> str:
        """Return the address that it is sent to."""
        return f"{path}?{urlencode(self.query)}" if self.query else path
