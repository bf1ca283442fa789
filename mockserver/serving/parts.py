"""The classes that a server is made of."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.server import ServerProtocol

from mockserver.http.log_connection import LogConnection, strict_protocol
from mockserver.http.protocol import ContractProtocol
from mockserver.log.stream import LogStream
from mockserver.memory.auth import Credentials, Tokens
from mockserver.memory.state import State

Document = dict[str, Any]
"""A contract as it stands in its file: OpenAPI, references not resolved."""


def unchanged(document: Document) -> Document:
    """Return the document as it is."""
    return document


@dataclass(frozen=True)
class Parts:
    """Which class does what; a server that deviates from the contract has others than these.

    ``frames`` makes what reads a client's WebSocket frames, given the longest message in bytes; ``document`` returns
    what the operations are compiled from, given the contract's document.
    """

    state: type[State] = State
    credentials: type[Credentials] = Credentials
    tokens: type[Tokens] = Tokens
    log_stream: type[LogStream] = LogStream
    log_connection: type[LogConnection] = LogConnection
    protocol: type[asyncio.Protocol] = ContractProtocol
    frames: Callable[[int], ServerProtocol] = strict_protocol
    document: Callable[[Document], Document] = unchanged


PLAIN = Parts()
"""The parts of a server that keeps the contract."""
