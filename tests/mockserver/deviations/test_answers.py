"""Deviations in statuses, the shape of answers, HTTP manners and CORS: each can be seen from outside."""

import json

import pytest

from tests.support.deviation_helpers import (
    LOGIN,
    TOKEN,
    Answer,
    Case,
    Cases,
    Mock,
    add,
    ask,
    check,
    delete,
    header,
    source,
    status,
    text,
    update,
)
from tests.support.helpers import cases

REFUSED = b"host=refused.example.com"
WRONG = {"user": "admin", "password": "wrong"}
ORIGIN = "access-control-allow-origin"
ASKS_PUT = ("Origin: http://localhost:4000", "Access-Control-Request-Method: PUT")
HEALTH_OK = {"status": "ok"}


def body_of(method: str, target: str, body: object = None) -> object:
    return lambda server: ask(server, method, target, body).body


def health(path: str) -> object:
    def see(server: Mock) -> tuple[int, object]:
        answer = ask(server, "GET", path)
        return answer.status, json.loads(answer.body or b"null")

    return see


def change(method: str) -> object:
    """Add a source, then update or delete it; return that status."""

    def see(server: Mock) -> int:
        add(server, f"changed by {method}")
        return {"PUT": update, "DELETE": delete}[method](server, f"changed by {method}")

    return see


STATUSES: Cases = {
    "login-is-201": Case(status("POST", "/login", LOGIN), 200, 201),
    "wrong-credentials-are-403": Case(status("POST", "/login", WRONG), 401, 403),
    "liveness-is-202": Case(health("/liveness"), (200, HEALTH_OK), (202, HEALTH_OK)),
    "liveness-is-503": Case(health("/liveness"), (200, HEALTH_OK), (503, {"status": "unavailable"})),
    "readiness-is-204": Case(health("/readiness"), (200, HEALTH_OK), (204, None)),
    "readiness-lies": Case(health("/readiness"), (503, {"status": "busy"}), (200, HEALTH_OK), {"not_ready": 1000}),
    "health-says-up": Case(health("/readiness"), (200, HEALTH_OK), (200, {"status": "UP"})),
    "source-list-is-206": Case(status("GET", "/source"), 200, 206),
    "add-is-201": Case(lambda server: add(server, "added"), 200, 201),
    "add-existing-is-400": Case(lambda server: add(server, "demo"), 409, 400),
    "update-is-204": Case(change("PUT"), 200, 204),
    "update-is-405": Case(change("PUT"), 200, 405),
    "update-unknown-is-200": Case(lambda server: update(server, "nobody"), 404, 200),
    "delete-is-202": Case(change("DELETE"), 200, 202),
    "delete-is-405": Case(change("DELETE"), 200, 405),
    "delete-unknown-is-200": Case(lambda server: delete(server, "nobody"), 404, 200),
    "delete-without-name-is-200": Case(status("DELETE", "/source"), 400, 200),
    "connect-success-is-204": Case(status("POST", "/test-connect", b"host=a"), 200, 204),
    "connect-failure-is-200": Case(status("POST", "/test-connect", REFUSED), 400, 200),
    "connect-failure-is-502": Case(status("POST", "/test-connect", REFUSED), 400, 502),
    "connect-unreadable-is-500": Case(status("POST", "/test-connect", b"nonsense"), 400, 500),
    "connect-empty-is-200": Case(status("POST", "/test-connect", b""), 400, 200),
    "connect-wants-text-plain": Case(status("POST", "/test-connect", b"host=a", "Content-Type: text/html"), 200, 415),
    "metric-list-is-206": Case(status("GET", "/metric"), 200, 206),
    "preset-list-is-203": Case(status("GET", "/preset"), 200, 203),
}


def shape(answer: Answer) -> tuple[str | None, int, bool]:
    """Return the type of an answer, in how many lines it is, and whether it is UTF-8."""
    content = answer.body.decode("utf-8", "replace")
    return answer.headers.get("content-type"), len(content.splitlines()), "\ufffd" not in content


def refusal(method: str, target: str, body: object = None, **options: object) -> object:
    return lambda server: shape(ask(server, method, target, body, **options))


TEXT = "text/plain; charset=utf-8"
LINE = (TEXT, 1, True)
SHAPES: Cases = {
    "errors-are-json": Case(refusal("GET", "/nowhere"), LINE, ("application/json", 1, True)),
    "unauthorized-is-json": Case(refusal("GET", "/source", token=None), LINE, ("application/json", 1, True)),
    "errors-are-html": Case(refusal("DELETE", "/source"), LINE, ("text/html; charset=utf-8", 1, True)),
    "errors-have-two-lines": Case(refusal("DELETE", "/source?name=nobody"), LINE, (TEXT, 2, True)),
    "errors-are-empty": Case(refusal("GET", "/source", token=None), LINE, (TEXT, 0, True)),
    "handshake-errors-have-two-lines": Case(refusal("GET", "/log"), LINE, (TEXT, 2, True)),
    "connect-errors-have-two-lines": Case(refusal("POST", "/test-connect", REFUSED), LINE, (TEXT, 2, True)),
    "unreadable-body-is-quoted-raw": Case(refusal("POST", "/source", b"{"), LINE, (TEXT, 1, False)),
    "empty-answers-are-null": Case(body_of("POST", "/test-connect", b"host=a"), b"", b"null"),
    "writes-answer-the-source": Case(
        lambda server: b"written" in ask(server, "POST", "/source", source("written")).body, False, True
    ),
    "empty-answers-have-a-type": Case(header("content-type", "POST", "/test-connect", b"host=a"), None, TEXT),
    "health-is-text": Case(header("content-type", "GET", "/liveness"), "application/json", TEXT),
    "lists-are-text": Case(header("content-type", "GET", "/metric"), "application/json", TEXT),
}


def head_with_body(server: Mock) -> bool:
    return ask(server, "HEAD", "/liveness").body != b""


def large_head(server: Mock) -> int:
    filler = [f"X-Filler-{number}: {'x' * 60_000}" for number in range(21)]
    return ask(server, "GET", "/liveness", None, *filler).status


PREFLIGHT = status("OPTIONS", "/source", None, *ASKS_PUT, token=None)
ALLOW = header("allow", "PATCH", "/preset")
HANDLERS: Cases = {
    "unknown-path-is-200": Case(status("GET", "/nowhere"), 404, 200),
    "unknown-path-is-500": Case(status("GET", "/nowhere"), 404, 500),
    "unknown-path-is-405-for-writes": Case(status("POST", "/nowhere", {}), 404, 405),
    "trailing-slash-is-500": Case(status("GET", "/source/"), 404, 500),
    "trailing-slash-is-ignored": Case(status("GET", "/source/"), 404, 200),
    "double-slash-redirects": Case(status("GET", "//source"), 404, 301),
    "paths-ignore-case": Case(status("GET", "/Source"), 404, 200),
    "wrong-method-is-404": Case(status("PATCH", "/source"), 405, 404),
    "login-takes-any-method": Case(status("GET", "/login"), 405, 200),
    "health-takes-any-method": Case(status("DELETE", "/liveness"), 405, 200),
    "wrong-method-has-no-allow": Case(ALLOW, "GET, OPTIONS", None),
    "allow-lists-patch": Case(ALLOW, "GET, OPTIONS", "GET, POST, PATCH, DELETE, OPTIONS"),
    "allow-leaves-out-options": Case(header("allow", "GET", "/login"), "POST, OPTIONS", "POST"),
    "allow-lists-only-get": Case(header("allow", "PATCH", "/source"), "GET, POST, PUT, DELETE, OPTIONS", "GET"),
    "head-is-get-everywhere": Case(status("HEAD", "/source"), 405, 200),
    "health-refuses-head": Case(status("HEAD", "/liveness"), 200, 405),
    "head-has-a-body": Case(head_with_body, False, True),
    "options-is-204": Case(status("OPTIONS", "/source"), 200, 204),
    "options-of-an-unknown-path-is-404": Case(status("OPTIONS", "/nowhere"), 200, 404),
    "options-has-a-body": Case(text("OPTIONS", "/source"), "", "GET, POST, PUT, DELETE, OPTIONS"),
    "options-needs-a-token": Case(status("OPTIONS", "/source", token=None), 200, 401),
    "large-head-is-accepted": Case(large_head, 431, 200),
    "large-head-is-400": Case(large_head, 431, 400),
    "large-head-drops-the-connection": Case(large_head, 431, 0),
}


def allowed(*lines: str, method: str = "GET", target: str = "/liveness") -> object:
    return header(ORIGIN, method, target, None, *lines, token=None)


def preflight(what: str, wanted: str) -> object:
    """Return a probe that says whether the answer to a preflight lists a method or a header."""
    see = header(f"access-control-allow-{what}", "OPTIONS", "/source", None, *ASKS_PUT)
    return lambda server: wanted in str(see(server))


HOME, FOREIGN = "http://localhost:4000", "http://foreign.example"
CORS: Cases = {
    "cors-missing": Case(allowed(), HOME, None),
    "errors-lack-cors-headers": Case(allowed(target="/source"), HOME, None),
    "cors-reflects-any-origin": Case(allowed(f"Origin: {FOREIGN}"), HOME, FOREIGN),
    "cors-allows-all-origins": Case(allowed(), HOME, "*"),
    "cors-allows-no-credentials": Case(header("access-control-allow-credentials", "GET", "/liveness"), "true", None),
    "preflight-is-405": Case(PREFLIGHT, 200, 405),
    "preflight-needs-a-token": Case(PREFLIGHT, 200, 401),
    "preflight-lacks-cors-headers": Case(allowed(*ASKS_PUT, method="OPTIONS"), HOME, None),
    "preflight-lacks-put": Case(preflight("methods", "PUT"), True, False),
    "preflight-lacks-the-token-header": Case(preflight("headers", "Token"), True, False),
}

URI = b"postgresql://u:Pa55word@refused.example.com/d"


def told(secret: str, method: str, target: str, body: object = None, token: str = TOKEN) -> object:
    """Return a probe that says whether a secret is in the text of an answer, and whether in its headers."""

    def see(server: Mock) -> tuple[bool, bool]:
        answer = ask(server, method, target, body, token=token)
        return secret in answer.text, secret in str(answer.headers)

    return see


SECRETS: Cases = {
    "connect-error-tells-the-password": Case(
        told("Pa55word", "POST", "/test-connect", URI), (False, False), (True, False)
    ),
    "login-error-tells-the-password": Case(
        told("Pa55word", "POST", "/login", {"user": "admin", "password": "Pa55word"}), (False, False), (True, False)
    ),
    "unauthorized-tells-the-token": Case(told("a.b.c", "GET", "/source", token="a.b.c"), (False, False), (True, False)),
    "bad-body-is-quoted": Case(told("Pa55word", "POST", "/login", b'{"Pa55word'), (False, False), (True, False)),
    "existing-source-is-quoted": Case(
        told("Pa55word", "POST", "/source", source("demo", ConnStr=URI.decode())), (False, False), (True, False)
    ),
    "token-is-in-a-header": Case(told(TOKEN, "GET", "/preset"), (False, False), (False, True)),
    "connstr-is-in-a-header": Case(told("Pa55word", "POST", "/test-connect", URI), (False, False), (False, True)),
}
CASES = {**STATUSES, **SHAPES, **HANDLERS, **CORS, **SECRETS}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation answers as the deviation says, and one without does not."""
    check(name, case)
