"""The layer ``authentication``: signing in, which tokens count, and from which place."""

import time
from itertools import combinations
from random import Random
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.errors import NotJudged
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.authentication.attempts import Attempts
from contract_tests.layers.log_reader import shake_hands
from contract_tests.layers.logins import is_signed_in, log_in, nearly_right, session_cookie, time_of
from contract_tests.layers.places import ask, is_accepted, places
from contract_tests.target import canaries, tokens
from contract_tests.target.target import Target

_EIGHT_HOURS = 8 * 3600
_SECONDS_IN_USE = 3
_SECONDS_BESIDE = 120
"""How far a token's time may be off: a server rounds, and its clock is read to the second."""


@pytest.fixture(name="sent")
def _sent(suite: Suite, operation: Operation, chosen: Random) -> Attempts:
    """Return what sends the operation's request with tokens."""
    return Attempts(suite, operation, chosen)


# --- which tokens count


@pytest.mark.judges("auth.token.missing-is-401")
def test_missing_token(sent: Attempts) -> None:
    """A request without a token is a 401, and so is one whose places are all empty."""
    sent.refused("auth.token.missing-is-401", "a request without a token")
    sent.refused("auth.token.missing-is-401", "empty tokens", header="", query="", cookie="")


@pytest.mark.judges("auth.token.missing-is-401")
def test_what_makes_up_for_no_token(sent: Attempts, target: Target) -> None:
    """Without a token in its place a request is a 401, whatever a proxy, a page or a probe says about who sends it."""
    given = {name.lower() for name, _ in target.headers}  # such as the login that a proxy wants
    headers = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
        "X-Forwarded-User": "contract",
        "X-Remote-User": "contract",
        "X-Auth-Request-User": "contract",
        "Authorization": f"Bearer {sent.good}",
        "X-Auth-Token": sent.good,
        "X-Access-Token": sent.good,
        "Cookie": f"session={sent.good}; jwt={sent.good}; access_token={sent.good}",
        "Referer": f"{target.url}/",
        "X-Requested-With": "XMLHttpRequest",
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": "kube-probe/1.31",
        "X-HTTP-Method-Override": "OPTIONS",
        "X-Method-Override": "OPTIONS",
        "X-Original-URL": "/liveness",
        "X-Rewrite-URL": "/liveness",
    }
    besides = {name: value for name, value in headers.items() if name.lower() not in given}
    sent.refused_with("auth.token.missing-is-401", "a request without a token, but with", besides)


@pytest.mark.judges("auth.token.malformed-is-401")
def test_malformed_tokens(sent: Attempts) -> None:
    """What is no JSON Web Token is a 401."""
    sent.each_refused("auth.token.malformed-is-401", tokens.malformed(sent.good), in_quick=4)


@pytest.mark.judges("auth.token.wrong-signature-is-401")
def test_wrong_signatures(sent: Attempts) -> None:
    """A token with another signature than the server's is a 401."""
    sent.each_refused("auth.token.wrong-signature-is-401", tokens.wrongly_signed(sent.good), in_quick=3)


@pytest.mark.judges("auth.token.unsigned-is-401")
def test_unsigned_tokens(sent: Attempts) -> None:
    """A token that says it needs no signature is a 401, however it spells that."""
    signature = sent.good.rpartition(".")[2]
    spellings = ("none", "None", "NONE", "nOnE", "")
    kinds = {f"a token with alg {spelled!r}": tokens.unsigned(spelled) for spelled in spellings}
    kinds["a token without alg"] = tokens.unsigned(None)
    kinds["a token with alg none and the signature of another"] = tokens.unsigned("none", signature)
    sent.each_refused("auth.token.unsigned-is-401", kinds, in_quick=3)


@pytest.mark.judges("auth.token.other-algorithm-is-401")
def test_other_algorithms(sent: Attempts, target: Target) -> None:
    """A token that is signed with the right secret by another algorithm is a 401."""
    kinds = {f"a token signed by {name}": _forged(target, name) for name in ("HS384", "HS512")}
    sent.each_refused("auth.token.other-algorithm-is-401", kinds)


@pytest.mark.judges("auth.token.expired-is-401")
def test_expired_tokens(sent: Attempts, target: Target) -> None:
    """A token whose time is over, or has not come, is a 401: by a day or half a minute, by the server's own clock."""
    now = time_of(sent.ask(header=sent.good))
    ends = {"since half a minute": now - 30, "since a day": now - 86400, "since 1970": 1}
    kinds = {f"a token that is expired {when}": _forged(target, exp=end) for when, end in ends.items()}
    kinds["a token that does not count before tomorrow"] = _forged(target, nbf=now + 86400, exp=now + 90000)
    sent.each_refused("auth.token.expired-is-401", kinds)


def begin(suite: Suite) -> None:
    """Begin to watch a token that expires while it is in use, so that its time passes while other tests run."""
    if suite.target.jwt_secret is not None:
        suite.watch("authentication", "expiring token", _use_until_expired)


def _use_until_expired(suite: Suite) -> list[tuple[Exchange, Exchange]]:
    """Use a token at every protected operation that only reads, and again after its time; return both answers."""
    protected = [each for each in suite.contract.operations.values() if each.protected and not each.writes]
    end = int(time_of(suite.unjudged.send("OPTIONS", "/", token=""))) + _SECONDS_IN_USE
    given = {"header": _forged(suite.target, exp=end)}
    first = {operation.id: _ways_to_use(suite, operation, given) for operation in protected}
    while time_of(suite.unjudged.send("OPTIONS", "/", token="")) <= end + 1:
        time.sleep(0.3)
    after = {operation.id: _ways_to_use(suite, operation, given) for operation in protected}
    return [pair for name in first for pair in zip(first[name], after[name], strict=True)]


def _ways_to_use(suite: Suite, operation: Operation, given: dict[str, str]) -> list[Exchange]:
    ways = [ask(suite.http, operation, given)]
    return [*ways, shake_hands(suite, given)] if "x-websocket" in operation.document else ways


@pytest.mark.late
@pytest.mark.judges("auth.token.expired-is-401")
def test_token_that_expires_in_use(judge: Judge, suite: Suite) -> None:
    """A token that was accepted before its time was over is a 401 after it."""
    for before, after in suite.watched("expiring token") or ():
        if is_accepted(before):
            what = "a token that was accepted until it expired"
            judge.status(401, "auth.token.expired-is-401", after, [before], what)


@pytest.mark.judges("auth.token.without-expiry-is-401")
def test_tokens_without_expiry(sent: Attempts, target: Target) -> None:
    """A token that never expires is a 401; a text is no time to expire at."""
    kinds = {
        "a token without exp": _forged(target, exp=None),
        "a token whose exp is a text": _forged(target, exp=str(int(time.time()) + 3600)),
    }
    sent.each_refused("auth.token.without-expiry-is-401", kinds)


# --- the places of tokens


@pytest.mark.judges("auth.header.counts")
def test_header(sent: Attempts, target: Target) -> None:
    """A token in the header counts: the login's, and (where the secret is known) any that is signed with it."""
    sent.let_in("auth.header.counts", "the token of the login", header=sent.good)
    if target.jwt_secret is not None and tokens.is_signed_with(target.jwt_secret, sent.good):
        forged = _forged(target, username="somebody else")
        sent.let_in("auth.header.counts", "a token that is signed with the server's secret", header=forged)


@pytest.mark.judges("auth.query.counts", "auth.cookie.counts")
def test_query_and_cookie(sent: Attempts) -> None:
    """A token in the query counts, and so does one in the cookie."""
    sent.let_in("auth.query.counts", "a token in the query", query=sent.good)
    sent.let_in("auth.cookie.counts", "a token in the cookie", cookie=sent.good)


@pytest.mark.judges("auth.query.name-is-case-sensitive")
def test_name_in_query(sent: Attempts, contract: Contract) -> None:
    """A query parameter whose name is that of the token in another case holds none."""
    name = places(contract)["query"]
    for other in sorted({name.lower(), name.upper(), name.swapcase()} - {name}):
        sent.refused(
            "auth.query.name-is-case-sensitive", f"a token in the query parameter {other}", other, query=sent.good
        )


@pytest.mark.judges(
    "auth.order.header-before-query", "auth.order.query-before-cookie", "auth.order.header-before-cookie"
)
def test_order_of_places(sent: Attempts, contract: Contract) -> None:
    """The stronger of two places decides: a good token there counts beside a bad one, and a bad one is a 401."""
    for stronger, weaker in combinations(places(contract), 2):
        clause = f"auth.order.{stronger}-before-{weaker}"
        counts = sent.counts_in(stronger)
        for bad in (tokens.with_broken_signature(sent.good), canaries.TOKEN):
            what = f"a bad token in the {stronger} and a good one in the {weaker}"
            sent.kept_out(clause, what, **{stronger: bad, weaker: sent.good})
            if counts:
                what = f"a good token in the {stronger} and a bad one in the {weaker}"
                sent.let_in(clause, what, **{stronger: sent.good, weaker: bad})


@pytest.mark.judges("auth.order.empty-counts-as-none")
def test_empty_places(sent: Attempts) -> None:
    """Places that are empty are passed over on the way to the first that holds a token."""
    clause = "auth.order.empty-counts-as-none"
    if sent.counts_in("query"):
        sent.let_in(clause, "a token in the query beside an empty header", header="", query=sent.good)
    if sent.counts_in("cookie"):
        sent.let_in(clause, "a token in the cookie beside an empty query", query="", cookie=sent.good)
        sent.let_in(clause, "a token in the cookie beside an empty header", header="", cookie=sent.good)
    if sent.counts_in("header"):
        sent.let_in(clause, "a token in the header beside empty places", header=sent.good, query="", cookie="")


@pytest.mark.judges("auth.public-needs-no-token")
def test_public_operations(http: Http, judge: Judge, target: Target, operation: Operation, sent: Attempts) -> None:
    """A public operation works without a token, and with one that does not count."""
    for what, given in {"without a token": {}, "with a bad token": {"header": canaries.TOKEN, "cookie": "x"}}.items():
        exchange = ask(http, operation, given)
        works = is_accepted(exchange) or exchange.status in operation.statuses.keys() - {401}
        judge.that(works, "auth.public-needs-no-token", exchange, f"{operation} to work {what}", what=what)


# --- signing in


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


def _forged(target: Target, algorithm: str = "HS256", **claims: Any) -> str:
    """Forge a token and keep it out of reports on a real server: most who hold one could sign in by it."""
    token = tokens.forge(target.jwt_secret or "", algorithm, **claims)
    if not target.is_mock:
        target.hidden.hide(token, "FORGED_TOKEN")
    return token
