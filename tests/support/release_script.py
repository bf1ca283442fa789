"""A mock that stands for a release, asked in this process, without a socket: a script of requests and its answers."""

import asyncio
import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import jwt
import pytest

from mockserver.console import Console
from mockserver.deviations.plan import Plan
from mockserver.deviations.registry import plan_of
from mockserver.http.protocol import ABORT, TAKE_OVER
from mockserver.release import backend
from mockserver.release.app import create_release_app
from mockserver.settings import Settings
from pgwatch_contract.releases.release import read_release
from tests.conftest import ROOT

SECRET = "a secret that is long enough for each of the algorithms that sign tokens"
LOGIN = {"user": "admin", "password": "Secret"}
_TIME = len("2026-01-01 00:00:00.000")
_load = backend.load_release_contract
_contract = functools.cache(lambda name: _load(ROOT / "openapi.yaml", read_release(name)))


class Asked(NamedTuple):
    """One request."""

    method: str
    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def _token(algorithm: str = "HS256", secret: str = SECRET, **claims: Any) -> str:
    return jwt.encode(
        {"authorized": True, "exp": int(time.time()) + 3600, "username": "admin"} | claims, secret, algorithm
    )


def tokens() -> dict[str, str]:
    """Return tokens by what is special in them."""
    return {
        "right": _token(),
        "expired": _token(exp=1),
        "other key": _token(secret="another secret that is long enough for each of these algorithms"),
        "HS512": _token("HS512"),
        "unsigned": _token("none", secret=""),
        "endless": jwt.encode({"authorized": True, "username": "admin"}, SECRET, "HS256"),
        "text": "any text",
        "none": "",
    }


def script(has_items: bool) -> Iterator[Asked]:
    """Yield requests that meet whatever a release does: tokens, logins, bodies, names, methods, paths and origins."""
    right = tokens()["right"]
    yield from _of_tokens(has_items)
    yield from _of_logins()
    yield from _of_manners(right)
    yield from (each for body in _BODIES for each in _writes(has_items, body, right))
    yield from _of_names(has_items, right)
    for text in ("host=unknown.example.com", "postgresql://u:p@refused.example.com/x", "host=db.example.com", "", "{"):
        yield Asked("POST", "/test-connect", text.encode(), _with(right))
    for _ in range(3):
        yield from (Asked("GET", f"/{kind}", b"", _with(right)) for kind in ("source", "metric", "preset"))


_SOURCE = {
    "ConnStr": "host=db.example.com password=pa55word",
    "Kind": "postgres",
    "PresetMetrics": "basic",
    "Group": "g",
}
_BODIES = (
    {**_SOURCE, "Metrics": None, "CustomTags": {"a": "<b>"}},
    {**_SOURCE, "Kind": "mysql"},
    {**_SOURCE, "Nothing": "x"},
    {**_SOURCE, "IsEnabled": "yes"},
    {**_SOURCE, "Metrics": {"a": -1}},
    {"ConnStr": "x"},
    {},
    None,
    [],
    "text",
    b"",
    b"{",
    b"{} {}",
    b'{"Name": "\xff"}',
    b"[" * 200 + b"]" * 200,
)


def _with(token: str, *headers: tuple[str, str], kind: str = "application/json") -> tuple[tuple[str, str], ...]:
    return (("token", token), *headers, ("content-type", kind))


def _of_tokens(has_items: bool) -> Iterator[Asked]:
    paths = [("GET", "/source"), ("POST", "/test-connect"), ("GET", "/metric"), ("GET", "/preset"), ("GET", "/log")]
    paths += [("POST", "/source"), ("DELETE", "/source/no" if has_items else "/source?name=no")]
    paths += [("PUT", "/source/no")] if has_items else []
    for method, path in paths:
        sign = "&" if "?" in path else "?"
        for token in tokens().values():
            yield Asked(method, path, b"{}", (("token", token),))
        yield Asked(method, path, b"{}")
    for place in ("Token", "token"):
        yield Asked("GET", f"/source{sign}{place}={tokens()['right']}")
    for headers in ((("cookie", f"token={tokens()['right']}"),), (("authorization", f"Bearer {tokens()['right']}"),)):
        yield Asked("GET", "/source", b"", headers)
    for headers in ((("token", ""),), (("token", "x"),), (("token", tokens()["right"]),)):
        yield Asked("GET", f"/preset?Token={tokens()['right']}", b"", headers)
        yield Asked("GET", "/preset?Token=x", b"", (*headers, ("cookie", f"token={tokens()['right']}")))


def _of_logins() -> Iterator[Asked]:
    logins: list[Any] = [LOGIN, {"user": "admin", "password": "no"}, {"user": "no", "password": "Secret"}, {}, None, []]
    logins += [{"user": "ADMIN", "password": "Secret"}, {"user": " admin ", "password": "Secret"}, {"user": 1}, b"{"]
    for login in logins:
        body = login if isinstance(login, bytes) else json.dumps(login).encode()
        yield Asked("POST", "/login", body, (("content-type", "application/json"),))
    yield Asked("POST", "/login", json.dumps(LOGIN).encode())
    yield Asked("POST", "/login", json.dumps(LOGIN).encode(), (("transfer-encoding", "chunked"),))


def _of_manners(token: str) -> Iterator[Asked]:
    origins = ("http://localhost:4000", "http://evil.example.com", "")
    paths = (
        "/source",
        "/login",
        "/preset",
        "/liveness",
        "/readiness",
        "/log",
        "/nothing",
        "/source/",
        "//source",
        "/SOURCE",
    )
    for path in paths:
        for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "POST"):
            yield Asked(method, path, b"", (("token", token), ("accept-encoding", "gzip")))
        yield Asked("OPTIONS", path)
        yield Asked("GET", path)
        for origin in origins:
            asked = (
                ("origin", origin),
                ("access-control-request-method", "PUT"),
                ("access-control-request-headers", "token"),
            )
            yield Asked("OPTIONS", path, b"", asked)
            yield Asked("GET", path, b"", (("origin", origin), ("token", token)))
    yield from map(_handshake, (token, *tokens().values()))
    for name, value in (
        ("origin", "http://x"),
        ("origin", "http://h"),
        ("sec-websocket-version", "8"),
        ("sec-websocket-key", "x"),
        ("sec-websocket-protocol", "log"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("upgrade", "h2c"),
    ):
        yield _handshake(token, **{name: value})


def _handshake(token: str, **changed: str) -> Asked:
    headers = {
        "token": token,
        "host": "h",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    return Asked("GET", "/log", b"", tuple((headers | changed).items()))


def _writes(has_items: bool, body: Any, token: str) -> Iterator[Asked]:
    """Yield the requests that store a body, or refuse it, and what shows of it."""
    for number, headers in enumerate((_with(token), (("token", token),), _with(token, kind="text/plain"))):
        named = {"Name": "n", **body} if isinstance(body, dict) else body
        sent = body if isinstance(body, bytes) else json.dumps(named).encode()
        for method, path in (("POST", "/source"), ("PUT", "/source/n"))[: 1 + has_items]:
            yield Asked(method, path, sent, headers)
            yield Asked("GET", "/source", b"", (("token", token),))
        if number == 0:
            yield Asked("DELETE", "/source/n" if has_items else "/source?name=n", b"", (("token", token),))


def _of_names(has_items: bool, token: str) -> Iterator[Asked]:
    names = ("plain", "with space", "a/b", "a%2Fb", "\U0001f418", "é", "X" * 300, "demo", "DEMO", "")
    for name in names:
        body = json.dumps({"Name": name, **_SOURCE}).encode()
        at = f"/source/{quote(name, safe='')}" if has_items else f"/source?name={quote(name)}"
        yield Asked("POST", "/source", body, _with(token))
        yield Asked("POST", "/source", body, _with(token))
        yield Asked("PUT", at, body, _with(token))
        yield Asked("GET", at, b"", _with(token))
        yield Asked("DELETE", at, b"", _with(token))
        yield Asked("DELETE", at.replace("?name", "?NAME"), b"", _with(token))
        yield Asked("DELETE", at + "&name=demo" if "?" in at else at, b"", _with(token))
        yield Asked("GET", "/source", b"", _with(token))


def answers(release: str, sources: Path, *deviations: str) -> list[Any]:
    """Return what a mock of a release, with sources of a file and with deviations, answers to the script, and logs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "load_release_contract", lambda _spec, known: _contract(known.name))
        return asyncio.run(_answers(release, sources, plan_of(deviations)))


async def _answers(release: str, sources: Path, plan: Plan) -> list[Any]:
    known = read_release(release)
    settings = Settings(
        user=LOGIN["user"], password=LOGIN["password"], jwt_secret=SECRET, log_rate=0, release=release, sources=sources
    )
    parts = plan.parts(backend.release_parts(known))
    mock = backend.create_release_backend(settings, known, Console(verbosity=-1), parts)
    entries: list[str] = []
    mock.log_stream.publish = lambda entry: entries.append(entry[_TIME:])  # type: ignore[method-assign]
    app = plan.wrap(create_release_app(mock), mock)
    return [
        *[
            await _answer(app, asked)
            for asked in script(any(path.endswith("/{name}") for path in mock.contract.specification["paths"]))
        ],
        entries,
    ]


async def _answer(app: Any, asked: Asked) -> Any:
    given: list[Any] = []
    pieces = [asked.body[: len(asked.body) // 2], asked.body[len(asked.body) // 2 :]]
    path, _, query = asked.target.partition("?")

    async def receive() -> Any:
        if given == ["dropped"]:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0) if pieces else b"", "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        given.append(message)

    scope = {
        "type": "http",
        "method": asked.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in asked.headers],
        "extensions": {ABORT: lambda: given.append("dropped"), TAKE_OVER: given.append},
    }
    await app(scope, receive, send)
    return _comparable(given)


def _comparable(given: list[Any]) -> Any:
    """Return an answer without what chance or the clock decides: the order of keys, and times in a token."""
    if not given or not isinstance(given[0], dict):
        return given
    body = b"".join(message.get("body", b"") for message in given[1:])
    headers = sorted((name.lower(), value) for name, value in given[0]["headers"])
    return given[0]["status"], headers, _content(body)


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        pass
    try:
        claims = jwt.decode(body, options={"verify_signature": False})
        lasts = round((claims.pop("exp", 0) - time.time()) / 60)
        return jwt.get_unverified_header(body), claims, lasts, _counts(body)
    except jwt.PyJWTError:
        return body


def _counts(token: bytes) -> bool:
    try:
        jwt.decode(token, SECRET, ["HS256", "HS512"], {"verify_exp": False})
    except jwt.PyJWTError:
        return False
    return True
