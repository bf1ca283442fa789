"""What may stand in front of a server, a proxy or a balancer: which answers are not the server's, and how long to wait.

RFC 9110 has 502 and 504 for gateways alone; nginx says 503 for too many requests unless it is told to say 429.
"""

import email.utils
import time
from dataclasses import replace

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Operation
from contract_tests.target.target import Target

_OF_GATEWAYS = (502, 503, 504)
_LONGEST_PAUSE = 60
_SHORTEST_PAUSE = 0.2


def pause_asked_for(exchange: Exchange, operation: Operation | None, target: Target) -> float | None:
    """Return the seconds after which an answer wants the request to be sent again; None where it is an answer to judge.

    A status that the document has for the operation (503 of a readiness probe) is judged, whoever gives it.
    """
    if exchange.status not in (429, 503) or (operation is not None and exchange.status in operation.statuses):
        return None
    given = exchange.headers.get("Retry-After", "")
    if exchange.status == 503 and not given and not is_of_front(exchange, operation, target):
        return None
    return min(max(_seconds(given), _SHORTEST_PAUSE), _LONGEST_PAUSE)


def is_of_front(exchange: Exchange, operation: Operation | None, target: Target) -> bool:
    """Say whether a gateway gave an answer because the server behind it gave none."""
    if target.is_mock or exchange.status not in _OF_GATEWAYS:
        return False
    if operation is not None and exchange.status in operation.statuses:
        return False
    is_own = "Access-Control-Allow-Origin" in exchange.headers
    return not is_own and (target.names_origin or exchange.headers.get("Content-Type", "").startswith("text/html"))


def is_refusal_of_front(exchange: Exchange, target: Target) -> bool:
    """Say whether a refusal that came to a request in bytes is that of what is in front of the server: a page."""
    is_page = exchange.headers.get("Content-Type", "").startswith("text/html")
    return bool(target.front) and is_page and "Access-Control-Allow-Origin" not in exchange.headers


def without_answer(exchange: Exchange) -> Exchange:
    """Return the exchange as it would have been without what is in front: the server gave no answer."""
    who = exchange.headers.get("Server") or exchange.headers.get("Via") or "something"
    error = f"{exchange.status} of {who} in front of the server, which gave no answer itself"
    return replace(exchange, status=None, error=error)


def _seconds(text: str) -> float:
    """Read a Retry-After: seconds, or a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except ValueError:
        return 1
