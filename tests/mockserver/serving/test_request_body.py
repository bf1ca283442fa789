"""Request bodies: what counts as JSON, and how large one may be."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import JSON, Server
from tests.support.helpers import (
    MOST_BODY_BYTES,
    OPERATIONS,
    Wire,
    cases,
    checked_client,
    head,
    names_of,
    source,
    unique,
)

DEEP = 100_000
WITH_JSON = {"login": ("POST", "/login"), "addSource": ("POST", "/source"), "updateSource": ("PUT", "/source")}
WITH_BODY = {**WITH_JSON, "testConnection": ("POST", "/test-connect")}
json_operations = pytest.mark.parametrize(("method", "path"), cases(WITH_JSON))
body_operations = pytest.mark.parametrize(("method", "path"), cases(WITH_BODY))
NO_JSON = {
    "empty": b"",
    "spaces": b" \n",
    "word": b"nothing",
    "one quote": b'"',
    "not closed": b'{"Name": "a"',
    "trailing comma": b'{"Name": "a", "ConnStr": "", }',
    "single quotes": b"{'Name': 'a', 'ConnStr': ''}",
    "comment": b'{"Name": "a", "ConnStr": ""} // comment',
    "two values": b'{"Name": "a", "ConnStr": ""}{}',
    "byte order mark": b'\xef\xbb\xbf{"Name": "a", "ConnStr": ""}',
    "UTF-16": '{"Name": "a", "ConnStr": ""}'.encode("utf-16"),
    "NaN": b'{"Name": "a", "ConnStr": "", "Metrics": {"wal": NaN}}',
    "Infinity": b'{"Name": "a", "ConnStr": "", "Metrics": {"wal": Infinity}}',
    "number beyond all": b'{"Name": "a", "ConnStr": "", "Metrics": {"wal": 1e999}}',
    "hexadecimal": b'{"Name": "a", "ConnStr": "", "Metrics": {"wal": 0x10}}',
    "leading zero": b'{"Name": "a", "ConnStr": "", "Metrics": {"wal": 01}}',
    "high surrogate alone": b'{"Name": "\\ud83d", "ConnStr": ""}',
    "low surrogate alone": b'{"Name": "\\udc18", "ConnStr": ""}',
    "surrogates in the wrong order": b'{"Name": "\\udc18\\ud83d", "ConnStr": ""}',
    "surrogate as bytes": b'{"Name": "\xed\xa0\xbd", "ConnStr": ""}',
    "stray byte": b'{"Name": "\xff", "ConnStr": ""}',
    "overlong": b'{"Name": "\xc0\xaf", "ConnStr": ""}',
    "latin-1": '{"Name": "ä", "ConnStr": ""}'.encode("latin-1"),
    "line end in a string": b'{"Name": "\n", "ConnStr": ""}',
    "broken escape": b'{"Name": "\\x41", "ConnStr": ""}',
    "deep and not closed": b"[" * DEEP,
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep in an unknown field": b'{"Name": "a", "ConnStr": "", "x": ' + b"[" * DEEP + b"]" * DEEP + b"}",
}


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in and checks every answer against the contract."""
    with checked_client(server, server.login()) as client:
        yield client


def test_all_operations_with_a_body_are_tested() -> None:
    """An operation that is added to the contract needs these tests too."""
    with_body = {operation.id for operation in OPERATIONS.values() if "requestBody" in operation.document}
    assert with_body == set(WITH_BODY)


@json_operations
@pytest.mark.parametrize("body", cases(NO_JSON))
def test_what_is_no_json_is_refused(api: httpx.Client, method: str, path: str, body: bytes) -> None:
    """A body that is not exactly one JSON value in UTF-8 is 400 with the place of the fault, and nothing changes."""
    before = api.get("/source").content
    answer = api.request(method, path, content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.text.startswith("body is not JSON: ")
    assert "line" in answer.text
    assert api.get("/source").content == before
    assert api.get("/liveness").status_code == 200


def test_a_field_that_is_sent_twice_has_its_last_value(api: httpx.Client) -> None:
    """Of several values for one key the last counts, as in every release."""
    name = unique()
    body = f'{{"Name": "other", "Group": 1, "Name": "{name}", "ConnStr": "", "Group": "last"}}'
    assert api.post("/source", content=body, headers=JSON).status_code == 200
    assert api.get("/source").json()[-1]["Name"] == name
    assert api.get("/source").json()[-1]["Group"] == "last"
    assert api.post("/login", content='{"user": 1, "password": "", "user": ""}', headers=JSON).status_code == 200


def test_escapes_are_read(api: httpx.Client) -> None:
    """A character and its escape are the same name."""
    assert api.post("/source", content=rb'{"Name": "\ud83d\udc18\u00e9\/", "ConnStr": ""}').status_code == 200
    assert api.delete("/source", params={"name": "\U0001f418é/"}).status_code == 200


def test_moderate_nesting_is_read(api: httpx.Client) -> None:
    """An unknown field may be nested a hundred times."""
    body = f'{{"user": "", "password": "", "x": {"[" * 100}{"]" * 100}}}'
    assert api.post("/login", content=body, headers=JSON).status_code == 200


@json_operations
@pytest.mark.parametrize(
    "content_type",
    cases(
        {
            "none": None,
            "empty": "",
            "plain": "application/json",
            "other case and charset": "Application/JSON; charset=utf-8",
            "spaces": "  application/json  ;  a=b",
            "upper case": "APPLICATION/JSON",
        }
    ),
)
def test_content_types_of_json(api: httpx.Client, method: str, path: str, content_type: str | None) -> None:
    """JSON in any spelling, or none at all, is read as JSON - and validated: it is no way around the schema."""
    headers = {} if content_type is None else {"Content-Type": content_type.strip()}
    answer = api.request(method, path, content='{"Name": "", "ConnStr": 1, "user": 1}', headers=headers)
    assert answer.status_code == 400
    assert answer.text.startswith("body: ")
    body = {"Name": unique(), "ConnStr": "", "user": "", "password": ""}
    answer = api.request(method, path, content=httpx.Request("POST", "/", json=body).content, headers=headers)
    assert answer.status_code == (404 if method == "PUT" else 200)


def chunk(data: bytes) -> bytes:
    """Return one chunk of a body sent in chunks."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_body_in_chunks(server: Server, api: httpx.Client) -> None:
    """A body without Content-Length is read to its end, however it is cut."""
    name = unique()
    body = httpx.Request("POST", "/", json=source(name, Group="grüße")).content
    with Wire(server) as wire:
        wire.send(head("POST", "/source", f"Token: {server.login()}", "Transfer-Encoding: chunked"))
        for number in range(len(body)):
            wire.send(chunk(body[number : number + 1]))
        assert wire.send(b"0\r\n\r\n").answer().status == 200
        assert wire.send(head("GET", "/liveness")).answer().status == 200
    assert names_of(api)[-1] == name
    assert api.get("/source").json()[-1]["Group"] == "grüße"


@body_operations
def test_declared_size_over_the_limit(server: Server, method: str, path: str) -> None:
    """A Content-Length over the limit is 413 before a byte of the body is sent."""
    with Wire(server) as wire:
        wire.send(head(method, path, f"Token: {server.login()}", length=MOST_BODY_BYTES + 1))
        answer = wire.answer()
    assert (answer.status, answer.text) == (413, f"body is larger than {MOST_BODY_BYTES} bytes\n")


@body_operations
def test_chunks_over_the_limit(server: Server, method: str, path: str) -> None:
    """Chunks that together exceed the limit are 413 although the body has not ended; the connection stays in step."""
    piece = chunk(b" " * 65_536)
    with Wire(server) as wire:
        wire.send(head(method, path, f"Token: {server.login()}", "Transfer-Encoding: chunked"))
        for _ in range(MOST_BODY_BYTES // 65_536):
            wire.send(piece)
        answer = wire.send(chunk(b" ")).answer()
        assert answer.status == 413
        assert wire.send(piece, b"0\r\n\r\n", head("GET", "/liveness")).answer().status == 200


def test_chunks_up_to_the_limit(server: Server) -> None:
    """Chunks that together are as large as the limit are read, also when their end comes later."""
    body = b'{"user": "", "password": ""}'.ljust(MOST_BODY_BYTES)
    with Wire(server) as wire:
        wire.send(head("POST", "/login", "Transfer-Encoding: chunked"), chunk(body[:-1]), chunk(body[-1:]))
        assert not wire.pending(), "the server answers before the body has ended"
        assert wire.send(b"0\r\n\r\n").answer().status == 200


@body_operations
def test_unfinished_body_has_no_effect(server: Server, api: httpx.Client, method: str, path: str) -> None:
    """A client that goes away in the middle of its body leaves nothing behind, and the server serves on."""
    before = api.get("/source").content
    with Wire(server) as wire:
        wire.send(head(method, path, f"Token: {server.login()}", length=100), b'{"Name": "demo", "ConnStr": ""}')
    assert api.get("/source").content == before


def test_max_body(start: Callable[..., Server]) -> None:
    """--max-body sets the limit for every operation that has a body."""
    server = start("--max-body", "50")
    with checked_client(server, server.login("", "")) as client:
        for method, path in WITH_BODY.values():
            answer = client.request(method, path, content="x" * 51)
            assert (answer.status_code, answer.text) == (413, "body is larger than 50 bytes\n")
            assert client.request(method, path, content="x" * 50).status_code == 400


def test_max_body_above_the_contracts_limit(start: Callable[..., Server]) -> None:
    """A larger limit than the contract's is one too."""
    server = start("--max-body", str(3 * MOST_BODY_BYTES))
    large = source("large", ConnStr="x" * 2 * MOST_BODY_BYTES)
    with checked_client(server, server.login()) as client:
        assert client.post("/source", json=large).status_code == 200
        assert client.get("/source").json()[-1]["ConnStr"] == large["ConnStr"]
        assert client.put("/source", json=source("large", ConnStr="x" * 3 * MOST_BODY_BYTES)).status_code == 413
