"""Deviations in which bodies are accepted: each can be seen from outside."""

import json
from typing import Any

import pytest

from tests.support.deviation_helpers import LOGIN, Case, Cases, check, source, status
from tests.support.helpers import MOST_BODY_BYTES, cases

TEXT_JSON = ("Content-Type: text/json",)
DEEP = b'{"Name":' + b"[" * 300 + b"]" * 300 + b"}"
LARGE = b" " * (MOST_BODY_BYTES + 1)
NONE_TYPED = ("X-No-Type: none",)


def post(body: Any, *lines: str) -> Any:
    return status("POST", "/source", body, *lines)


def login(body: Any, *lines: str) -> Any:
    return status("POST", "/login", body, *lines)


CASES: Cases = {
    "malformed-login-is-500": Case(login(b"{"), 400, 500),
    "malformed-add-is-500": Case(post(b""), 400, 500),
    "malformed-update-is-422": Case(status("PUT", "/source", b"{"), 400, 422),
    "not-utf8-is-500": Case(post(b'{"Name": "\xff"}'), 400, 500),
    "deep-nesting-is-500": Case(post(DEEP), 400, 500),
    "deep-nesting-drops-the-connection": Case(post(DEEP), 400, 0),
    "not-an-object-is-500": Case(post([1]), 400, 500),
    "mistyped-field-is-500": Case(post(source("a", IsEnabled="yes")), 400, 500),
    "missing-field-is-422": Case(post({"Name": "a"}), 400, 422),
    "unknown-kind-is-500": Case(post(source("a", Kind="mysql")), 400, 500),
    "large-body-is-500": Case(post(LARGE), 413, 500),
    "large-body-drops-the-connection": Case(post(LARGE), 413, 0),
    "nul-in-a-name-is-500": Case(post(source("nul \0")), 200, 500),
    "emoji-in-a-name-drops-the-connection": Case(post(source("emoji \N{GRINNING FACE}")), 200, 0),
    "long-name-is-400": Case(post(source("long" * 20)), 200, 400),
    "slash-in-a-name-is-400": Case(post(source("with/slash")), 200, 400),
    "unknown-field-is-400": Case(post(source("unknown field", Colour="red")), 200, 400),
    "null-is-400": Case(post(source("null", Metrics=None)), 200, 400),
    "fraction-is-500": Case(post(source("fraction", Metrics={"wal": 1.5})), 200, 500),
    "huge-interval-is-500": Case(post(source("huge", Metrics={"wal": 2**64})), 200, 500),
    "escaped-key-is-not-read": Case(post(b'{"N\\u0061me": "escaped", "ConnStr": "host=a"}'), 200, 400),
    "content-type-is-needed": Case(status("POST", "/login", LOGIN, *NONE_TYPED), 200, 415),
    "charset-is-415": Case(login(LOGIN, "Content-Type: application/json; charset=utf-8"), 200, 415),
    "content-type-is-not-read": Case(login(LOGIN, *TEXT_JSON), 415, 200),
    "malformed-body-is-accepted": Case(post(b"{"), 400, 200),
    "trailing-data-is-accepted": Case(login(json.dumps(LOGIN).encode() + b" more"), 400, 200),
    "nan-is-accepted": Case(post(b'{"Name": "nan", "ConnStr": "", "Metrics": {"wal": NaN}}'), 400, 200),
    "mistyped-field-is-converted": Case(post(source("converted", IsEnabled="true")), 400, 200),
    "keys-ignore-case": Case(post({"NAME": "keys", "connstr": "host=a"}), 400, 200),
    "login-takes-an-empty-object": Case(login({}), 400, 200, {"user": None, "password": None}),
    "connstr-may-be-missing": Case(post({"Name": "without"}), 400, 200),
    "nameless-source-is-stored": Case(post(source("")), 400, 200),
    "unknown-kind-is-stored": Case(post(source("kind", Kind="mysql")), 400, 200),
    "negative-interval-is-stored": Case(post(source("negative", Metrics={"wal": -5})), 400, 200),
    "zero-interval-is-stored": Case(post(source("zero", Metrics={"wal": 0})), 400, 200),
}


@pytest.mark.parametrize(("name", "case"), cases({name: (name, case) for name, case in CASES.items()}))
def test_it_shows(name: str, case: Case) -> None:
    """A server with the deviation does what the deviation says, and one without does not."""
    check(name, case)
