"""Deviations in signing in and in what tokens count: each can be seen from outside."""

import math
import time
from typing import Any

import jwt
import pytest

from tests.support.deviation_helpers import (
    CLAIMS,
    LOGIN,
    SECRET,
    TOKEN,
    Case,
    Cases,
    Mock,
    ask,
    check,
    source,
    status,
    upgrade,
)
from tests.support.helpers import cases

OPEN = {"user": None, "password": None}
BAD = jwt.encode(CLAIMS, "another secret, long enough for the algorithm that signs", "HS256")
HOURS = 3600


def login(user: str = LOGIN["user"], password: str = LOGIN["password"], token: str | None = TOKEN) -> Any:
    return status("POST", "/login", {"user": user, "password": password}, token=token)


def refusal(server: Mock) -> str:
    return ask(server, "POST", "/login", {**LOGIN, "password": "wrong"}).text


def cookie(server: Mock) -> str:
    """Return the cookie of a login with the token's place where the token is."""
    answer = ask(server, "POST", "/login", LOGIN)
    return answer.headers.get("set-cookie", "").replace(answer.text, "TOKEN")


def token_of_login(server: Mock) -> str:
    return ask(server, "POST", "/login", LOGIN).text


def counts(server: Mock) -> int:
    return ask(server, "GET", "/preset", token=token_of_login(server)).status


def lifetime(server: Mock) -> int | None:
    """Return for how many hours the token of a login lasts, None where it does not end."""
    expiry = jwt.decode(token_of_login(server), options={"verify_signature": False}).get("exp")
    return None if expiry is None else round((expiry - time.time()) / HOURS)


COOKIE = "token=TOKEN; Path=/; HttpOnly; SameSite=Lax"
LOGINS: Cases = {
    "login-takes-any-password": Case(login(password="wrong"), 401, 200),
    "login-takes-any-user": Case(login(user="somebody"), 401, 200),
    "login-ignores-case": Case(login(password="SECRET"), 401, 200),
    "login-trims-spaces": Case(login(user=" admin "), 401, 200),
    "open-login-wants-a-user": Case(login(user=""), 200, 401, OPEN),
    "login-tells-what-was-wrong": Case(refusal, "can not authenticate this user\n", "wrong password\n"),
    "login-sets-no-cookie": Case(cookie, COOKIE, ""),
    "cookie-is-for-scripts-too": Case(cookie, COOKIE, "token=TOKEN; Path=/; SameSite=Lax"),
    "cookie-is-sent-by-other-sites": Case(cookie, COOKIE, "token=TOKEN; Path=/; HttpOnly"),
    "cookie-is-for-the-login-path": Case(cookie, COOKIE, "token=TOKEN; Path=/login; HttpOnly; SameSite=Lax"),
    "cookie-has-another-name": Case(cookie, COOKIE, "session=TOKEN; Path=/; HttpOnly; SameSite=Lax"),
    "cookie-holds-another-token": Case(lambda server: "TOKEN" in cookie(server), True, False),
    "login-answers-json": Case(lambda server: token_of_login(server)[:9], TOKEN[:9], '{"token":'),
    "login-token-is-quoted": Case(lambda server: token_of_login(server)[0], "e", '"'),
    "login-token-ends-a-line": Case(lambda server: token_of_login(server).endswith("\n"), False, True),
    "login-needs-a-token": Case(login(token=None), 200, 401),
    "login-token-is-hs512": Case(
        lambda server: jwt.get_unverified_header(token_of_login(server))["alg"], "HS256", "HS512"
    ),
    "login-token-lasts-a-year": Case(lifetime, 8, 365 * 24),
    "login-token-lasts-a-minute": Case(lifetime, 8, 0),
    "login-token-never-expires": Case(lifetime, 8, None),
    "login-token-does-not-count": Case(counts, 200, 401),
}


def with_token(token: str) -> Any:
    return status("GET", "/metric", token=token)


def encoded(algorithm: str = "HS256", **claims: Any) -> str:
    given = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(given, None if algorithm == "none" else SECRET, algorithm)


def without_token(method: str, target: str, body: Any = None) -> Any:
    return status(method, target, body, token=None)


def places(header: str | None, query: str = "", cookie: str = "") -> Any:
    """Return a probe that sends tokens in three places."""
    lines = ([f"Token: {header}"] if header is not None else []) + ([f"Cookie: token={cookie}"] if cookie else [])
    return status("GET", f"/preset?{query}", None, *lines, token=None)


def around_its_expiry(server: Mock) -> list[int]:
    """Return the statuses for a token before and after its expiry, and for one that was expired when it first came."""
    expiry = math.ceil(time.time() + 0.2)
    used, unused = (encoded(exp=expiry, username=name) for name in ("used", "unused"))
    before = with_token(used)(server)
    time.sleep(expiry - time.time() + 0.01)
    return [before, with_token(used)(server), with_token(unused)(server)]


TOKENS: Cases = {
    "list-sources-needs-no-token": Case(without_token("GET", "/source"), 401, 200),
    "add-source-needs-no-token": Case(without_token("POST", "/source", source("no token")), 401, 200),
    "update-source-needs-no-token": Case(without_token("PUT", "/source", source("demo")), 401, 200),
    "delete-source-needs-no-token": Case(without_token("DELETE", "/source?name=demo"), 401, 200),
    "test-connection-needs-no-token": Case(without_token("POST", "/test-connect", b"host=a"), 401, 200),
    "list-metrics-needs-no-token": Case(without_token("GET", "/metric"), 401, 200),
    "list-presets-needs-no-token": Case(without_token("GET", "/preset"), 401, 200),
    "stream-log-needs-no-token": Case(upgrade(token=None), 401, 101),
    "missing-token-is-403": Case(without_token("GET", "/metric"), 401, 403),
    "missing-token-redirects": Case(without_token("GET", "/metric"), 401, 302),
    "malformed-token-is-500": Case(with_token("nonsense"), 401, 500),
    "any-text-counts-as-token": Case(with_token("nonsense"), 401, 200),
    "expired-token-counts": Case(with_token(encoded(exp=1)), 401, 200),
    "expired-token-counts-once-accepted": Case(around_its_expiry, [200, 401, 401], [200, 200, 401]),
    "unsigned-token-counts": Case(with_token(encoded("none")), 401, 200),
    "wrongly-signed-token-counts": Case(with_token(BAD), 401, 200),
    "hs512-token-counts": Case(with_token(encoded("HS512")), 401, 200),
    "token-without-expiry-counts": Case(with_token(encoded(exp=None)), 401, 200),
    "health-needs-a-token": Case(without_token("GET", "/liveness"), 200, 401),
    "token-header-is-not-read": Case(places(TOKEN), 200, 401),
    "token-query-is-not-read": Case(places(None, f"Token={TOKEN}"), 200, 401),
    "token-cookie-is-not-read": Case(places(None, "", TOKEN), 200, 401),
    "bearer-token-is-wanted": Case(places(TOKEN), 200, 401),
    "token-query-ignores-case": Case(places(None, f"token={TOKEN}"), 401, 200),
    "query-counts-before-header": Case(places(BAD, f"Token={TOKEN}"), 401, 200),
    "cookie-counts-before-query": Case(places(None, f"Token={BAD}", TOKEN), 401, 200),
    "cookie-counts-before-header": Case(places(BAD, "", TOKEN), 401, 200),
    "any-good-token-counts": Case(places(BAD, f"Token={BAD}", TOKEN), 401, 200),
    "empty-header-hides-query": Case(places("", f"Token={TOKEN}"), 200, 401),
    "empty-query-hides-cookie": Case(places(None, "Token=", TOKEN), 200, 401),
}
CASES = {**LOGINS, **TOKENS}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
