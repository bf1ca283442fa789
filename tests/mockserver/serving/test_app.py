"""What holds for every path: unknown paths, wrong methods, HEAD, OPTIONS, CORS, and what an error looks like."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import JSON, Server
from tests.support.helpers import (
    DEFAULT_ORIGIN,
    MANNERS,
    METHODS,
    MOST_BODY_BYTES,
    OPERATIONS,
    PATHS,
    Wire,
    allowed_methods,
    cases,
    check_answer,
    check_error_line,
    checked_client,
    head,
    source,
)

UNKNOWN_TARGETS = {
    "other word": "/nosuch",
    "trailing slash": "/source/",
    "health with slash": "/liveness/",
    "login with slash": "/login/",
    "capital": "/Source",
    "all capitals": "/LIVENESS",
    "two slashes": "//source",
    "dot": "/./source",
    "dots": "/x/../source",
    "part of a path": "/sourc",
    "longer path": "/source/demo",
    "encoded slash": "/source%2F",
    "encoded slashes": "/%2Fsource",
    "encoded NUL": "/source%00",
    "encoded space": "/source%20",
    "encoded question mark": "/source%3Fname=a",
    "twice encoded": "/%2573ource",
    "not UTF-8": "/source%ff",
    "semicolon": "/source;a=b",
    "schema": "/openapi.yml",
    "file": "/etc/passwd",
}
ERRORS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "bad body": ("POST", "/source", {"content": "{", "headers": JSON}, 400),
    "bad value": ("PUT", "/source", {"json": {"Name": "line\r\nend\u2028"}}, 400),
    "missing parameter": ("DELETE", "/source", {}, 400),
    "failed connection": ("POST", "/test-connect", {"content": "host=refused dbname='a\nb\tc'"}, 400),
    "no handshake": ("GET", "/log", {}, 400),
    "no token": ("GET", "/source", {"headers": {"Token": ""}}, 401),
    "bad token": ("GET", "/source", {"headers": {"Token": "x"}}, 401),
    "unknown path": ("GET", "/nosuch", {}, 404),
    "unknown source": ("DELETE", "/source", {"params": {"name": "nosuch"}}, 404),
    "wrong method": ("PATCH", "/source", {}, 405),
    "wrong method of a page": ("POST", "/docs", {}, 405),
    "taken name": ("POST", "/source", {"json": source("demo")}, 409),
    "too large": ("POST", "/login", {"content": "x" * (MOST_BODY_BYTES + 1)}, 413),
    "not JSON": ("POST", "/login", {"content": "x", "headers": {"Content-Type": "text/xml"}}, 415),
}


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in and checks every answer against the contract."""
    with checked_client(server, server.login()) as client:
        yield client


def cors_of(answer: httpx.Response) -> dict[str, str]:
    """Return the CORS headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("target", cases(UNKNOWN_TARGETS))
def test_unknown_path_is_404(server: Server, target: str) -> None:
    """A path that the contract does not list is 404 for every method, with and without a token."""
    with Wire(server) as wire:
        for method in METHODS:
            for lines in ([], [f"Token: {server.url}"]):
                answer = wire.send(head(method, target, *lines)).answer(method)
                check_error_line(answer, bodiless=method == "HEAD")
                assert answer.status == MANNERS["unknownPath"]["status"]


@pytest.mark.parametrize("target", ["/sour%63e", "http://test/source", "http://other.example/source?a=b"])
def test_other_writings_of_a_known_path(server: Server, target: str) -> None:
    """A letter that is percent-encoded, and the absolute form of a target, mean the same path."""
    with Wire(server) as wire:
        answer = wire.send(head("GET", target, f"Token: {server.login()}")).answer()
    assert answer.status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_wrong_method_is_405_with_allow(api: httpx.Client, method: str, path: str) -> None:
    """A known path answers a method that it does not have with 405, and lists those it has, each once."""
    if method not in allowed_methods(path):
        answer = api.request(method, path)
        assert answer.status_code == MANNERS["wrongMethod"]["status"]
        assert sorted(answer.headers[MANNERS["wrongMethod"]["header"]].split(", ")) == allowed_methods(path)
        assert method == "HEAD" or re.match("method not allowed.*this path has ", answer.text)


def test_wrong_method_changes_nothing(api: httpx.Client) -> None:
    """A refused method has no effect, whatever comes with it."""
    before = api.get("/source").content
    for method in ("PATCH", "HEAD", "TRACE"):
        assert api.request(method, "/source", params={"name": "demo"}, json=source("demo")).status_code == 405
    assert api.get("/source").content == before


@pytest.mark.parametrize("path", MANNERS["head"]["paths"])
def test_head_of_health_is_get_without_the_body(server: Server, path: str) -> None:
    """HEAD has the status and the headers of GET, and nothing follows them."""
    with Wire(server) as wire:
        got = wire.send(head("GET", path)).answer()
        asked = wire.send(head("HEAD", path)).answer("HEAD")
        assert wire.send(head("GET", path)).answer() == got, "the connection is still in step"
    check_answer("HEAD", path, asked)
    assert (asked.status, asked.body) == (MANNERS["head"]["status"], b"")
    assert {**asked.headers, "date": ""} == {**got.headers, "date": ""}


@pytest.mark.parametrize("target", [*PATHS, "/", "/docs", "/nosuch", "/source/", "//source", "*"])
@pytest.mark.parametrize(
    "lines", [[], ["Token: x"], ["Origin: http://foreign.example"]], ids=["plain", "token", "origin"]
)
def test_options_is_200_everywhere(server: Server, target: str, lines: list[str]) -> None:
    """OPTIONS is 200 with an empty body on every path, known or not, and no token is looked at."""
    with Wire(server) as wire:
        answer = wire.send(head("OPTIONS", target, *lines)).answer()
    assert (answer.status, answer.body) == (MANNERS["options"]["status"], b"")
    assert answer.headers["access-control-allow-origin"] == DEFAULT_ORIGIN


@pytest.mark.parametrize("operation", OPERATIONS)
def test_preflight(api: httpx.Client, operation: str) -> None:
    """A browser may call every operation from the user interface's origin, with the Token header and with cookies."""
    asked = {
        "Origin": DEFAULT_ORIGIN,
        "Access-Control-Request-Method": OPERATIONS[operation].method,
        "Access-Control-Request-Headers": "content-type,token",
        "Token": "",
    }
    answer = api.options(OPERATIONS[operation].path, headers=asked)
    assert answer.status_code == 200
    cors = MANNERS["cors"]
    assert cors_of(answer) == {
        "access-control-allow-origin": cors["allowOrigin"],
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": ", ".join(cors["allowMethods"]),
        "access-control-allow-headers": ", ".join(cors["allowHeaders"]),
        "access-control-max-age": str(cors["maxAge"]),
    }
    assert OPERATIONS[operation].method in cors["allowMethods"]
    assert {"Token", "Content-Type"} <= set(cors["allowHeaders"])


@pytest.mark.parametrize(
    "origin", [None, DEFAULT_ORIGIN, "http://foreign.example", "null", "http://localhost:4000.evil"]
)
def test_origin_by_default(api: httpx.Client, origin: str | None) -> None:
    """Without an option only the contract's origin is ever named: a foreign one is not echoed."""
    answer = api.get("/metric", headers={"Origin": origin} if origin else {})
    assert cors_of(answer) == {
        "access-control-allow-origin": DEFAULT_ORIGIN,
        "access-control-allow-credentials": "true",
    }


def test_several_origins(start: Callable[..., Server]) -> None:
    """Of several allowed origins the one that asks is named; any other is shown the first, and caches are told."""
    allowed = ["https://one.example", "http://two.example:8080"]
    server = start(*(part for origin in allowed for part in ("--cors-origin", origin)))
    with checked_client(server) as client:
        for origin in (*allowed, "http://foreign.example", "https://ONE.example", DEFAULT_ORIGIN, None):
            for answer in (
                client.get("/liveness", headers=(asked := {"Origin": origin} if origin else {})),
                client.get("/source", headers=asked),
                client.options("/source", headers=asked),
            ):
                assert answer.headers["access-control-allow-origin"] == (origin if origin in allowed else allowed[0])
                assert answer.headers["access-control-allow-credentials"] == "true"
                assert answer.headers["vary"] == "Origin"


def test_any_origin(start: Callable[..., Server]) -> None:
    """With * whoever asks is named, with credentials; without an Origin it is the star, which allows none."""
    with checked_client(start("--cors-origin", "*")) as client:
        for origin in ("https://one.example", "null"):
            assert cors_of(client.get("/liveness", headers={"Origin": origin})) == {
                "access-control-allow-origin": origin,
                "access-control-allow-credentials": "true",
            }
        answer = client.get("/liveness")
        assert cors_of(answer) == {"access-control-allow-origin": "*"}
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(("method", "path", "request_of", "status"), cases(ERRORS))
def test_every_error_is_one_line_of_text(
    api: httpx.Client, method: str, path: str, request_of: dict[str, Any], status: int
) -> None:
    """Each kind of refusal is one line of plain text that browsers do not take for anything else, with CORS headers."""
    answer = api.request(method, path, **request_of)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.text.endswith("\n")
    assert len(answer.text.splitlines()) == 1
    assert cors_of(answer) == {
        "access-control-allow-origin": DEFAULT_ORIGIN,
        "access-control-allow-credentials": "true",
    }
