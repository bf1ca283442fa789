"""Operations with the tag ``log``."""

from http import HTTPStatus

from mockserver.errors import Refusal
from mockserver.http.exchange import Answer, Request
from mockserver.log.handshake import accept_headers, handshake_fault, is_same_host
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def stream_log(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Let a WebSocket handshake through, or say why a request is none."""
    version = mock.contract.websocket()["handshake"]["version"]
    fault = handshake_fault(request.all_headers, version)
    if fault is not None:
        raise Refusal(400, f"not a WebSocket handshake: {fault}")
    if not is_same_host(request.all_headers):
        mock.log.origin_refused()
        origin = request.header(b"origin")
        raise Refusal(403, f"origin {origin} is not allowed: it must be the host of this server")
    return Answer(HTTPStatus.SWITCHING_PROTOCOLS, b"", accept_headers(request.all_headers))
