"""The layer ``authentication``: which tokens count, and from which place."""

import time
from itertools import combinations
from random import Random
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.authentication.attempts import Attempts
from contract_tests.layers.log_reader import shake_hands
from contract_tests.layers.logins import time_of
from contract_tests.layers.places import ask, is_accepted, places
from contract_tests.target import canaries, tokens
from contract_tests.target.target import Target

_SECONDS_IN_USE = 3


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


def _forged(target: Target, algorithm: str = "HS256", **claims: Any) -> str:
    """Forge a token and keep it out of reports on a real server: most who hold one could sign in by it."""
    token = tokens.forge(target.jwt_secret or "", algorithm, **claims)
    if not target.is_mock:
        target.hidden.hide(token, "FORGED_TOKEN")
    return token
