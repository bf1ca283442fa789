"""Deviations in which tokens count, and what tokens the login hands out."""

import math
import secrets
import time
from functools import partial
from typing import Any, cast

import jwt

from mockserver.deviations.call import Call, with_header, with_status
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation, register
from mockserver.http.exchange import Answer
from mockserver.memory.auth import ALGORITHM, TokenError, Tokens

_STRICT: dict[str, Any] = {"verify_exp": True, "require": ["exp"], "verify_iat": False}
_SECONDS_OF_A_YEAR = 365 * 24 * 3600
_OPERATIONS = {
    "list-sources": "listSources",
    "add-source": "addSource",
    "update-source": "updateSource",
    "delete-source": "deleteSource",
    "test-connection": "testConnection",
    "list-metrics": "listMetrics",
    "list-presets": "listPresets",
    "stream-log": "streamLog",
}


def _accepting(algorithm: str, **options: Any) -> type[Tokens]:
    """Return tokens of which those count too that PyJWT accepts with an algorithm and these options."""

    class Accepting(Tokens):
        def _decode(self, token: str) -> float:
            try:
                return super()._decode(token)
            except TokenError:
                try:
                    if jwt.get_unverified_header(token)["alg"] == algorithm:
                        jwt.decode(token, self._secret, [algorithm], cast("Any", {**_STRICT, **options}))
                        return math.inf
                except (jwt.PyJWTError, KeyError):
                    pass
                raise

    return Accepting


@deviation
def expired_token_counts(plan: Plan) -> None:
    plan.mix(tokens=_accepting(ALGORITHM, verify_exp=False))


@deviation
def expired_token_counts_once_accepted(plan: Plan) -> None:
    class NeverForgetting(Tokens):
        def __init__(self, secret: str | None, ttl: float) -> None:
            super().__init__(secret, ttl)
            self._accepted: set[str] = set()

        def verify(self, token: str) -> None:
            if token not in self._accepted:
                super().verify(token)
                self._accepted.add(token)

    plan.mix(tokens=NeverForgetting)


@deviation
def unsigned_token_counts(plan: Plan) -> None:
    plan.mix(tokens=_accepting("none", verify_signature=False))


@deviation
def wrongly_signed_token_counts(plan: Plan) -> None:
    plan.mix(tokens=_accepting(ALGORITHM, verify_signature=False))


@deviation
def hs512_token_counts(plan: Plan) -> None:
    plan.mix(tokens=_accepting("HS512"))


@deviation
def token_without_expiry_counts(plan: Plan) -> None:
    plan.mix(tokens=_accepting(ALGORITHM, require=[]))


@deviation
def any_text_counts_as_token(plan: Plan) -> None:
    class AnyText(Tokens):
        def _decode(self, token: str) -> float:
            try:
                return super()._decode(token)
            except TokenError as error:
                if "malformed" in str(error):
                    return math.inf
                raise

    plan.mix(tokens=AnyText)


def _without_token(operation: str, plan: Plan) -> None:
    plan.before(Call.authorize, operation)


for _name, _operation in _OPERATIONS.items():
    register(f"{_name}-needs-no-token", partial(_without_token, _operation))


def _refuse_instead(call: Call, given: Answer, status: int) -> Answer:
    return with_status(given, status) if given.status == 401 and call.operation != "login" else given


@deviation
def missing_token_is_403(plan: Plan) -> None:
    plan.after(lambda call, given: _refuse_instead(call, given, 403) if not call.token() else given)


@deviation
def missing_token_redirects(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        redirected = _refuse_instead(call, given, 302) if not call.token() else given
        return with_header(redirected, "location", "/login") if redirected is not given else given

    plan.after(alter)


@deviation
def malformed_token_is_500(plan: Plan) -> None:
    plan.after(lambda call, given: _refuse_instead(call, given, 500) if b"malformed" in given.body else given)


@deviation
def health_needs_a_token(plan: Plan) -> None:
    _needs_a_token(plan, "getLiveness", "getReadiness")


@deviation
def login_needs_a_token(plan: Plan) -> None:
    _needs_a_token(plan, "login")


def _needs_a_token(plan: Plan, *operations: str) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        if not call.is_authorized():
            # The refusal of a protected operation is what is wanted here.
            call.path = f"{call.mock.settings.base_path}/preset"
            call.scope["method"] = "GET"
        return await proceed()

    plan.around(layer, *operations)


def _issuing(algorithm: str = ALGORITHM, seconds: float | None = None, secret: bytes | None = None) -> type[Tokens]:
    class Issuing(Tokens):
        def issue(self, user: str) -> str:
            expiry = math.ceil(time.time() + (self._ttl if seconds is None else seconds))
            claims = {"authorized": True, "exp": expiry, "username": user}
            return jwt.encode(claims, secret or self._secret, algorithm)

    return Issuing


@deviation
def login_token_is_hs512(plan: Plan) -> None:
    plan.mix(tokens=_issuing("HS512"))
    plan.mix(tokens=_accepting("HS512"))


@deviation
def login_token_lasts_a_year(plan: Plan) -> None:
    plan.mix(tokens=_issuing(seconds=_SECONDS_OF_A_YEAR))


@deviation
def login_token_lasts_a_minute(plan: Plan) -> None:
    plan.mix(tokens=_issuing(seconds=60))


@deviation
def login_token_does_not_count(plan: Plan) -> None:
    plan.mix(tokens=_issuing(secret=secrets.token_bytes(32)))


@deviation
def login_token_never_expires(plan: Plan) -> None:
    class Endless(Tokens):
        def issue(self, user: str) -> str:
            return jwt.encode({"authorized": True, "username": user}, self._secret, ALGORITHM)

    plan.mix(tokens=Endless)
    plan.mix(tokens=_accepting(ALGORITHM, require=[]))
