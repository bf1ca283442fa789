"""Login, health, metrics and presets: each documented status, with its body and what it changes."""

import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import jwt
import pytest
import yaml

from tests.conftest import JSON, ROOT, Server, start_server
from tests.support.helpers import MOST_BODY_BYTES, OPERATIONS, TEXT, cases, checked_client, read_json

EIGHT_HOURS = 8 * 3600
METRICS_FILE = yaml.safe_load((ROOT / "fixtures/metrics.yaml").read_bytes())


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[httpx.Client]:
    """A client without a token, which checks every answer against the contract."""
    with checked_client(server) as client:
        yield client


@pytest.fixture(scope="module")
def guarded() -> Iterator[httpx.Client]:
    """A client of a server that has credentials."""
    server = start_server("--quiet", "--user", "Admin", "--password", "Sesame öffne dich")
    with checked_client(server) as client:
        yield client
    server.stop()


@pytest.mark.parametrize(
    ("user", "password"),
    cases(
        {
            "none": ("", ""),
            "some": ("someone", "something"),
            "unicode": ("日本\0", "\U0001f418"),
            "long": ("u" * 9, "p" * 9999),
        }
    ),
)
def test_login_without_configured_credentials_accepts_anyone(visitor: httpx.Client, user: str, password: str) -> None:
    """The body is a token, and the cookie holds the same token with exactly the documented attributes."""
    answer = visitor.post("/login", json={"user": user, "password": password})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == TEXT
    assert answer.headers.get_list("set-cookie") == [f"token={answer.text}; Path=/; HttpOnly; SameSite=Lax"]
    assert visitor.get("/source", headers={"Token": answer.text}).status_code == 200


def test_token_is_a_jwt_of_hs256_that_expires_after_eight_hours(visitor: httpx.Client) -> None:
    """The token has the documented algorithm and life time, and says who signed in."""
    token = visitor.post("/login", json={"user": "someone", "password": ""}).text
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["username"] == "someone"
    assert claims["exp"] == pytest.approx(time.time() + EIGHT_HOURS, abs=3)


@pytest.mark.parametrize("example", OPERATIONS["login"].body_examples.values(), ids=OPERATIONS["login"].body_examples)
def test_login_accepts_the_documented_examples(visitor: httpx.Client, example: object) -> None:
    """What the contract shows as a body can be sent as it is."""
    assert visitor.post("/login", json=example).status_code == 200


def test_login_ignores_unknown_fields_and_a_token_that_does_not_count(visitor: httpx.Client) -> None:
    """Signing in needs no token, so a bad one does not matter; further fields do not either."""
    body = {"user": "", "password": "", "remember": True}
    assert visitor.post("/login", json=body, headers={"Token": "x", "Cookie": "token=y"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    cases(
        {
            "empty": ("", "body is not JSON"),
            "malformed": ('{"user": "a", ', "body is not JSON"),
            "form data": ("user=a&password=b", "body is not JSON"),
            "two values": ('{"user": "", "password": ""} {}', "body is not JSON"),
            "null": ("null", "body: must be an object, not null"),
            "array": ("[]", "body: must be an object, not an array"),
            "string": ('"admin"', "body: must be an object, not a string"),
            "no user": ('{"password": "planted"}', "user is missing"),
            "no password": ('{"user": "planted"}', "password is missing"),
            "keys in capitals": ('{"User": "planted", "Password": "planted"}', "user is missing"),
            "user is null": ('{"user": null, "password": "planted"}', "user must be a string, not null"),
            "password is a number": ('{"user": "", "password": 4711}', "password must be a string, not a number"),
        }
    ),
)
def test_login_refuses_a_bad_body(visitor: httpx.Client, guarded: httpx.Client, body: str, reason: str) -> None:
    """A body that is no pair of strings is 400 whether or not there are credentials; no cookie is set."""
    for client in (visitor, guarded):
        answer = client.post("/login", content=body, headers=JSON)
        assert answer.status_code == 400
        assert reason in answer.text
        assert "planted" not in answer.text
        assert "4711" not in answer.text
        assert "set-cookie" not in answer.headers


def test_login_with_the_configured_credentials(guarded: httpx.Client) -> None:
    """The configured user and password are let in."""
    answer = guarded.post("/login", json={"user": "Admin", "password": "Sesame öffne dich"})
    assert answer.status_code == 200
    assert guarded.get("/source", headers={"Token": answer.text}).status_code == 200


@pytest.mark.parametrize(
    ("user", "password"),
    cases(
        {
            "none": ("", ""),
            "wrong user": ("root", "Sesame öffne dich"),
            "wrong password": ("Admin", "Sesame"),
            "no password": ("Admin", ""),
            "case of the user": ("admin", "Sesame öffne dich"),
            "case of the password": ("Admin", "sesame öffne dich"),
            "swapped": ("Sesame öffne dich", "Admin"),
            "space after the user": ("Admin ", "Sesame öffne dich"),
            "other unicode form": ("Admin", "Sesame o\u0308ffne dich"),
            "NUL": ("Admin\0Sesame öffne dich", ""),
        }
    ),
)
def test_login_refuses_wrong_credentials(guarded: httpx.Client, user: str, password: str) -> None:
    """Anything but the exact pair is 401, with the same line for all and without a cookie."""
    answer = guarded.post("/login", json={"user": user, "password": password})
    assert answer.status_code == 401
    assert answer.text == "can not authenticate this user\n"
    assert "set-cookie" not in answer.headers


def test_login_body_may_be_as_large_as_the_limit_and_not_larger(visitor: httpx.Client) -> None:
    """One byte over the limit is 413, the limit itself is not."""
    body = json.dumps({"user": "", "password": ""})
    assert visitor.post("/login", content=body.ljust(MOST_BODY_BYTES)).status_code == 200
    answer = visitor.post("/login", content=body.ljust(MOST_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert answer.text == f"body is larger than {MOST_BODY_BYTES} bytes\n"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json5", "json", "text/json; a=application/json"],
)
def test_login_takes_only_json(visitor: httpx.Client, content_type: str) -> None:
    """Another Content-Type is 415, even if the body is JSON."""
    answer = visitor.post("/login", content='{"user": "", "password": ""}', headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert answer.text == "Content-Type must be application/json\n"


@pytest.mark.parametrize("path", ["/liveness", "/readiness"])
def test_health_is_ok_without_a_token(visitor: httpx.Client, path: str) -> None:
    """Both probes say ok to anyone, and HEAD says the same without the body."""
    answer = visitor.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    headers = visitor.head(path).headers
    assert headers["content-length"] == answer.headers["content-length"]


def test_not_ready_forever(start: Callable[..., Server]) -> None:
    """With --not-ready forever only the readiness probe fails; everything else works."""
    with checked_client(start("--not-ready", "forever")) as client:
        assert client.head("/readiness").status_code == 503
        answer = client.get("/readiness")
        assert (answer.status_code, answer.json()) == (503, {"status": "busy"})
        assert client.get("/liveness").status_code == 200
        assert client.post("/login", json={"user": "", "password": ""}).status_code == 200


def test_not_ready_for_some_seconds(start: Callable[..., Server]) -> None:
    """The readiness probe turns to 200 once the given seconds have passed, and stays there."""
    began = time.monotonic()
    with checked_client(start("--not-ready", "1.5")) as client:
        while client.get("/readiness").status_code == 503:
            assert time.monotonic() < began + 30, "still not ready"
            time.sleep(0.02)
        assert time.monotonic() >= began + 1.5
        assert client.get("/readiness").json() == {"status": "ok"}


def test_liveness_is_503_while_the_server_stops(start: Callable[..., Server]) -> None:
    """A probe that is answered after the signal to stop says that the server is not available any more."""
    server = start("--latency", "600")
    answers = []
    with checked_client(server) as client:
        probe = threading.Thread(target=lambda: answers.append(client.get("/liveness")))
        probe.start()
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        probe.join()
    assert [(answer.status_code, answer.json()) for answer in answers] == [(503, {"status": "unavailable"})]


@pytest.mark.parametrize(("path", "section"), [("/metric", "metrics"), ("/preset", "presets")])
def test_lists_have_every_bundled_definition(visitor: httpx.Client, server: Server, path: str, section: str) -> None:
    """Every metric and preset of the bundled file is listed, in its order."""
    answer = visitor.get(path, headers={"Token": server.login()})
    assert answer.status_code == 200
    assert list(answer.json()) == list(METRICS_FILE[section])


def test_metrics_have_all_fields_in_the_documented_order(visitor: httpx.Client, server: Server) -> None:
    """Each metric has its seven fields, filled from the file or with the default, and SQL by version number."""
    schema = OPERATIONS["listMetrics"].document["responses"]["200"]["content"]["application/json"]["schema"]
    properties = schema["additionalProperties"]["properties"]
    for name, metric in visitor.get("/metric", headers={"Token": server.login()}).json().items():
        assert list(metric) == list(properties)
        given = METRICS_FILE["metrics"][name]
        for field, part in properties.items():
            expected = given.get(part["x-config-key"], part["default"])
            assert metric[field] == (
                {str(key): value for key, value in expected.items()} if field == "SQLs" else expected
            )
        assert all(re.fullmatch(r"[0-9]+", version) for version in metric["SQLs"])


def test_presets_have_their_metrics_with_positive_intervals(visitor: httpx.Client, server: Server) -> None:
    """Each preset has a description and the intervals of the file, and names only metrics that are listed."""
    token = {"Token": server.login()}
    metrics = visitor.get("/metric", headers=token).json()
    for name, preset in visitor.get("/preset", headers=token).json().items():
        given = METRICS_FILE["presets"][name]
        assert preset == {"Description": given["description"], "Metrics": given["metrics"]}
        assert set(preset["Metrics"]) <= set(metrics)
        assert min(preset["Metrics"].values()) > 0


def test_lists_are_one_and_the_same_every_time(visitor: httpx.Client, server: Server) -> None:
    """Two answers to the same question are equal byte by byte, and hold no field twice."""
    token = {"Token": server.login()}

    def without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    for path in ("/metric", "/preset", "/source"):
        first = visitor.get(path, headers=token).content
        assert visitor.get(path, headers=token).content == first
        read_json(first, object_pairs_hook=without_repeats)
