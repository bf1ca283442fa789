"""Operations with the tag ``log``."""

from mockserver.backend import Backend
from mockserver.errors import Refusal
from mockserver.exchange import Answer, Request
from mockserver.handshake import handshake_fault
from mockserver.operation import Answers


async def stream_log(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Say why a request is no WebSocket handshake: those that are one never come here."""
    version = mock.contract.websocket()["handshake"]["version"]
    fault = handshake_fault(request.headers, version) or "this server does not speak WebSocket"
    raise Refusal(400, f"not a WebSocket handshake: {fault}")
