"""The guard of the suite: what it lets out at each permission."""

import itertools
from pathlib import Path

import pytest

from contract_tests.target.guard import Guard, Permission
from tests.support.report_verdicts import settings

PREFIX = "contract-1f2e-"
REST = '"ConnStr": "host=unknown.invalid", "IsEnabled": false'
"""What of a source keeps it from being monitored, whatever else it has."""
OWN = f'{{"Name": "{PREFIX}a", {REST}}}'.encode()
URL = "http://127.0.0.1:8080"


def refusal(permission: Permission, method: str, path: str, body: bytes = b"") -> str | None:
    return Guard(permission, PREFIX, "").refusal(method, URL + path, body)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/source"),
        ("HEAD", "/source"),
        ("OPTIONS", "/source"),
        ("GET", "/log?Token=x"),
        ("POST", "/login"),
        ("GET", "/nowhere"),
    ],
)
@pytest.mark.parametrize("permission", list(Permission))
def test_reading_and_signing_in_are_always_let_out(permission: Permission, method: str, path: str) -> None:
    """What every server stands is let out at every permission."""
    assert refusal(permission, method, path) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO", "get", "Post", ""])
@pytest.mark.parametrize("path", ["/source", "/test-connect", "/metric", "/login/", "/login?x", "/nowhere", "/log"])
def test_nothing_else_is_let_out_read_only(method: str, path: str) -> None:
    """Without permission no other method is let out on any path, and the line names the option."""
    if (method, path) == ("POST", "/login?x"):
        return  # the path is /login, the query does not matter
    reason = refusal(Permission.READ, method, path, OWN)
    assert reason is not None
    assert "--allow-writes" in reason


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/source", OWN),
        ("PUT", "/source", OWN),
        ("DELETE", f"/source?name={PREFIX}a", b""),
        ("DELETE", f"/source?name={PREFIX}a%20b", b""),
        ("DELETE", f"/source?name={PREFIX}a&name={PREFIX}b", b""),
        ("DELETE", f"/source/{PREFIX}a%2Fb", b""),
        ("DELETE", f"/source/{PREFIX}a%2F..%2F..", b""),
        ("PUT", f"/source/{PREFIX}a", OWN),
        ("PUT", f"/source/{PREFIX}b", OWN),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", {REST}, '.encode()),
        (
            "POST",
            "/source",
            f'{{"Name": "{PREFIX}\\u00e9", {REST}, "Group": "\\"N\\u0061me\\":", "\\u00e9": 1}}'.encode(),
        ),
        ("POST", "/source", f'"{PREFIX}a"'.encode()),
        ("POST", "/test-connect", f"host=unknown.invalid user={PREFIX}".encode()),
        ("PATCH", "/metric", b""),
    ],
)
def test_own_sources_may_be_written(method: str, path: str, body: bytes) -> None:
    """With --allow-writes requests on names of the run's own are let out."""
    assert refusal(Permission.OWN, method, path, body) is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/source", b'{"Name": "prod", "ConnStr": ""}'),
        ("PUT", "/source", b'{"Name": "prod"}'),
        ("POST", "/source", b""),
        ("POST", "/source", b"null"),
        ("POST", "/source", b"{}"),
        ("POST", "/source", b"[]"),
        ("POST", "/source", b'{"Name": null}'),
        ("POST", "/source", b'{"Name": ""}'),
        ("POST", "/source", b"\xff"),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", "name": "prod"}}'.encode()),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", "Name": "prod"}}'.encode()),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", "NAME": "prod"}}'.encode()),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", "N\\u0061me": "prod"}}'.encode()),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", "name": "prod", '.encode()),
        ("POST", "/source", f'{{"Name": "{PREFIX}a", "N\\u0061me": "prod", '.encode()),
        ("POST", "/source", f'{{"N\\u0061me": "{PREFIX}a"}}'.encode()),
        ("POST", "/source", b'"prod"'),
        ("POST", "/source", f'[{{"Name": "{PREFIX}a"}}]'.encode()),
        ("POST", "/source", f'{{"Name": "x{PREFIX}a"}}'.encode()),
        ("POST", "/source", f'{{"Name": "{PREFIX}\\u0000"}}'.encode()),
        ("POST", "/source", b"[" * 100_000),
        ("DELETE", "/source", b""),
        ("DELETE", "/source?name=", b""),
        ("DELETE", "/source?name=prod", b""),
        ("DELETE", f"/source?Name={PREFIX}a", b""),
        ("DELETE", f"/source?name=prod&name={PREFIX}a", b""),
        ("DELETE", f"/source?name={PREFIX}a&name=prod", b""),
        ("DELETE", f"/source?name={PREFIX}%zz", b""),
        ("DELETE", f"/source?name={PREFIX}a;b", b""),
        ("DELETE", f"/source?name={PREFIX}a&Name=prod", b""),
        ("DELETE", "/source/prod", b""),
        ("DELETE", "/source/", b""),
        ("PUT", "/source/prod", OWN),
        ("PUT", f"/source/{PREFIX}a", b'{"Name": "prod"}'),
        ("PUT", f"/source/{PREFIX}a", b"{}"),
        ("PUT", f"/source/{PREFIX}a", b""),
        ("PUT", "/source/", OWN),
        ("PUT", f"/nowhere/{PREFIX}a", OWN),
        ("PUT", f"/source/{PREFIX}a/../prod", OWN),
        ("POST", f"/source/{PREFIX}a", OWN),
        ("DELETE", f"/source/{PREFIX}a%2F..%2Fprod", b""),
        ("PUT", f"/source/{PREFIX}a%2F..%2Fprod", OWN),
        ("DELETE", f"/source/{PREFIX}a%2F..%2F..%2Fmetric%2Fprod", b""),
        ("POST", "/source", f'{{"Name": "{PREFIX}a/../prod"}}'.encode()),
        ("DELETE", f"/source/{PREFIX}%ff", b""),
        ("DELETE", f"/source/{PREFIX}a/../prod", b""),
        ("POST", "/test-connect", b"host=db.example.com"),
        ("POST", "/test-connect", b""),
        ("POST", "/metric", OWN),
        ("PUT", "/metric", b""),
        ("DELETE", "/preset", b""),
        ("PATCH", "/metric", b"{}"),
        ("DELETE", "/metric?name=prod", b""),
        ("POST", "/sourceX", OWN),
        ("post", "/source", OWN),
        ("DELETE", "/metric", b""),
        ("DELETE", "/metric/prod", b""),
        ("PUT", "/preset/prod", b"{}"),
        ("PUT", f"/metric/{PREFIX}a%2F..%2Fprod", b"{}"),
        ("POST", f"/metric/{PREFIX}a", b"{}"),
    ],
)
def test_what_is_not_the_runs_own_is_never_written(method: str, path: str, body: bytes) -> None:
    """With --allow-writes nothing is let out that could touch a source the run did not create, however it is read."""
    reason = refusal(Permission.OWN, method, path, body)
    assert reason is not None
    assert "--throwaway" in reason


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"/metric/{PREFIX}a", b"{}"),
        ("PUT", f"/preset/{PREFIX}a%2Fb", b"{"),
        ("DELETE", f"/metric/{PREFIX}a", b""),
        ("DELETE", f"/preset?name={PREFIX}a", b""),
    ],
)
@pytest.mark.parametrize("names_in_query", [False, True])
def test_own_metrics_and_presets_may_be_written(method: str, path: str, body: bytes, names_in_query: bool) -> None:
    """With --allow-writes metrics and presets of the run's own may be set and deleted, whatever their bodies are."""
    assert Guard(Permission.OWN, PREFIX, "", names_in_query).refusal(method, URL + path, body) is None


SEVERAL = f'{{"{PREFIX}a": {{"SQLs": {{"14": "select 1"}}}}, "{PREFIX}b": null}}'.encode()
ONE = b'{"SQLs": {"14": "select 1"}}'
BY_QUERY = f"/metric?name={PREFIX}a"


@pytest.mark.parametrize(
    ("path", "body", "by_body", "by_query"),
    [
        ("/metric", SEVERAL, True, False),
        ("/preset", b"{}", True, False),
        ("/metric", b"", True, False),
        ("/metric", b"[[[", True, False),
        ("/metric", b'"prod"', True, False),
        ("/metric?Token=x", SEVERAL, True, False),
        (BY_QUERY, ONE, False, True),
        (BY_QUERY, b"{", False, True),
        (BY_QUERY, SEVERAL, False, True),
        ("/metric", ONE, False, False),
        ("/metric?name=", ONE, False, False),
        ("/metric?name=prod", SEVERAL, False, False),
        ("/metric?NAME=prod", SEVERAL, False, False),
        (f"{BY_QUERY}&name=prod", ONE, False, False),
        ("/metric", SEVERAL[:-1] + b', "prod": 1}', False, False),
        ("/metric", SEVERAL[:-1], False, False),
        ("/metric", b"[" + ONE + b"]", False, False),
        ("/metric", SEVERAL.replace(f"{PREFIX}b".encode(), b"prod"), False, False),
        ("/metric", f'{{"{PREFIX}a": {{}}, "{PREFIX}a": {{}}, "": {{}}}}'.encode(), False, False),
    ],
)
def test_where_the_names_of_metrics_are_read(path: str, body: bytes, by_body: bool, by_query: bool) -> None:
    """POST of metrics is let out if all names are the run's own at the place where the release reads them."""
    for names_in_query, is_let_out in ((False, by_body), (True, by_query)):
        reason = Guard(Permission.OWN, PREFIX, "", names_in_query).refusal("POST", URL + path, body)
        assert (reason is None) is is_let_out


def test_a_throwaway_server_gets_everything() -> None:
    """A server whose data may be lost gets whatever there is to send."""
    assert refusal(Permission.THROWAWAY, "DELETE", "/source?name=prod") is None
    assert refusal(Permission.THROWAWAY, "FOO", "/", b"\xff") is None


def test_a_base_path_is_not_part_of_the_path() -> None:
    """Below a base path the same paths are known."""
    guard = Guard(Permission.OWN, PREFIX, "/pgwatch")
    assert guard.refusal("POST", f"{URL}/pgwatch/source", OWN) is None
    assert guard.refusal("POST", f"{URL}/pgwatch/metric", OWN) is not None
    assert Guard(Permission.READ, PREFIX, "/pgwatch").refusal("POST", f"{URL}/pgwatch/login", b"") is None


def test_only_two_options_give_permission() -> None:
    """Whatever else is said, a URL is read-only unless --allow-writes or --throwaway is said."""
    switches = ["quick", "thorough", "insecure", "allow_writes", "throwaway"]
    others = {
        "user": "u",
        "password": "p",
        "jwt_secret": "s",
        "database": "d",
        "layer": ["log"],
        "seed": 5,
        "rate": 3.0,
        "ca_bundle": Path("x"),
        "cors_origin": "http://a",
        "report": Path("y"),
    }
    seen = 0
    for chosen in itertools.product([False, True], repeat=len(switches)):
        given = dict(zip(switches, chosen, strict=True))
        if given["quick"] and given["thorough"]:
            continue
        for extra in ({}, others):
            told = settings(URL, **given, **extra)
            writes = given["allow_writes"] or given["throwaway"]
            assert (told.permission is Permission.READ) is not writes
            seen += 1
    assert seen == 48
