"""Tokens: every protected operation asks for one, and only one that counts lets a request through."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest

from mockserver.memory.auth import Tokens
from tests.conftest import Server, start_server
from tests.support.helpers import MOST_BODY_BYTES, OPERATIONS, PROTECTED, cases, checked_client, source

SECRET = "planted-secret-of-the-signatures-0123456789-0123456789-0123456789"
LET_THROUGH: dict[str, tuple[dict[str, Any], int]] = {
    "addSource": ({"json": source("demo")}, 409),
    "updateSource": ({"json": source("nosuch")}, 404),
    "deleteSource": ({"params": {"name": "nosuch"}}, 404),
    "testConnection": ({"content": "host=refused"}, 400),
    "streamLog": ({}, 400),
}
"""A request for a protected operation that changes nothing, and its status once the token counts.

One that only reads is asked as it is, and answers with the document's success.
"""

LONGEST_TARGET = 60_000
"""Beyond 64 KB the server's HTTP parser refuses the request line itself."""

protected = pytest.mark.parametrize("operation", [operation.id for operation in PROTECTED])


@pytest.fixture(scope="module")
def signing() -> Iterator[Server]:
    """A server whose secret the tests know, so that they can forge tokens."""
    server = start_server("--quiet", "--jwt-secret", SECRET)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def visitor(signing: Server) -> Iterator[httpx.Client]:
    """A client of that server without a token, which checks every answer against the contract."""
    with checked_client(signing) as client:
        yield client


@pytest.fixture(scope="module")
def token(signing: Server) -> str:
    """A token that the server issued."""
    return signing.login()


def forge(secret: str | None = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a token with claims of the test's own; by default one that counts. A claim that is None is left out."""
    claims = {"authorized": True, "exp": int(time.time()) + 60, "username": "u", **claims}
    given = {name: value for name, value in claims.items() if value is not None}
    with pytest.MonkeyPatch.context() as patch:  # PyJWT refuses to write claims that are to be refused here
        patch.setattr(jwt.PyJWT, "_encode_payload", lambda self, payload, **options: json.dumps(payload).encode())
        return jwt.encode(given, secret, algorithm)


def base64url(value: bytes | dict[str, Any]) -> str:
    raw = json.dumps(value).encode() if isinstance(value, dict) else value
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_part(number: int, part: str) -> str:
    """Return a good token, one of whose three parts is replaced."""
    parts = forge().split(".")
    parts[number] = part
    return ".".join(parts)


def with_other_character(number: int) -> str:
    """Return a good token with a character in the middle of a part changed: the last one may carry no bits."""
    part = forge().split(".")[number]
    middle = len(part) // 2
    return with_part(number, part[:middle] + ("A" if part[middle] != "A" else "B") + part[middle + 1 :])


def let_through(operation_id: str) -> tuple[dict[str, Any], int]:
    operation = OPERATIONS[operation_id]
    only_reads = operation.method == "GET"
    assert only_reads or operation_id in LET_THROUGH, f"{__file__}: LET_THROUGH needs a line for {operation_id}"
    return LET_THROUGH.get(operation_id) or ({}, min(map(int, operation.document["responses"])))


def send(client: httpx.Client, operation_id: str, **headers: str) -> httpx.Response:
    """Send the harmless request of an operation; a header or query given here is added."""
    operation = OPERATIONS[operation_id]
    request, _ = let_through(operation_id)
    return client.request(operation.method, operation.path, headers=headers, **request)


def send_with_query(client: httpx.Client, operation_id: str, query: str, **headers: str) -> httpx.Response:
    operation = OPERATIONS[operation_id]
    request = dict(let_through(operation_id)[0])
    parameters = httpx.QueryParams(request.pop("params", {}))
    target = f"{operation.path}?{query}&{parameters}" if parameters else f"{operation.path}?{query}"
    return client.request(operation.method, target, headers=headers, **request)


def assert_refused(answer: httpx.Response, reason: str, token: str = "") -> None:
    """The answer is 401, its line says which fault the token has, and holds neither token nor secret."""
    assert answer.status_code == 401
    assert reason in answer.text
    assert SECRET not in answer.text
    assert not any(len(part) > 9 and part in answer.text for part in token.split("."))


@protected
def test_token_is_read_from_header_query_and_cookie(visitor: httpx.Client, token: str, operation: str) -> None:
    """Each of the three places is enough for every protected operation."""
    _, status = let_through(operation)
    assert send(visitor, operation, Token=token).status_code == status
    assert send_with_query(visitor, operation, f"Token={token}").status_code == status
    assert send(visitor, operation, Cookie=f"token={token}").status_code == status


@protected
@pytest.mark.parametrize(
    "headers",
    cases(
        {
            "nothing": {},
            "empty header": {"Token": ""},
            "empty cookie": {"Cookie": "token="},
            "another cookie": {"Cookie": "session=x"},
            "bearer token": {"Authorization": "Bearer x"},
            "password": {"Authorization": "Basic eDp4"},
        }
    ),
)
def test_a_token_is_needed(visitor: httpx.Client, operation: str, headers: dict[str, str]) -> None:
    """Without a token, and with an empty one, every protected operation is 401 with one and the same line."""
    answer = send(visitor, operation, **headers)
    assert_refused(
        answer, "token is missing: send it in the Token header, the Token query parameter or the token cookie"
    )


UNSIGNED = base64url({"alg": "none", "typ": "JWT"}) + "." + base64url({"exp": int(time.time()) + 60})
MALFORMED = {
    "one letter": lambda: "x",
    "two parts": lambda: "a.b",
    "four parts": lambda: "a.b.c.d",
    "only dots": lambda: "..",
    "word with spaces": lambda: "not a token",
    "bearer": lambda: f"Bearer {forge()}",
    "quoted": lambda: f'"{forge()}"',
    "space inside": lambda: forge().replace(".", ". ", 1),
    "two tokens": lambda: f"{forge()},{forge()}",
    "characters of other base64": lambda: f"{forge()[:-5]}+/{forge()[-5:]}",
    "characters of no base64": lambda: f"{forge()[:-5]}!${forge()[-5:]}",
    "padding": lambda: f"{forge()}=",
    "exclamation mark in the header": lambda: f"!{forge()}",
    "letters of latin-1": lambda: "\xe4.\xf6.\xfc",
    "huge word": lambda: "x" * 500_000,
    "huge parts": lambda: f"{'a' * 200_000}.{'b' * 200_000}.{'c' * 100_000}",
    "header is no JSON": lambda: with_part(0, base64url(b"{")),
    "header is a list": lambda: with_part(0, base64url(b"[]")),
    "header is no base64": lambda: with_part(0, "a"),
    "header is nested deep": lambda: with_part(0, base64url(b"[" * 100_000)),
    "truncated": lambda: forge().rpartition(".")[0],
}
UNFIT = {
    **{name: (make, "token is malformed") for name, make in MALFORMED.items()},
    "no signature": (lambda: with_part(2, ""), "wrong signature"),
    "other header": (lambda: with_other_character(0), "token "),
    "other claims": (lambda: with_other_character(1), "wrong signature"),
    "other signature": (lambda: with_other_character(2), "wrong signature"),
    "other secret": (lambda: forge("another-secret-0123456789-0123456789"), "wrong signature"),
    "empty secret": (
        lambda: with_part(2, base64url(hmac.digest(b"", forge().rpartition(".")[0].encode(), "sha256"))),
        "wrong signature",
    ),
    "other secret and expired": (lambda: forge("another-secret-0123456789-0123456789", exp=1), "wrong signature"),
    "claims are no JSON": (lambda: sign(b"{"), "token is malformed"),
    "claims are a list": (lambda: sign(b"[]"), "token is malformed"),
    "claims are nested deep": (lambda: sign(b'{"exp": ' + b"[" * 100_000), "token is malformed"),
    "none": (lambda: f"{UNSIGNED}.", "not signed with HS256"),
    "none with a signature": (lambda: f"{UNSIGNED}.{forge().rpartition('.')[2]}", "not signed with HS256"),
    "None with a signature": (lambda: with_part(0, base64url({"alg": "None"})), "not signed with HS256"),
    "HS384": (lambda: forge(algorithm="HS384"), "not signed with HS256"),
    "HS512": (lambda: forge(algorithm="HS512"), "not signed with HS256"),
    "RS256": (lambda: with_part(0, base64url({"alg": "RS256", "typ": "JWT"})), "not signed with HS256"),
    "hs256": (lambda: with_part(0, base64url({"alg": "hs256", "typ": "JWT"})), "not signed with HS256"),
    "no algorithm": (lambda: with_part(0, base64url({"typ": "JWT"})), "token is "),
    "expired a second ago": (lambda: forge(exp=int(time.time()) - 1), "token is expired"),
    "expires now": (lambda: forge(exp=int(time.time())), "token is expired"),
    "exp 0": (lambda: forge(exp=0), "token is expired"),
    "negative exp": (lambda: forge(exp=-1), "token is expired"),
    "no exp": (lambda: forge(exp=None), "token has no exp claim"),
    "exp is a word": (lambda: forge(exp="tomorrow"), "token"),
    "exp is a number in a string": (lambda: forge(exp=str(int(time.time()) + 60)), "token"),
    "exp is true": (lambda: forge(exp=True), "token"),
    "exp is a list": (lambda: forge(exp=[int(time.time()) + 60]), "token"),
    "exp is beyond all numbers": (lambda: forge(exp=10**400), "token"),
    "exp is NaN": (lambda: forge(exp=float("nan")), "token"),
    "not valid yet": (lambda: forge(nbf=int(time.time()) + 30), "token is not valid yet"),
    "nbf is a word": (lambda: forge(nbf="today"), "token"),
}


def sign(claims: bytes) -> str:
    """Return a token with a good signature over claims that are no JSON object."""
    return jwt.api_jws.encode(claims, SECRET, "HS256")


@protected
@pytest.mark.parametrize(("make", "reason"), cases(UNFIT))
def test_a_token_that_does_not_count(
    visitor: httpx.Client, operation: str, make: Callable[[], str], reason: str
) -> None:
    """Every protected operation refuses it in every place with the line that says what is wrong."""
    bad = make()
    assert_refused(send(visitor, operation, Token=bad.encode("latin-1")), reason, bad)  # type: ignore[arg-type]
    if bad.isascii() and not set(bad) & set('" ,;'):
        assert_refused(send(visitor, operation, Cookie=f"token={bad}"), reason, bad)
    if len(bad) < LONGEST_TARGET:
        assert_refused(send_with_query(visitor, operation, str(httpx.QueryParams({"Token": bad}))), reason, bad)


@pytest.mark.parametrize(
    "claims",
    cases(
        {
            "forged like an issued one": {},
            "without a user": {"username": None, "authorized": None},
            "not authorized, which no release reads": {"authorized": False},
            "fraction of a second": {"exp": int(time.time()) + 86_400.5},
            "valid since a second": {"nbf": int(time.time()) - 1},
            "issued in the future": {"iat": int(time.time()) + 1000},
            "meant for others": {"aud": "others", "iss": "others", "sub": 1, "jti": 1},
        }
    ),
)
def test_only_signature_algorithm_and_times_count(visitor: httpx.Client, claims: dict[str, Any]) -> None:
    """The contract names what a token needs; further claims neither help nor harm."""
    assert visitor.get("/source", headers={"Token": forge(**claims)}).status_code == 200


def test_a_token_that_was_good_expires(visitor: httpx.Client) -> None:
    """A token that was accepted before is refused once its time is over."""
    short = forge(exp=int(time.time()) + 2)
    assert visitor.get("/source", headers={"Token": short}).status_code == 200
    time.sleep(jwt.decode(short, options={"verify_signature": False})["exp"] - time.time() + 0.01)
    assert_refused(visitor.get("/source", headers={"Token": short}), "token is expired", short)


@pytest.mark.parametrize(
    "query",
    cases({"not UTF-8": "Token=%ff", "overlong": "Token=%c0%ae", "many parameters": "Token=x&" + "a=1&" * 1001}),
)
@protected
def test_a_query_that_cannot_be_read_holds_no_token(visitor: httpx.Client, operation: str, query: str) -> None:
    """A token that no server could have issued is a 401 as any other, in whatever way it is unreadable."""
    answer = send_with_query(visitor, operation, query)
    assert answer.status_code == 401


@protected
def test_the_rest_of_the_query_does_not_matter(visitor: httpx.Client, token: str, operation: str) -> None:
    """A good token in the header is enough, whatever the query says beside an operation's own parameters."""
    if operation != "deleteSource":
        _, status = let_through(operation)
        assert send_with_query(visitor, operation, "x=%ff&Token=%ff", Token=token).status_code == status


def test_a_request_without_token_changes_nothing(visitor: httpx.Client, token: str) -> None:
    """What is refused for want of a token has no effect, and its body is not looked at."""
    before = visitor.get("/source", headers={"Token": token}).content
    for headers in ({}, {"Token": "a.b.c"}):
        assert visitor.post("/source", json=source("new"), headers=headers).status_code == 401
        assert visitor.put("/source", json=source("demo"), headers=headers).status_code == 401
        assert visitor.delete("/source", params={"name": "demo"}, headers=headers).status_code == 401
        assert visitor.post("/source", content="{", headers=headers).status_code == 401
        assert visitor.post("/source", content="x" * (MOST_BODY_BYTES + 1), headers=headers).status_code == 401
        assert visitor.delete("/source", headers=headers).status_code == 401
    assert visitor.get("/source", headers={"Token": token}).content == before


def test_no_more_tokens_are_remembered_than_some() -> None:
    """Whoever signs in again and again does not fill the memory; a token that was forgotten counts as before."""
    tokens = Tokens("5m3R7K4754p4m" * 3, 60)
    issued = [tokens.issue(str(number)) for number in range(3000)]
    sizes = []
    for token in issued:
        tokens.verify(token)
        sizes.append(len(tokens._expiry_of_verified))
    assert max(sizes) <= 1024
    tokens.verify(issued[0])
