"""Tokens: which place counts, how long and where a token is good, and what the options for it do."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import JSON, Server
from tests.support.helpers import PATHS, PROTECTED, Wire, cases, checked_client, head

Start = Callable[..., Server]
GOOD, BAD, EMPTY = "good", "a.b.c", ""


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[httpx.Client]:
    """A client without a token, which checks every answer against the contract."""
    with checked_client(server) as client:
        yield client


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """A token that the server issued."""
    return server.login()


@pytest.mark.parametrize(
    ("places", "status"),
    cases(
        {
            "header over query": ((GOOD, BAD, None), 200),
            "header over cookie": ((GOOD, None, BAD), 200),
            "query over cookie": ((None, GOOD, BAD), 200),
            "header over both": ((GOOD, BAD, BAD), 200),
            "bad header over good query": ((BAD, GOOD, None), 401),
            "bad header over good cookie": ((BAD, None, GOOD), 401),
            "bad query over good cookie": ((None, BAD, GOOD), 401),
            "bad header over both": ((BAD, GOOD, GOOD), 401),
            "empty header leaves it to the query": ((EMPTY, GOOD, None), 200),
            "empty header leaves it to the cookie": ((EMPTY, None, GOOD), 200),
            "empty query leaves it to the cookie": ((None, EMPTY, GOOD), 200),
            "empty header and query": ((EMPTY, EMPTY, GOOD), 200),
            "empty header, bad query": ((EMPTY, BAD, GOOD), 401),
            "empty everywhere": ((EMPTY, EMPTY, EMPTY), 401),
            "header, empty query and cookie": ((GOOD, EMPTY, EMPTY), 200),
        }
    ),
)
def test_precedence(visitor: httpx.Client, token: str, places: tuple[str | None, ...], status: int) -> None:
    """The header counts before the query and the query before the cookie; an empty value counts as none."""
    header, query, cookie = (token if place == GOOD else place for place in places)
    headers = {} if header is None else {"Token": header}
    if cookie is not None:
        headers["Cookie"] = f"token={cookie}"
    params = {} if query is None else {"Token": query}
    assert visitor.get("/source", headers=headers, params=params).status_code == status


@pytest.mark.parametrize("name", ["token", "TOKEN", "tOkEn"])
def test_name_of_the_header_in_any_case(visitor: httpx.Client, token: str, name: str) -> None:
    """Header names have no case."""
    assert visitor.get("/source", headers={name: token}).status_code == 200


@pytest.mark.parametrize("name", ["token", "TOKEN", "Token2", "xToken", "Token[]"])
def test_name_of_the_query_parameter_is_exact(visitor: httpx.Client, token: str, name: str) -> None:
    """A query parameter of another spelling is not the token."""
    answer = visitor.get("/source", params={name: token})
    assert (answer.status_code, answer.text.partition(":")[0]) == (401, "token is missing")


@pytest.mark.parametrize(
    "query", ["%54oken={}", "Toke%6E={}", "a=b&Token={}&c=d", "Token={}&Token=a.b.c", "=&&Token={}"]
)
def test_query_parameter_in_any_writing(server: Server, token: str, query: str) -> None:
    """Percent-encoding does not change a name, other parameters do not matter, of several tokens the first counts."""
    with Wire(server) as wire:
        assert wire.send(head("GET", f"/source?{query.format(token)}")).answer().status == 200


@pytest.mark.parametrize(
    ("cookie", "status"),
    cases(
        {
            "among others": ("a=b; token={}; c=d", 200),
            "without spaces": ("a=b;token={}", 200),
            "quoted": ('token="{}"', 200),
            "first of two": ("token={}; token=a.b.c", 200),
            "second of two": ("token=a.b.c; token={}", 401),
            "other case": ("Token={}", 401),
            "longer name": ("xtoken={}", 401),
            "inside another value": ("a=token={}", 401),
        }
    ),
)
def test_cookie_among_others(visitor: httpx.Client, token: str, cookie: str, status: int) -> None:
    """The cookie is found by its exact name, wherever it stands."""
    assert visitor.get("/source", headers={"Cookie": cookie.format(token)}).status_code == status


def test_of_several_headers_the_first_counts(server: Server, token: str) -> None:
    """A header that is sent twice is read once."""
    with Wire(server) as wire:
        assert wire.send(head("GET", "/source", f"Token: {token}", "Token: x")).answer().status == 200
        assert wire.send(head("GET", "/source", "Token: x", f"Token: {token}")).answer().status == 401


def test_spaces_around_the_header_do_not_matter(server: Server, token: str) -> None:
    """HTTP strips them, and a header of nothing else is empty."""
    with Wire(server) as wire:
        assert wire.send(head("GET", "/source", f"Token:\t {token} \t")).answer().status == 200
        assert wire.send(head("GET", f"/source?Token={token}", "Token:  \t ")).answer().status == 200


@pytest.mark.parametrize("path", sorted({operation.path for operation in PROTECTED}))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
def test_token_is_asked_for_before_the_method(visitor: httpx.Client, token: str, path: str, method: str) -> None:
    """A method that a protected path does not have is 401 without a token and 405 with one."""
    if method not in PATHS[path]:
        assert visitor.request(method, path).status_code == 401
        assert visitor.request(method, path, headers={"Token": "a.b.c"}).status_code == 401
        assert visitor.request(method, path, headers={"Token": token}).status_code == 405


@pytest.mark.parametrize(
    "headers", [{}, {"Token": "a.b.c"}, {"Cookie": "token=a.b.c"}], ids=["none", "header", "cookie"]
)
def test_public_operations_need_no_token(visitor: httpx.Client, headers: dict[str, str]) -> None:
    """Login and health answer anyone, even with a token that does not count."""
    assert visitor.get("/liveness", headers=headers).status_code == 200
    assert visitor.get("/readiness", headers=headers).status_code == 200
    assert visitor.get("/login", headers=headers).status_code == 405
    assert visitor.post("/login", json={"user": "", "password": ""}, headers=headers).status_code == 200


@pytest.mark.parametrize(("key", "status"), cases({"right": ("dGhlIHNhbXBsZSBub25jZQ==", 101), "wrong": ("x", 400)}))
@pytest.mark.parametrize("place", ["header", "query", "cookie", "nowhere"])
def test_handshake_of_the_log_stream(server: Server, token: str, place: str, key: str, status: int) -> None:
    """The token of a WebSocket handshake may come in each of the three places; without one it is 401."""
    headers = {"header": [f"Token: {token}"], "cookie": [f"Cookie: token={token}"]}.get(place, [])
    target = f"/log?Token={token}" if place == "query" else "/log"
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    with Wire(server) as wire:
        answer = wire.send(head("GET", target, *headers, *upgrade)).status()
    assert answer == (401 if place == "nowhere" else status)


def test_token_of_another_server_does_not_count(visitor: httpx.Client, start: Start) -> None:
    """Secrets are random: each server knows only its own tokens."""
    answer = visitor.get("/source", headers={"Token": start().login()})
    assert (answer.status_code, answer.text) == (401, "token has a wrong signature\n")


def test_jwt_secret_makes_tokens_outlive_the_server(start: Start) -> None:
    """With the same secret a token is good on a second server, with another it is not."""
    first = start("--jwt-secret", "5m3R7K4754p4m")
    token = first.login()
    first.stop()
    for secret, status in (("5m3R7K4754p4m", 200), ("5m3R7K4754p4n", 401)):
        with checked_client(start("--jwt-secret", secret), token) as client:
            assert client.get("/source").status_code == status


def test_token_ttl(start: Start) -> None:
    """A token is refused once the time that --token-ttl gives it is over."""
    server = start("--token-ttl", "1")
    with checked_client(server, server.login()) as client:
        deadline = time.monotonic() + 30
        while (answer := client.get("/source")).status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (answer.status_code, answer.text) == (401, "token is expired: sign in again\n")


@pytest.mark.parametrize(
    ("options", "good"),
    cases({"user": (["--user", "admin"], ("admin", "")), "password": (["--password", "secret"], ("", "secret"))}),
)
def test_only_user_or_password_configured(start: Start, options: list[str], good: tuple[str, str]) -> None:
    """What is not configured must be empty: the rest is not open to anyone."""
    with checked_client(start(*options)) as client:
        for user in ("admin", "", "x"):
            for password in ("secret", "", "x"):
                body = {"user": user, "password": password}
                expected = 200 if (user, password) == good else 401
                assert client.post("/login", json=body, headers=JSON).status_code == expected, body


def test_no_answer_holds_a_secret(start: Start) -> None:
    """The signing secret, the configured password and the token sent are in no answer and not on the console."""
    server = start("--user", "admin", "--password", "planted-password", "--jwt-secret", "planted-secret", "--verbose")
    token = server.login("admin", "planted-password")
    with checked_client(server, token) as client:
        answers = [client.request(method, path) for path in PATHS for method in ("GET", "POST", "PUT", "HEAD", "PATCH")]
        answers += [client.get(path) for path in ("/", "/docs", "/openapi.json", "/nosuch")]
        answers.append(client.post("/login", json={"user": "planted-password", "password": "admin"}))
        answers.append(client.get(f"/source?Token={token}x", headers={"Token": ""}))
    _, console = server.stop()
    shown = [f"{answer.headers} {answer.text}" for answer in answers]
    for secret in ("planted", token, token.rpartition(".")[2]):
        assert not any(secret in text for text in [*shown, console])
