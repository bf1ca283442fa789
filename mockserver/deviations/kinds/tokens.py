"""What careless servers take in the place of a token: ``token-may-be-expired@listSources``.

At the log stream a plain GET (``@streamLog``) is one place, a WebSocket's handshake (``@streamLog.handshake``) another.
"""

import functools
from collections.abc import Callable, Iterator

import jwt

from mockserver.deviations.call import Call
from mockserver.deviations.kinds.contract import protected
from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.plan import Plan, Proceed
from mockserver.http.exchange import Answer
from mockserver.log.handshake import asks_for_websocket
from mockserver.memory.auth import TokenError

HANDSHAKE = "handshake"
Lets = Callable[[Call], bool]
"""Says whether a request without a good token is let in all the same."""


def _is_refused_for(reason: str, call: Call) -> bool:
    try:
        call.mock.tokens.verify(call.token())
    except TokenError as error:
        return bool(call.token()) and reason in str(error)
    return False


def _is_unsigned(call: Call) -> bool:
    try:
        return str(jwt.get_unverified_header(call.token()).get("alg", "none")).lower() in ("none", "")
    except jwt.PyJWTError:
        return False


def _is_signed_by_a_beginning(call: Call) -> bool:
    """Say whether the first half of the signature is the right one: somebody compares as many bytes as there are."""
    head, _, signature = call.token().rpartition(".")
    try:
        claims = jwt.decode(call.token(), options={"verify_signature": False})
        right = jwt.encode(claims, call.mock.tokens._secret, "HS256").rpartition(".")[2]
    except (jwt.PyJWTError, TypeError, ValueError, RecursionError):
        return False
    half = signature[: len(right) // 2]
    return bool(head) and bool(half) and right.startswith(half)


def _has(header: str, part: str, call: Call) -> bool:
    return part in (call.header(header) or "")


_LETS: dict[str, tuple[str, Lets]] = {
    "is-not-needed": ("none is needed", lambda call: not call.token()),
    "may-be-any-text": ("any text is taken for one", functools.partial(_is_refused_for, "malformed: it ")),
    "may-be-unsigned": ("one that says it is not signed counts", _is_unsigned),
    "may-be-wrongly-signed": ("its signature is not looked at", functools.partial(_is_refused_for, "wrong signature")),
    "may-be-signed-by-half": ("half of its signature is compared", _is_signed_by_a_beginning),
    "may-be-of-another-algorithm": (
        "the algorithm that it names is used",
        functools.partial(_is_refused_for, "not signed with"),
    ),
    "may-be-expired": ("its time is not looked at", functools.partial(_is_refused_for, "expired")),
    "may-lack-its-expiry": ("one without a time counts for ever", functools.partial(_is_refused_for, "no exp")),
    "may-expire-at-a-text": ("a text is taken for its time", functools.partial(_is_refused_for, "not a number")),
    "may-be-of-tomorrow": ("one that is not valid yet counts", functools.partial(_is_refused_for, "not valid yet")),
    "is-not-needed-by-a-neighbour": (
        "none is needed where a proxy's header says that the client is on the same machine",
        lambda call: any(_has(name, "127.0.0.1", call) for name in ("x-forwarded-for", "x-real-ip", "forwarded")),
    ),
    "is-not-needed-by-a-proxys-user": (
        "a user that a proxy's header names needs none",
        lambda call: any(call.header(f"x-{name}-user") for name in ("forwarded", "remote", "auth-request")),
    ),
    "is-not-needed-with-a-login": (
        "any Authorization header is taken for one",
        lambda call: bool(call.header("authorization")),
    ),
    "is-not-needed-by-the-page": (
        "pages of the allowed origin need none",
        lambda call: _has("origin", "localhost", call) or bool(call.header("referer")),
    ),
    "is-not-needed-by-scripts": (
        "scripts of a page need none",
        lambda call: bool(call.header("x-requested-with")) or call.header("sec-fetch-site") == "same-origin",
    ),
    "is-not-needed-by-probes": ("probes need none", lambda call: _has("user-agent", "kube-probe", call)),
    "is-not-needed-with-another-method": (
        "none is needed where a header names a method that needs none",
        lambda call: bool(call.header("x-http-method-override") or call.header("x-method-override")),
    ),
    "is-not-needed-with-another-path": (
        "none is needed where a proxy's header names a path that needs none",
        lambda call: bool(call.header("x-original-url") or call.header("x-rewrite-url")),
    ),
    "is-not-needed-with-a-query": ("none is needed with a query", lambda call: bool(call.scope["query_string"])),
    "is-not-needed-with-another-cookie": (
        "any cookie is taken for one",
        lambda call: bool(call.header("cookie")) and not call.cookie(),
    ),
}


def pairs() -> Iterator[Pair]:
    """Give all pairs: each way to do without a good token, at each protected operation."""
    for kind, (title, lets) in _LETS.items():
        for place in (*protected(), f"streamLog.{HANDSHAKE}"):
            yield Pair(f"token-{kind}", place, f"Of tokens, {title}.", functools.partial(_show, place, lets))


def _show(place: str, lets: Lets, plan: Plan) -> None:
    operation, _, way = place.partition(".")

    async def layer(call: Call, proceed: Proceed) -> Answer:
        is_handshake = operation == "streamLog" and asks_for_websocket(call.scope["headers"])
        if is_handshake is bool(way) and not call.is_authorized() and lets(call):
            call.authorize()
        return await proceed()

    plan.around(layer, operation)
