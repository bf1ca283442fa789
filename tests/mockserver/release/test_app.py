"""``mock --release``: a server that answers as a release of pgwatch does. Here a few of each kind stand for all.

Parity measures the rest, by the recordings of real servers.
"""

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Server, start_server

pytestmark = pytest.mark.once

TEXT = "text/plain; charset=utf-8"
METRIC = {"SQLs": {"14": "select 1"}}
Start = Callable[..., Server]


@pytest.fixture(scope="module", params=["3.1", "3.5", "5.3"])
def release(request: pytest.FixtureRequest) -> Iterator[tuple[str, Server]]:
    """A server for each of three releases."""
    server = start_server("--release", request.param, "--user", "admin", "--password", "geheim")
    yield request.param, server
    server.stop()


@pytest.fixture
def five(start: Start) -> Iterator[httpx.Client]:
    """A client of pgwatch 5.3 without a configured user."""
    with start("--release", "5.3").client() as client:
        yield client


@pytest.fixture
def three(start: Start) -> Iterator[httpx.Client]:
    """A client of pgwatch 3.7 without a configured user."""
    with start("--release", "3.7").client() as client:
        yield client


def claims(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_login_is_that_of_the_release(release: tuple[str, Server]) -> None:
    """The token is the whole body, no cookie is set, wrong credentials are 401 and no JSON is the parser's words."""
    name, server = release
    good = httpx.post(f"{server.url}/login", json={"user": "admin", "password": "geheim"})
    assert (good.status_code, good.headers["content-type"]) == (200, TEXT)
    assert "set-cookie" not in good.headers
    assert claims(good.text)["username"] == "admin"
    bad = httpx.post(f"{server.url}/login", json={"user": "admin", "password": "x"})
    assert (bad.status_code, bad.text) == (401, "can not authenticate this user\n")
    unread = httpx.post(f"{server.url}/login", content="not json")
    said = "skipThreeBytes: expect ull, error found in #2 byte of ...|not json|..., bigger context ...|not json|...\n"
    assert unread.status_code == 500
    assert unread.text == ("invalid character 'o' in literal null (expecting 'u')\n" if name == "3.1" else said)


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_a_fixed_secret_signs_tokens(release: tuple[str, Server]) -> None:
    """Releases with a published secret take a token that anyone can sign with it; the others do not."""
    import jwt  # noqa: PLC0415

    name, server = release
    forged = jwt.encode({"exp": int(time.time()) + 60}, "5m3R7K4754p4m", "HS256")
    answer = httpx.get(f"{server.url}/source", headers={"Token": forged})
    assert answer.status_code == (401 if name == "5.3" else 200)


def test_an_empty_token_header_hides_the_query(release: tuple[str, Server]) -> None:
    """A header that is there decides, even an empty one; the cookie is never read."""
    _, server = release
    token = server.login("admin", "geheim")
    assert httpx.get(f"{server.url}/source", params={"Token": token}).status_code == 200
    hidden = httpx.get(f"{server.url}/source", params={"Token": token}, headers={"Token": ""})
    assert (hidden.status_code, hidden.text) == (401, "can not find token in header\n")
    assert httpx.get(f"{server.url}/source", headers={"Cookie": f"token={token}"}).status_code == 401


def test_every_answer_has_the_releases_headers(release: tuple[str, Server]) -> None:
    """The three CORS headers stand on answers, refusals and OPTIONS, which no path refuses."""
    _, server = release
    for method, path in (("GET", "/liveness"), ("GET", "/source"), ("OPTIONS", "/no/such"), ("FOO", "/readiness")):
        answer = httpx.request(method, server.url + path)
        assert answer.headers["access-control-allow-origin"] == "http://localhost:4000"
        assert answer.headers["access-control-allow-methods"] == "POST, GET, OPTIONS, PUT, DELETE"
        assert "server" not in answer.headers
        assert answer.status_code == (401 if path == "/source" else 200)


def test_health_probes_came_with_3_1(start: Start) -> None:
    """In 3.0 the paths of the probes are those of pages that are not there; later any method gets an answer."""
    for name, statuses in (("3.0", [404, 405, 405, 200]), ("3.1", [200, 200, 200, 200])):
        server = start("--release", name)
        for path in ("/liveness", "/readiness"):
            answers = [httpx.request(method, server.url + path) for method in ("GET", "HEAD", "POST", "OPTIONS")]
            assert [answer.status_code for answer in answers] == statuses
            assert answers[0].text == ("404 page not found\n" if name == "3.0" else '{"status": "ok"}')


def test_paths_are_those_of_gos_mux(release: tuple[str, Server]) -> None:
    """Unclean paths are redirected, a slash too many is a 500, other files are 404, other methods there 405."""
    name, server = release
    unclean = httpx.get(f"{server.url}//source?x=1")
    assert unclean.status_code == (307 if name == "5.3" else 301)
    assert unclean.headers["location"] == "/source?x=1"
    phrase = "Temporary Redirect" if name == "5.3" else "Moved Permanently"
    assert unclean.text == f'<a href="/source?x=1">{phrase}</a>.\n\n'
    assert httpx.get(f"{server.url}/source/").text == "Internal Server Error\n"
    assert httpx.get(f"{server.url}/nothing").text == "404 page not found\n"
    wrong = httpx.post(f"{server.url}/nothing")
    assert (wrong.status_code, wrong.text, wrong.headers.get("allow")) == (405, "Method Not Allowed\n", None)
    assert httpx.get(f"{server.url}/favicon.ico").status_code == 404


def test_wrong_methods_list_those_there_are(release: tuple[str, Server]) -> None:
    """405 comes after the token and has the release's own Allow and text."""
    name, server = release
    token = {"Token": server.login("admin", "geheim")}
    assert httpx.request("PATCH", f"{server.url}/source").status_code == 401
    wrong = httpx.request("PATCH", f"{server.url}/source", headers=token)
    assert (wrong.status_code, wrong.text) == (405, "method not allowed\n")
    assert wrong.headers["allow"] == ("GET, POST, OPTIONS" if name == "5.3" else "GET, POST, DELETE, OPTIONS")
    presets = httpx.request("PATCH", f"{server.url}/preset", headers=token)
    assert ("PATCH" in presets.headers["allow"]) == (name != "5.3")
    assert httpx.get(f"{server.url}/login").status_code == (405 if name == "5.3" else 200)
    tried = httpx.get(f"{server.url}/test-connect", headers=token)
    assert tried.text == ("method not allowed\n" if name == "3.1" else "Method Not Allowed\n")


def test_refused_handshakes(release: tuple[str, Server]) -> None:
    """A refusal names its status; from 3.3 on the reason follows in a second line."""
    name, server = release
    answer = httpx.get(f"{server.url}/log", headers={"Token": server.login("admin", "geheim")})
    reason = (
        "websocket: the client is not using the websocket protocol: 'upgrade' token not found in 'Connection' header"
    )
    assert (answer.status_code, answer.headers["sec-websocket-version"]) == (400, "13")
    assert answer.text == ("Bad Request\n" if name == "3.1" else f"Bad Request\n{reason}\n")


def test_source_is_created_once_and_replaced_at_its_path(five: httpx.Client) -> None:
    """5.3: POST creates (201, 409), items are read, replaced, created and deleted at their own path."""
    assert five.post("/source", json={"Name": "a/b", "Metrics": {"x": 5}}).status_code == 201
    again = five.post("/source", json={"Name": "a/b"})
    assert (again.status_code, again.text) == (409, "source already exists\n")
    item = five.get("/source/a%2Fb")
    assert item.headers["content-type"] == "application/json"
    assert item.json()["Metrics"] == {"x": 5}
    assert list(item.json())[:4] == ["Name", "Group", "ConnStr", "Metrics"]
    assert "HostConfig" not in item.json()
    other = five.put("/source/a%2Fb", json={"Name": "c"})
    assert (other.status_code, other.text) == (400, "name in URL and body must match\n")
    assert five.put("/source/new", json={"Name": "new"}).status_code == 200
    assert five.delete("/source/new").status_code == 200
    assert five.delete("/source/new").status_code == 200
    gone = five.get("/source/new")
    assert (gone.status_code, gone.text) == (404, "source not found\n")
    assert five.put("/source/x", content="{").text == "invalid JSON format\n"
    assert five.post("/source", json={"Name": "f", "Metrics": {"x": 1.5}}).status_code == 500


def test_source_is_replaced_by_post_before_4(three: httpx.Client) -> None:
    """3.7: POST replaces in place (200), there are no items, DELETE takes the name from the query."""
    names = [source["Name"] for source in three.get("/source").json()]
    assert three.post("/source?name=ignored", json={"Name": names[0], "ConnStr": "new"}).status_code == 200
    listed = three.get("/source").json()
    assert [source["Name"] for source in listed] == names
    assert listed[0]["ConnStr"] == "new"
    assert listed[0]["HostConfig"]["DcsEndpoints"] == []
    assert three.get(f"/source/{names[0]}").status_code == 404
    assert three.delete("/source", params={"name": names[0]}).status_code == 200
    assert len(three.get("/source").json()) == len(names) - 1
    assert three.delete("/source").status_code == 200


def test_metrics_and_presets_are_written(five: httpx.Client, three: httpx.Client) -> None:
    """5.3 creates many at once and has items; 3.7 sets one by the name in the query."""
    for kind, body in (("metric", METRIC), ("preset", {"Metrics": {"db_size": 60}})):
        assert five.post(f"/{kind}", json={"one": body, "two": body}).status_code == 201
        assert five.post(f"/{kind}", json={"one": body}).text == f"{kind} already exists\n"
        assert five.post(f"/{kind}", json={}).text == f"invalid {kind}\n"
        assert five.get(f"/{kind}/one").json()["Description"] == ""
        assert five.put(f"/{kind}/one", json={**body, "Description": "new"}).status_code == 200
        assert five.get(f"/{kind}").json()["one"]["Description"] == "new"
        assert five.delete(f"/{kind}/one").status_code == 200
        assert five.get(f"/{kind}/one").text == f"{kind} not found\n"
        assert three.post(f"/{kind}?name=one", json=body).status_code == 200
        assert "one" in three.get(f"/{kind}").json()
        assert three.delete(f"/{kind}?name=one").status_code == 200
        assert "one" not in three.get(f"/{kind}").json()


def test_lists_are_long_text_in_chunks(five: httpx.Client) -> None:
    """A body over 2,048 bytes is sent in chunks, a shorter one with its length; both are text to the release."""
    assert five.get("/metric").headers["transfer-encoding"] == "chunked"
    assert five.get("/metric").headers["content-type"] == TEXT
    assert five.get("/liveness").headers["content-length"] == "16"


def test_connection_tests_speak_pgx(five: httpx.Client) -> None:
    """Port 1 is refused, over TLS and without; imagined hosts turn out as their names say; passwords are masked."""
    line = "\t127.0.0.1:1 (127.0.0.1): dial error: dial tcp 127.0.0.1:1: connect: connection refused\n"
    refused = five.post("/test-connect", content="postgresql://u:geheim@127.0.0.1:1/d")
    assert (refused.status_code, refused.text) == (400, f"failed to connect to `user=u database=d`:\n{line}{line}")
    assert five.post("/test-connect", content="host=db.example.com user=u").status_code == 200
    missing = five.post("/test-connect", content="host=db.example.com user=u dbname=missing")
    assert missing.text.endswith('FATAL: database "missing" does not exist (SQLSTATE 3D000)\n')
    wrong = five.post("/test-connect", content="postgresql://u:geheim@h:port/d")
    reason = 'failed to parse as URL (invalid port ":port" after host)'
    assert wrong.text == f"cannot parse `postgresql://u:xxxxxx@h:port/d`: {reason}\n"


def test_net_http_answers_what_is_no_request(five: httpx.Client) -> None:
    """What is no HTTP is refused before any handler, with no CORS headers, and the connection closes."""
    url = five.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=10) as wire:
        wire.sendall(b"GET /liveness HTTP/1.1\r\n\r\n")
        said = wire.makefile("rb").read()
    head = b"HTTP/1.1 400 Bad Request: missing required Host header\r\nContent-Type: text/plain; charset=utf-8\r\n"
    assert said == head + b"Connection: close\r\n\r\n400 Bad Request: missing required Host header"


def test_log_streams_what_happens(start: Start) -> None:
    """A client that follows the log, by a token in the query, sees what happens; a failed connection is not told."""
    from websockets.sync.client import connect  # noqa: PLC0415

    server = start("--release", "6.0")
    with connect(f"{server.log_url}?Token={server.login()}", proxy=None) as log, server.client() as client:
        assert client.post("/test-connect", content="host=refused.invalid password=secret").status_code == 400
        assert client.post("/source", json={"Name": "s", "IsEnabled": True, "ConnStr": "host=h"}).status_code == 201
        lines = [log.recv(timeout=10) for _ in range(3)]
    assert str(lines[0]).endswith(" [INFO] [sources:6] sources refreshed\n")
    assert str(lines[2]).endswith(" [INFO] [source:s] starting source reaper\n")


def test_the_console_repeats_no_request(start: Start) -> None:
    """A release's refusals quote logins and connection strings, as the release's do; the console does not."""
    server = start("--console", "json", "--release", "5.3")
    planted = "planted-pa55word"
    with server.client() as client:
        login = client.post("/login", content=f'{{"user":"adm","password":"{planted}"')
        body = client.post("/source", content=f'{{"Name":"a","ConnStr":"host=h password={planted}","Kind":1}}')
        string = client.post("/test-connect", content=f"host=h password='a b{planted}' port={planted}")
        assert [answer.status_code for answer in (login, body, string)] == [500, 500, 400]
        assert [planted in answer.text for answer in (login, body, string)] == [True, True, True]
    _, out = server.stop()
    reasons = [line.get("reason", "") for line in map(json.loads, out.splitlines()) if line.get("status", 0) >= 400]
    assert planted not in out
    assert [reason[:20] for reason in reasons] == [
        "webserver.loginReq.i",
        "sources.Source.Kind:",
        "cannot parse `***`: ",
    ]


def test_the_console_repeats_no_query_of_the_log(start: Start) -> None:
    """With --verbose the log is on the console too; what PostgreSQL is said to have been given stays in the log."""
    server = start("--console", "json", "--verbose", "--release", "5.3", "--store", "postgres")
    with server.client() as client:
        body = '{"Name":"a","ConnStr":"host=h password=planted-pa55word","Group":"g","Kind":"nosuch"}'
        assert client.post("/source", content=body).status_code == 500
    _, out = server.stop()
    assert "planted-pa55word" not in out
    assert "[args:[***]] [err:ERROR: new row" in out
