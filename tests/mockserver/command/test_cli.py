"""The command line: banner, files and addresses, and starts that are not possible."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, Server
from tests.support.mock_command import refused


@pytest.mark.parametrize(
    ("option", "content", "line"),
    [
        ("--sources", None, ": cannot read the file: No such file or directory"),
        ("--sources", "- name: a\n\tkind: x", ":2: not valid YAML: "),
        ("--sources", "- conn_str: x", ":1: source: name is missing"),
        ("--sources", "- name: a\n- name: a", ":2: there is another source named 'a': names must be unique"),
        ("--metrics", "presets:\n  p:\n    metrics:\n      x: -1", ":4: preset 'p': metrics.x must be greater than 0"),
        ("--spec", None, ": cannot read the file: No such file or directory"),
        ("--spec", "openapi: 3.0.3\npaths: {}\ninfo: {title: x}", ":3: not a valid OpenAPI 3.0 document at info: 'ver"),
        ("--spec", "openapi: 3.0.3\n info: x", ":2: not valid YAML: mapping values are not allowed"),
        ("--spec", "- a list", ": not a valid OpenAPI 3.0 document"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, option: str, content: str | None, line: str) -> None:
    """A file that cannot be used is refused with its name, the line in it where there is one, and the reason."""
    file = tmp_path / "given.yaml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert f"{file}{line}" in refused(option, str(file))


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("operationId: addSource", "operationId: growSource", "POST /source: this server has no function for it"),
        ("version: 13", "version: 12", "x-websocket.handshake.version: 13 was expected"),
        ("maxAge: 600", "maxAge: never", "x-http-manners.cors.maxAge: "),
        ("/metric:", "/metric/{name}:", "path /metric/{name}: names in paths are of releases of"),
        ("'#/components/schemas/Credentials'", "'#/components/schemas/Secrets'", "not a valid OpenAPI 3.0 document"),
        ("paths: [/liveness, /readiness]", "paths: [/alive]", "x-http-manners.head.paths: /alive has no GET"),
        ("      operationId: listMetrics\n", "", "GET /metric: this server has no function for it"),
        ("      type: apiKey\n      in: cookie\n      name: token", "      type: http\n      scheme: basic", "apiKey"),
    ],
)
def test_a_contract_that_cannot_be_served_is_one_line(tmp_path: Path, before: str, after: str, line: str) -> None:
    """A contract that asks for what the mock cannot do is refused at the start, not with the first request."""
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "openapi.yaml"
    file.write_text(text.replace(before, after), encoding="utf-8")
    assert line in refused("--spec", str(file))


@pytest.mark.parametrize(
    "reference", ["http://127.0.0.1:1/x.yaml#/A", "//127.0.0.1:1/x", "file:///etc/passwd", "other.yaml#/A"]
)
def test_a_contract_refers_to_nothing_outside(tmp_path: Path, reference: str) -> None:
    """A reference to another document is refused, and nothing is fetched."""
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    file = tmp_path / "openapi.yaml"
    file.write_text(text.replace("'#/components/schemas/Interval'", f"'{reference}'", 1), encoding="utf-8")
    assert "leads out of the document: only references that begin with # are followed" in refused("--spec", str(file))


@pytest.mark.parametrize("option", ["--sources", "--metrics", "--spec"])
@pytest.mark.parametrize(
    "content",
    [
        "- &a {<<: *a}",
        "- &a0 {k: v}\n" + "".join(f"- &a{n} {{<<: [{f'*a{n - 1},' * 9}]}}\n" for n in range(1, 10)),
        None,
    ],
    ids=["knot", "bomb", "device"],
)
def test_a_file_without_an_end_is_one_line(tmp_path: Path, option: str, content: str | None) -> None:
    """Files that would take all time or memory are refused like any other wrong file."""
    file = Path("/dev/zero")
    if content is not None:
        file = tmp_path / "given.yaml"
        file.write_text(content, encoding="utf-8")
    assert f"pgwatch-contract mock: {file}" in refused(option, str(file))


def test_a_host_is_told_by_itself() -> None:
    """An unknown host, and an address of another machine, are one line that speaks of --host, not of the port."""
    for host in ("nosuch.invalid", "192.0.2.1", "[::1"):
        line = refused("--host", host, "--port", "18199")
        assert "--host" in line
        assert "--port 0" not in line


def test_a_taken_port_is_one_line() -> None:
    """A port that another process listens on is refused with the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused("--port", str(port))
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use; choose another with --port" in line


def test_the_banner() -> None:
    """The banner has the URL, the documentation, who may log in, what is served and the contract, and no password."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "--port", "0", "--user", "admin", "--password", "planted-secret"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(7)]
    process.terminate()
    rest, _ = process.communicate(timeout=20)
    assert lines[0] == "pgwatch mock server\n"
    assert re.fullmatch(r"  url       http://127\.0\.0\.1:\d+\n", lines[1])
    assert re.fullmatch(r"  docs      http://127\.0\.0\.1:\d+/docs\n", lines[2])
    assert lines[3] == "  login     user 'admin' and its password\n"
    assert re.fullmatch(r"  serving   5 sources, \d+ metrics, \d+ presets\n", lines[4])
    assert lines[5] == "  contract  1.0.0\n"
    assert lines[6] == "  web UI    pgwatch's own needs --release with its version, 3.0 to 6.0\n"
    assert "planted-secret" not in "".join(lines) + rest


@pytest.mark.parametrize("number", [2, 15], ids=["SIGINT", "SIGTERM"])
def test_it_stops_when_told(start: Callable[..., Server], number: int) -> None:
    """Ctrl-C and kill -TERM end the server, with exit code 0 and without a traceback."""
    server = start()
    assert httpx.get(f"{server.url}/liveness").status_code == 200
    code, out = server.stop(number)
    assert (code, "Traceback" in out) == (0, False)
