"""What several test modules use: the contract, read without the mock's own code, and answers held against it."""

import contextlib
import itertools
import json
import re
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self

import httpx
import pytest
import yaml
from openapi_schema_validator import OAS30Validator

from tests.conftest import ROOT, Server

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
TEXT = "text/plain; charset=utf-8"
DEFAULT_ORIGIN = "http://localhost:4000"
PAGES = ("/", "/docs", "/docs/", "/openapi.yaml", "/openapi.json")
HOST_CONFIG_DEFAULTS: dict[str, Any] = {
    "DcsType": "",
    "DcsEndpoints": None,
    "Scope": "",
    "Namespace": "",
    "Username": "",
    "Password": "",
    "CAFile": "",
    "CertFile": "",
    "KeyFile": "",
    "LogsGlobPath": "",
    "LogsMatchRegex": "",
    "PerMetricDisabledTimes": None,
}
SOURCE_DEFAULTS: dict[str, Any] = {
    "Group": "default",
    "Metrics": {},
    "MetricsStandby": {},
    "Kind": "postgres",
    "IncludePattern": "",
    "ExcludePattern": "",
    "PresetMetrics": "",
    "PresetMetricsStandby": "",
    "IsSuperuser": False,
    "IsEnabled": False,
    "CustomTags": {},
    "HostConfig": HOST_CONFIG_DEFAULTS,
    "OnlyIfMaster": False,
}
_numbers = itertools.count(1)


def _load_contract() -> dict[str, Any]:
    """Return the contract with every ``$ref`` replaced by what it points to."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_bytes())

    def resolve(part: Any) -> Any:
        if isinstance(part, list):
            return [resolve(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        if isinstance(part.get("$ref"), str):
            found: Any = document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            return resolve(found)
        return {key: resolve(value) for key, value in part.items()}

    resolved: dict[str, Any] = resolve(document)
    return resolved


CONTRACT = _load_contract()
MANNERS: dict[str, Any] = CONTRACT["x-http-manners"]
MOST_BODY_BYTES: int = MANNERS["requestTooLarge"]["limit"]


@dataclass(frozen=True)
class Operation:
    """An operation as the contract has it."""

    id: str
    method: str
    path: str
    document: dict[str, Any]

    @property
    def public(self) -> bool:
        """Whether it needs no token."""
        return not self.document.get("security", CONTRACT["security"])

    @property
    def body_examples(self) -> dict[str, Any]:
        """The examples of its request body, by name."""
        (media,) = self.document["requestBody"]["content"].values()
        return {name: example["value"] for name, example in media["examples"].items()}


OPERATIONS = {
    document["operationId"]: Operation(document["operationId"], method.upper(), path, document)
    for path, item in CONTRACT["paths"].items()
    for method, document in item.items()
}
PROTECTED = [operation for operation in OPERATIONS.values() if not operation.public]
PATHS = {path: [method.upper() for method in item] for path, item in CONTRACT["paths"].items()}


def allowed_methods(path: str) -> list[str]:
    """Return the methods of a path in the contract, with those that ``x-http-manners`` adds."""
    head = ["HEAD"] if path in MANNERS["head"]["paths"] else []
    return sorted([*PATHS[path], *head, "OPTIONS"])


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire; headers by their lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def check_answer(method: str, path: str, answer: Answer) -> None:
    """Assert that an answer is one that the contract documents for the method and the path."""
    assert answer.headers.get("access-control-allow-origin"), f"no Access-Control-Allow-Origin: {answer}"
    item = CONTRACT["paths"].get(path, {})
    documented = item.get("get" if method == "HEAD" and path in MANNERS["head"]["paths"] else method.lower())
    if documented is not None:
        _check_documented(method, documented, answer)
    elif method == "OPTIONS":
        assert (answer.status, answer.body) == (200, b""), answer
    elif item:
        assert answer.status in (401, 405), answer
        check_error_line(answer, bodiless=method == "HEAD")
    elif answer.status >= 400:
        assert answer.status == 405 or path not in PAGES, answer
        check_error_line(answer, bodiless=method == "HEAD")
    else:
        assert path in PAGES or path.startswith("/docs/"), answer


def check_error_line(answer: Answer, bodiless: bool = False) -> None:
    """Assert that a refusal is one line of plain text (or nothing but its headers)."""
    assert answer.headers.get("content-type") == TEXT, answer
    assert answer.headers.get("access-control-allow-origin"), answer
    if bodiless:
        assert answer.body == b"", answer
    else:
        assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+\n", answer.text), answer


def _check_documented(method: str, documented: dict[str, Any], answer: Answer) -> None:
    assert str(answer.status) in documented["responses"], f"{answer.status} is not documented: {answer}"
    response = documented["responses"][str(answer.status)]
    for name, header in response.get("headers", {}).items():
        if header.get("required") or name.lower() in answer.headers:
            OAS30Validator(header["schema"]).validate(answer.headers[name.lower()])
    if "content" not in response:
        assert answer.body == b"", answer
        assert "content-type" not in answer.headers, answer
        return
    ((media_type, media),) = response["content"].items()
    expected_type = TEXT if media_type == "text/plain" else media_type
    assert answer.headers.get("content-type") == expected_type, answer
    if method == "HEAD":
        assert answer.body == b"", answer
        return
    value = read_json(answer.body) if media_type == "application/json" else answer.text
    OAS30Validator(media["schema"]).validate(value)
    if media_type == "text/plain" and answer.status >= 400:
        check_error_line(answer)


def read_json(raw: bytes | str, **options: Any) -> Any:
    """Read JSON strictly: NaN and Infinity are none."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(raw, parse_constant=refuse, **options)


def checked_client(server: Server, token: str | None = None) -> httpx.Client:
    """Return a client that holds every answer against the contract. It keeps no cookies and sends only the token."""
    base = httpx.URL(server.url).path.rstrip("/")

    def check(response: httpx.Response) -> None:
        response.read()
        path = response.request.url.path.removeprefix(base)
        check_answer(response.request.method, path, answer_of(response))

    client = httpx.Client(
        base_url=server.url,
        headers={"Token": token} if token else {},
        timeout=30,
        verify=False,  # noqa: S501  # there is no TLS; reading the certificates takes 20 ms
        event_hooks={"response": [check]},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def answer_of(response: httpx.Response) -> Answer:
    """Return what httpx received in the form of this module."""
    return Answer(response.status_code, dict(response.headers.items()), response.content)


class Wire:
    """A bare connection, for what no well-behaved client sends. Used in a ``with`` statement."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(server.address, timeout=10)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, *parts: bytes) -> Self:
        """Send bytes as they are."""
        self._socket.sendall(b"".join(parts))
        return self

    def send_what_is_taken(self, data: bytes) -> None:
        """Send bytes until the server takes no more of them."""
        with contextlib.suppress(OSError):
            self._socket.sendall(data)

    def status(self) -> int:
        """Read the status line of an answer, and return the status."""
        status_line = self._file.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        return int(status_line.split()[1])

    def answer(self, method: str = "GET") -> Answer:
        """Read one answer to a request of that method."""
        status = self.status()
        headers: dict[str, str] = {}
        while (line := self._file.readline().rstrip(b"\r\n")) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if method == "HEAD" or status < 200 else int(headers["content-length"])
        return Answer(status, headers, self._file.read(length))

    def pending(self, seconds: float = 0.2) -> bool:
        """Say whether the server says something within so many seconds."""
        readable, _, _ = select.select([self._socket], [], [], seconds)
        return bool(readable)

    def closed(self) -> bool:
        """Say whether the server has sent all it had to say and closed the connection."""
        return self._file.read(1) == b""


def head(method: str, target: str, *lines: str, length: int | None = None) -> bytes:
    """Return the head of a request as bytes; the lines are further headers."""
    more = [*lines] if length is None else [*lines, f"Content-Length: {length}"]
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost", *more, "", ""]).encode("latin-1")


def unique(prefix: str = "source") -> str:
    """Return a name that no other test uses."""
    return f"{prefix}-{next(_numbers)}"


def source(name: str | None = None, /, **fields: Any) -> dict[str, Any]:
    """Return the shortest valid source, with further fields."""
    return {"Name": name or unique(), "ConnStr": "host=db.example.com", **fields}


def complete(given: dict[str, Any]) -> dict[str, Any]:
    """Return a source as the server must list it: with all fields, those not given by their defaults."""
    whole = {**SOURCE_DEFAULTS, **given}
    return {**whole, "HostConfig": {**HOST_CONFIG_DEFAULTS, **(whole["HostConfig"] or {})}}


def names_of(client: httpx.Client) -> list[str]:
    """Return the names of a server's sources, in order."""
    return [entry["Name"] for entry in client.get("/source").json()]


def cases(table: Mapping[str, Any]) -> list[Any]:
    """Return a table's rows for ``parametrize``: the keys are the ids, a tuple holds several arguments."""
    return [pytest.param(*(row if isinstance(row, tuple) else (row,)), id=name) for name, row in table.items()]
