"""What the console says of requests, and how much of it."""

import json
import re
from collections.abc import Callable

import httpx
import pytest

from tests.conftest import JSON, Server


def test_the_console_shows_requests(start: Callable[..., Server]) -> None:
    """Each request is a line with method, path, status, time and the reason of a refusal, and never a token."""
    server = start()
    token = server.login()
    forged = token[:-20] + ("A" if token[-20] != "A" else "B") + token[-19:]
    httpx.get(f"{server.url}/source", params={"Token": token})
    httpx.get(f"{server.url}/source", params={"Token": forged})
    httpx.get(f"{server.url}/no such path")
    _, out = server.stop()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/login", 200),
        ("GET", "/source", 200),
        ("GET", "/source", 401),
        ("GET", "/no such path", 404),
    ]
    assert lines[2]["reason"] == "token has a wrong signature"
    assert "reason" not in lines[1]
    assert all(line["ms"] > 0 for line in lines)
    assert token[:-20] not in out


@pytest.mark.parametrize("options", [(), ("--release", "3.7")], ids=["contract", "3.7"])
def test_the_console_names_what_a_request_is_about(start: Callable[..., Server], options: tuple[str, ...]) -> None:
    """A line says which source a request is about, also of one that is refused; a favicon is not worth a line."""
    server = start(*options)
    with server.client() as client:
        client.post("/source", json={"Name": "added", "ConnStr": "", "Kind": "postgres"})
        client.post("/source", content=b'{"Name": "refused", "ConnStr": 1}', headers=JSON)
        client.delete("/source", params={"name": "gone"})
        client.get("/source")
        client.get("/favicon.ico")
    lines = [json.loads(line) for line in server.stop()[1].splitlines()][1:]
    assert [(line["method"], line.get("name")) for line in lines if "method" in line] == [
        ("POST", "added"),
        ("POST", "refused"),
        ("DELETE", "gone"),
        ("GET", None),
    ]


def test_the_console_as_text() -> None:
    """As text, a request is one line without colours where nobody sees them, and control characters are escaped."""
    from mockserver.console import Console  # noqa: PLC0415

    class Page:
        text = ""

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return self.colour

        colour = False

    page = Page()
    Console(page).request("GET", "/a\nb", 404, 0.0123, "no such path")  # type: ignore[arg-type]
    assert re.fullmatch(r"\d\d:\d\d:\d\d GET     404   12\.3 ms  /a\\nb  no such path\n", page.text)
    page.text, page.colour = "", True
    Console(page).request("GET", "/a", 200, 0.001, "")  # type: ignore[arg-type]
    assert "\x1b[32m200\x1b[0m" in page.text
    page.text, page.colour = "", False
    Console(page).request("PUT", "/source", 200, 1.5, "", "a\nb" + "c" * 100)  # type: ignore[arg-type]
    assert page.text[9:].startswith("PUT     200 1500.0 ms  /source 'a\\nbccc")
    assert len(page.text) < 120


def test_quiet_and_verbose(start: Callable[..., Server]) -> None:
    """--quiet prints no requests; --verbose prints the log's entries beside them."""
    quiet, verbose = start("--quiet"), start("--verbose")
    for server in (quiet, verbose):
        with server.client() as client:
            client.post("/test-connect", content="host=refused.example.com")
    assert quiet.stop()[1] == ""
    assert '"log": ' in verbose.stop()[1]


def test_ignored_fields_are_remarked(start: Callable[..., Server]) -> None:
    """A field that the contract does not know is ignored, and the console names it."""
    server = start()
    with server.client() as client:
        client.post("/source", json={"Name": "a", "ConnStr": "", "IsEnabeld": True})
    assert {"note": "POST /source 'a': unknown field(s) ignored: 'IsEnabeld'"} in map(
        json.loads, server.stop()[1].splitlines()
    )
