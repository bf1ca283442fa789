"""Deviations in how the log stream's handshake is answered."""

from collections.abc import Callable

from mockserver.deviations.call import Call, with_body, with_header, with_status
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.log.handshake import asks_for_websocket
from mockserver.memory.auth import TokenError

_KEY = "AAECAwQFBgcICQoLDA0ODw=="


def _alter_success(plan: Plan, alter: Callable[[Call, Answer], Answer]) -> None:
    plan.after(lambda call, given: alter(call, given) if given.status == 101 else given, "streamLog")


def _alter_refusal(plan: Plan, status: int, other: int, header: bytes = b"") -> None:
    """Refuse handshakes otherwise, those that are refused for a header where one is given, in whatever case."""

    def alter(_call: Call, given: Answer) -> Answer:
        is_meant = given.status == status and header.lower() in given.body.lower()
        return with_status(given, other) if is_meant else given

    plan.after(alter, "streamLog")


def _alter_plain(plan: Plan, alter: Callable[[Answer], Answer]) -> None:
    def chosen(call: Call, given: Answer) -> Answer:
        return alter(given) if given.status == 400 and not asks_for_websocket(call.scope["headers"]) else given

    plan.after(chosen, "streamLog")


@deviation
def handshake_is_200(plan: Plan) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return Answer(200, b"", [(b"content-length", b"0"), (b"connection", b"close")])

    _alter_success(plan, alter)


@deviation
def accept_key_is_wrong(plan: Plan) -> None:
    _alter_success(
        plan, lambda _call, given: with_header(given, "sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    )


@deviation
def upgrade_header_is_missing(plan: Plan) -> None:
    _alter_success(plan, lambda _call, given: with_header(given, "upgrade", None))


@deviation
def subprotocol_is_taken(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        offered = (call.header("sec-websocket-protocol") or "").partition(",")[0].strip()
        return with_header(given, "sec-websocket-protocol", offered) if offered else given

    _alter_success(plan, alter)


@deviation
def compression_is_taken(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        offered = "permessage-deflate" in (call.header("sec-websocket-extensions") or "")
        return with_header(given, "sec-websocket-extensions", "permessage-deflate") if offered else given

    _alter_success(plan, alter)


@deviation
def plain_get_of_the_log_is_426(plan: Plan) -> None:
    _alter_plain(plan, lambda given: with_status(given, 426))


@deviation
def plain_get_of_the_log_is_200(plan: Plan) -> None:
    _alter_plain(plan, lambda given: with_status(with_body(given, b"", None), 200))


@deviation
def other_version_is_426(plan: Plan) -> None:
    _alter_refusal(plan, 400, 426, b"Sec-WebSocket-Version")


@deviation
def other_version_is_accepted(plan: Plan) -> None:
    plan.before(lambda call: call.set_header("sec-websocket-version", "13"), "streamLog")


@deviation
def bad_key_is_500(plan: Plan) -> None:
    _alter_refusal(plan, 400, 500, b"Sec-WebSocket-Key")


@deviation
def bad_key_is_accepted(plan: Plan) -> None:
    def repair(call: Call) -> None:
        if len(call.header("sec-websocket-key") or "") != len(_KEY):
            call.set_header("sec-websocket-key", _KEY)

    plan.before(repair, "streamLog")


@deviation
def foreign_origin_is_accepted(plan: Plan) -> None:
    plan.before(lambda call: call.set_header("origin", None), "streamLog")


@deviation
def foreign_origin_is_400(plan: Plan) -> None:
    _alter_refusal(plan, 403, 400)


@deviation
def same_origin_is_refused(plan: Plan) -> None:
    def spoil(call: Call) -> None:
        if call.header("origin") is not None:
            call.set_header("origin", "http://elsewhere.invalid")

    plan.before(spoil, "streamLog")


def _let_in(plan: Plan, chosen: Callable[[Call], bool]) -> None:
    """Accept handshakes whose token does not count; a plain GET is refused as ever."""

    def read(call: Call) -> None:
        if asks_for_websocket(call.scope["headers"]) and chosen(call):
            call.authorize()

    plan.before(read, "streamLog")


def _is_refused_as(call: Call, reason: str) -> bool:
    try:
        call.mock.tokens.verify(call.token())
    except TokenError as error:
        return reason in str(error)
    return False


@deviation
def log_handshake_needs_no_token(plan: Plan) -> None:
    _let_in(plan, lambda call: not call.token())


@deviation
def log_handshake_takes_any_text(plan: Plan) -> None:
    _let_in(plan, lambda call: call.token() != "" and _is_refused_as(call, "malformed"))


@deviation
def log_handshake_takes_any_signature(plan: Plan) -> None:
    _let_in(plan, lambda call: _is_refused_as(call, "signature"))
