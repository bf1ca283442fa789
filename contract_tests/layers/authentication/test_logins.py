"""The layer ``authentication``: signing in, and the token that comes of it."""

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract
from contract_tests.errors import NotJudged
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.logins import is_signed_in, log_in, nearly_right, session_cookie, time_of
from contract_tests.layers.places import ask, is_accepted
from contract_tests.target import canaries, tokens
from contract_tests.target.target import Target

_EIGHT_HOURS = 8 * 3600
_SECONDS_BESIDE = 120
"""How far a token's time may be off: a server rounds, and its clock is read to the second."""


@pytest.fixture(name="signed_in")
def _signed_in(http: Http, contract: Contract, target: Target) -> Exchange:
    """Return the exchange of a login with the right credentials."""
    return log_in(http, target.credentials)


@pytest.mark.judges("login.token-counts")
def test_token_of_login(http: Http, judge: Judge, contract: Contract, signed_in: Exchange) -> None:
    """Every protected operation that only reads accepts the token that a login has just returned."""
    token = signed_in.text.strip()
    if not judge.that(is_signed_in(signed_in), "login.token-counts", signed_in, "status 200 and a token"):
        return
    for operation in contract.operations.values():
        if not operation.protected or operation.writes:
            continue
        exchange = ask(http, operation, {"header": token})
        judge.that(
            is_accepted(exchange),
            "login.token-counts",
            "login",
            f"{operation} to accept the login's token",
            steps=[signed_in, exchange],
        )


@pytest.mark.judges("login.token-is-hs256")
def test_token_is_hs256(judge: Judge, target: Target, signed_in: Exchange) -> None:
    """The login's token says that it is signed by HS256, and (where the secret is known) it is."""
    clause, token = "login.token-is-hs256", signed_in.text.strip()
    try:
        header, _ = tokens.parts(token)
    except ValueError as error:
        judge.that(False, clause, signed_in, "a JSON Web Token", f"status {signed_in.status} with none: {error}")
        return
    if not judge.that(header.get("alg") == "HS256", clause, signed_in, "alg HS256", f"alg {header.get('alg')}"):
        return
    if target.jwt_secret is None or tokens.is_signed_with(target.jwt_secret, token):
        return
    if not target.is_mock:
        raise NotJudged("the secret that was given (--jwt-secret) is not the one that signs this server's tokens")
    judge.that(False, clause, signed_in, "a signature by HS256 with the server's secret", "another signature")


@pytest.mark.judges("login.token-lasts-eight-hours")
def test_token_lasts_eight_hours(judge: Judge, signed_in: Exchange) -> None:
    """The login's token expires eight hours after the time that the server gives its answer."""
    expected = f"an exp {_EIGHT_HOURS} seconds ahead, give or take {_SECONDS_BESIDE}"
    try:
        end = tokens.parts(signed_in.text.strip())[1].get("exp")
    except ValueError:
        end = None
    ahead = end - time_of(signed_in) if isinstance(end, (int, float)) else None
    lasts = ahead is not None and abs(ahead - _EIGHT_HOURS) <= _SECONDS_BESIDE
    actual = f"status {signed_in.status} with exp {end!r}" + (f", {ahead:.0f} seconds ahead" if ahead else "")
    judge.that(lasts, "login.token-lasts-eight-hours", signed_in, expected, actual)


@pytest.mark.judges("login.cookie-is-the-token")
def test_cookie_is_the_token(judge: Judge, contract: Contract, signed_in: Exchange) -> None:
    """The cookie that the login sets holds the token of its body."""
    value = session_cookie(contract, signed_in).partition(";")[0]
    holds = value != "" and value == signed_in.text.strip()
    others = [each for each in signed_in.headers.getlist("Set-Cookie") if contract.is_of_session(each)]
    actual = "another value" if value else f"Set-Cookie: {', '.join(others) or None}"
    judge.that(holds, "login.cookie-is-the-token", signed_in, "a cookie that holds the token of the body", actual)


@pytest.mark.judges("login.cookie-is-guarded")
def test_cookie_is_guarded(judge: Judge, contract: Contract, signed_in: Exchange) -> None:
    """The cookie has the attributes of the contract's example, in any order and case."""
    example = contract.part("/paths/~1login/post/responses/200/headers/Set-Cookie")["example"]
    wanted = [attribute.strip() for attribute in example.split(";")[1:]]
    given = [part.strip() for part in session_cookie(contract, signed_in).split(";")[1:]]
    holds = {attribute.lower() for attribute in wanted} <= {attribute.lower() for attribute in given}
    judge.that(
        holds,
        "login.cookie-is-guarded",
        signed_in,
        f"a cookie with {'; '.join(wanted)}",
        f"a cookie with {'; '.join(given)}" if given else "no such cookie, or none with attributes",
    )


@pytest.mark.judges("login.wrong-password-is-401")
def test_wrong_password(http: Http, judge: Judge, contract: Contract, target: Target) -> None:
    """Another password is a 401, and so is none."""
    right = target.credentials
    for password in (canaries.PASSWORD, ""):
        if password != right["password"]:
            exchange = log_in(http, {**right, "password": password})
            judge.status(401, "login.wrong-password-is-401", exchange, what="another password" if password else "none")


@pytest.mark.judges("login.wrong-user-is-401")
def test_wrong_user(http: Http, judge: Judge, contract: Contract, target: Target) -> None:
    """Another user with the right password is a 401, and so is none."""
    right = target.credentials
    for user in (target.name("nobody"), ""):
        if user != right["user"]:
            exchange = log_in(http, {**right, "user": user})
            judge.status(401, "login.wrong-user-is-401", exchange, what="another user" if user else "none")


@pytest.mark.judges("login.credentials-are-exact")
def test_credentials_are_exact(http: Http, judge: Judge, target: Target) -> None:
    """User and password that are nearly right are a 401."""
    for what, credentials in nearly_right(target.credentials):
        password = credentials["password"]
        if not target.is_mock and len(password) > 3 and password not in target.credentials.values():
            target.hidden.hide(password, "NEARLY_THE_PASSWORD")
        judge.status(401, "login.credentials-are-exact", log_in(http, credentials), what=what)


@pytest.mark.judges("login.refusal-does-not-tell")
def test_refusal_does_not_tell(http: Http, judge: Judge, contract: Contract, target: Target) -> None:
    """A wrong user, a wrong password and both are refused in the same words."""
    wrong_user, wrong_password = {"user": target.name("nobody")}, {"password": canaries.PASSWORD}
    asked = [
        log_in(http, {**target.credentials, **wrong})
        for wrong in (wrong_user, wrong_password, {**wrong_user, **wrong_password})
    ]
    refused = [exchange for exchange in asked if (exchange.status or 0) >= 400]
    for exchange in refused[1:]:
        is_same = (exchange.status, exchange.body) == (refused[0].status, refused[0].body)
        judge.that(
            is_same,
            "login.refusal-does-not-tell",
            exchange,
            f"the same answer: {refused[0].in_words()}",
            steps=[refused[0], exchange],
        )


@pytest.mark.judges("login.open-server-accepts-anyone")
def test_open_server(suite: Suite, judge: Judge, contract: Contract) -> None:
    """A server without credentials lets anybody sign in, but asks for the token all the same."""
    http = suite.http_of(suite.newborn())
    for credentials in ({"user": "", "password": ""}, {"user": "somebody", "password": canaries.PASSWORD}):
        exchange = log_in(http, credentials)
        suite.target.hidden.hide(exchange.text.strip(), "TOKEN")
        judge.status(200, "login.open-server-accepts-anyone", exchange)
    operation = next(each for each in contract.operations.values() if each.protected and not each.writes)
    judge.status(401, "auth.token.missing-is-401", ask(http, operation, {}))
    counts = is_signed_in(exchange) and is_accepted(ask(http, operation, {"header": exchange.text.strip()}))
    judge.that(counts, "login.open-server-accepts-anyone", exchange, f"a token that {operation} accepts")
