"""The pages beside the API, serving below a base path, and delays."""

import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.conftest import ROOT, Server
from tests.support.helpers import (
    CONTRACT,
    MANNERS,
    OPERATIONS,
    PAGES,
    PATHS,
    Wire,
    cases,
    check_answer,
    checked_client,
    head,
)

Start = Callable[..., Server]
ASSETS = {
    "/docs/swagger-ui-bundle.js": "text/javascript",
    "/docs/swagger-ui.css": "text/css",
    "/docs/favicon-32x32.png": "image/png",
}


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[httpx.Client]:
    """A client without a token, which checks every answer against the contract."""
    with checked_client(server) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "content_type"),
    cases(
        {
            "docs": ("/docs", "text/html; charset=utf-8"),
            "docs with slash": ("/docs/", "text/html; charset=utf-8"),
            "contract": ("/openapi.yaml", "application/yaml"),
            "contract as JSON": ("/openapi.json", "application/json"),
            **{path.rpartition("/")[2]: (path, content_type) for path, content_type in ASSETS.items()},
        }
    ),
)
def test_pages_need_no_token(visitor: httpx.Client, path: str, content_type: str) -> None:
    """Each page is there for anyone, with its type; HEAD says the same without the body, other methods are 405."""
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.content
    asked = visitor.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == answer.headers["content-length"]
    refused = visitor.post(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_contract_is_served_byte_by_byte(visitor: httpx.Client) -> None:
    """What is served is the file itself, comments and all."""
    assert visitor.get("/openapi.yaml").content == (ROOT / "openapi.yaml").read_bytes()


def test_contract_as_json_is_the_contract(visitor: httpx.Client) -> None:
    """The JSON says what the file says, no more and no less."""
    assert visitor.get("/openapi.json").json() == yaml.safe_load((ROOT / "openapi.yaml").read_bytes())


def test_what_docs_show_is_the_contract_with_this_server(visitor: httpx.Client) -> None:
    """What Swagger UI shows is valid OpenAPI, says the same as the file, and its only server is this one."""
    document = visitor.get("/docs/openapi.json").json()
    OpenAPIV30SpecValidator(document).validate()
    assert [entry["url"] for entry in document["servers"]] == ["/"]
    original = yaml.safe_load((ROOT / "openapi.yaml").read_bytes())
    assert document["components"] == original["components"]
    assert document["x-http-manners"] == original["x-http-manners"]
    assert {path: list(item) for path, item in document["paths"].items()} == {
        path: list(item) for path, item in original["paths"].items()
    }


def test_docs_tell_the_log_stream_in_words(visitor: httpx.Client) -> None:
    """Swagger UI shows no extension, so the description of the log stream has its close codes as a table."""
    operation = visitor.get("/docs/openapi.json").json()["paths"]["/log"]["get"]
    assert operation["description"].startswith(OPERATIONS["streamLog"].document["description"])
    websocket = OPERATIONS["streamLog"].document["x-websocket"]
    rows = re.findall(r"^\| (\d+) \| (\w+) \| (.+) \|$", operation["description"], re.MULTILINE)
    assert rows == [(str(close["code"]), close["by"], close["meaning"]) for close in websocket["closeCodes"]]
    for example in websocket["serverMessages"]["examples"]:
        assert example in operation["description"]


def test_docs_tell_the_manners_in_words(visitor: httpx.Client) -> None:
    """The description of the document has a row for each manner, with its status where it has one."""
    description = visitor.get("/docs/openapi.json").json()["info"]["description"]
    rows = re.findall(r"^\| (\w+) \| (\d*) \| (.+) \|$", description, re.MULTILINE)
    manners = {name: part for name, part in MANNERS.items() if name != "description"}
    assert rows == [(name, str(part.get("status", "")), part["description"]) for name, part in manners.items()]
    assert {"requests", "answers"} <= set(manners)


def test_docs_load_only_what_this_server_has(visitor: httpx.Client) -> None:
    """The page works without the internet: all it refers to is served here."""
    html = visitor.get("/docs").text
    referred = re.findall(r'(?:src|href|url)(?:=|: )"([^"]+)"', html)
    assert {"/docs/openapi.json", *ASSETS} == set(referred)
    for path in referred:
        assert visitor.get(path).status_code == 200


def test_root_redirects_to_the_docs(visitor: httpx.Client) -> None:
    """Who opens the address in a browser sees the documentation."""
    answer = visitor.get("/")
    assert (answer.status_code, answer.headers["location"], answer.content) == (302, "/docs", b"")
    assert visitor.get("/", follow_redirects=True).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("written", ["/pg", "pg/watch/"])
def test_base_path_moves_everything(start: Start, written: str) -> None:
    """Every path and page is found below the base path, and nothing above it."""
    base = "/" + written.strip("/")
    server = start("--base-path", written)
    assert httpx.URL(server.url).path == base
    with checked_client(server, server.login()) as client:
        for operation in OPERATIONS.values():
            assert client.request(operation.method, operation.path).status_code not in (401, 404, 405)
        for page in PAGES[1:]:
            assert client.get(page).status_code == 200
        assert client.patch("/source").headers["allow"]
        assert client.get("/docs/openapi.json").json()["servers"][0]["url"] == base
        assert f'"{base}/docs/openapi.json"' in client.get("/docs").text
        assert client.get(f"http://{':'.join(map(str, server.address))}{base}/").headers["location"] == f"{base}/docs"
    with Wire(server) as wire:
        for target in [*PATHS, *PAGES, f"{base}{base}/source", f"{base}x/source"]:
            answer = wire.send(head("GET", target)).answer()
            check_answer("GET", "/nosuch", answer)
            assert answer.status == 404, target


def test_base_path_of_the_log_stream(start: Start) -> None:
    """A WebSocket is opened below the base path too."""
    server = start("--base-path", "/pg")
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    for target, status in (("/pg/log", 101), ("/log", 404)):
        with Wire(server) as wire:
            assert wire.send(head("GET", target, f"Token: {server.login()}", *upgrade, key)).status() == status


@pytest.mark.parametrize(("written", "least"), [("150", 0.15), ("50-100", 0.05)])
def test_latency(start: Start, written: str, least: float) -> None:
    """No answer comes before the time that --latency says."""
    server = start("--latency", written)
    with checked_client(server) as client:
        for method, path in [("GET", "/liveness"), ("GET", "/source"), ("OPTIONS", "/source"), ("GET", "/nosuch")]:
            began = time.monotonic()
            client.request(method, path)
            assert time.monotonic() - began >= least


def test_latency_is_each_requests_own(start: Start) -> None:
    """Delayed requests wait side by side, not one after the other."""
    server = start("--latency", "500")
    wires = [Wire(server) for _ in range(40)]
    began = time.monotonic()
    for wire in wires:
        wire.send(head("GET", "/liveness"))
    assert [wire.answer().status for wire in wires] == [200] * 40
    assert time.monotonic() - began < 40 * 0.5
    for wire in wires:
        wire.__exit__()


def test_contract_names_the_port_it_is_served_on_by_default() -> None:
    """The server in the contract is the one that starts without options."""
    assert [entry["url"] for entry in CONTRACT["servers"]] == ["http://127.0.0.1:8080"]
