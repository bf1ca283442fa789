"""The command line: options, environment, banner, and starts that are not possible."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from mockserver.command.options import OPTIONS, VARIABLES, read_options
from mockserver.settings import FOREVER, Settings
from pgwatch_contract import __version__
from pgwatch_contract.cli import COMMANDS
from pgwatch_contract.command_line import Option
from tests.conftest import JSON, ROOT, Server

PAGES = ROOT / "tests/pgwatch_contract/help"
RENEW = "see whether the page reads well, and keep it: python -m tests.pgwatch_contract.help"
ALL_OPTIONS = [option for options in OPTIONS.values() for option in options]
SAMPLES = {
    "--host": "::1",
    "--port": "1234",
    "--base-path": "/pgwatch/",
    "--cors-origin": "http://a.example",
    "--sources": "s.yaml",
    "--metrics": "m.yaml",
    "--spec": "o.yaml",
    "--user": "u",
    "--password": "p",
    "--token-ttl": "20",
    "--jwt-secret": "s",
    "--latency": "5-50",
    "--not-ready": "forever",
    "--log-rate": "0.5",
    "--seed": "7",
    "--max-body": "100",
    "--console": "json",
    "--deviate": "add-is-201",
    "--release": "5.3",
    "--store": "postgres",
    "--env": "PGHOST",
    "--allowed-host": "a.example",
}
OTHERS = {
    "--cors-origin": "http://b.example",
    "--allowed-host": "mock.example",
    "--console": "text",
    "--deviate": "list-is-sorted",
    "--store": "yaml",
    "--env": "PGUSER",
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pgwatch_contract", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=ROOT,
        check=False,
        env={**os.environ, **environment},
    )


def refused(*arguments: str, **environment: str) -> str:
    """Return the one line with which a start is refused."""
    result = run("mock", "--port", "0", *arguments, **environment)
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr.strip()


def variable(option: Option) -> str:
    return f"{VARIABLES}_{(option.name or '').upper()}"


def test_help_teaches() -> None:
    """--help names every option with its environment variable, and every default that is not empty."""
    text = " ".join(run("mock", "--help", COLUMNS="1000").stdout.split())
    for option in ALL_OPTIONS:
        for flag in option.opts:
            assert flag in text
        assert f"[env var: {variable(option)}" in text
        assert not option.show_default or "default: " in text.partition(variable(option))[2].partition("]")[0]


@pytest.mark.once
@pytest.mark.parametrize("command", [[], *([each] for each in COMMANDS)], ids=" ".join)
def test_help_fits_the_terminal(command: list[str]) -> None:
    """No line of any --help is wider than the terminal, and none of its words is lost in a narrow one."""
    wide = run(*command, "--help", COLUMNS="1000").stdout
    for columns in (80, 120):
        text = run(*command, "--help", COLUMNS=str(columns)).stdout
        assert [line for line in text.splitlines() if len(line) > columns] == []
        assert [word for word in wide.split() if word not in text.split()] == []
    page = PAGES / f"{' '.join(['pgwatch-contract', *command])}.txt"
    assert run(*command, "--help", COLUMNS="80").stdout == page.read_text(encoding="utf-8"), RENEW


def test_the_command_explains_itself() -> None:
    """Without a command, and with --help, the commands are listed; --version tells the version; others are refused."""
    assert run().stdout == run("--help").stdout
    assert "mock" in run().stdout
    assert run("--version").stdout == f"pgwatch-contract {__version__}\n"
    mistyped = run("mok")
    assert (mistyped.returncode, mistyped.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.opts[0])
def test_every_option_is_an_environment_variable(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option's environment variable does what the option does, and the option counts before it."""
    flag = option.opts[0]
    given = [flag] if option.is_flag else [flag, SAMPLES[flag]]
    by_option = read_options(given)
    assert by_option != read_options([])
    monkeypatch.setenv(variable(option), "yes" if option.is_flag else SAMPLES[flag])
    assert read_options([]) == by_option
    monkeypatch.setenv(variable(option), "no" if option.is_flag else OTHERS.get(flag, "1"))
    assert read_options(given) == by_option
    assert read_options([]) != by_option


def test_settings_come_from_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting has its option, repeated origins add up, and values have the units the settings say."""
    monkeypatch.setenv("PGWATCH_MOCK_CORS_ORIGIN", "http://b.example")
    options = read_options(
        [
            "--cors-origin",
            "http://a.example",
            "--cors-origin",
            "*",
            "--latency",
            "5-50",
            "--not-ready",
            "forever",
            "--base-path",
            "pgwatch/",
            "-q",
        ]
    )
    settings = options.settings
    assert (settings.cors_origins, settings.latency) == (("http://a.example", "*"), (0.005, 0.05))
    assert (settings.not_ready, settings.base_path, options.verbosity) == (FOREVER, "/pgwatch", -1)
    assert {field.name for field in fields(Settings)} - {option.name for option in ALL_OPTIONS} == {
        "cors_origins",
        "allowed_hosts",
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--port", "65536"], "Invalid value for '--port': '65536' is not a port from 0 to 65535"),
        (["--token-ttl", "0"], "Invalid value for '--token-ttl': must be more than 0"),
        (["--log-rate", "nan"], "Invalid value for '--log-rate': 'nan' is not a number from 0 up"),
        (["--log-rate", "1e18"], "Invalid value for '--log-rate': '1e18' is more than 100000 lines a second"),
        (["--latency", "9-1"], "Invalid value for '--latency': '9-1' is not a range: the smaller number comes first"),
        (["--cors-origin", "localhost:4000"], "'localhost:4000' is not an origin, such as http://localhost:4000"),
        (["--console", "xml"], "Invalid value for '--console': 'xml' is neither text nor json"),
        (["--max-body", "-1"], "Invalid value for '--max-body': '-1' is not a number of bytes from 1 up"),
        (["--base-path", "a b"], "Invalid value for '--base-path': 'a b' is not a path"),
        (["--base-path", "//evil"], "Invalid value for '--base-path': '//evil' is not a path"),
        (["--nonsense"], "No such option '--nonsense'"),
    ],
)
def test_a_wrong_option_is_one_line(arguments: list[str], line: str) -> None:
    """A value that an option cannot have is refused with the value, what is allowed, and exit code 2."""
    assert line in refused(*arguments)


def test_a_wrong_variable_is_one_line() -> None:
    """A wrong value in the environment is refused by the variable's name."""
    assert "environment variable PGWATCH_MOCK_RELOAD: 'maybe' is not a valid boolean" in refused(
        PGWATCH_MOCK_RELOAD="maybe"
    )


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


def test_an_address_can_stand_in_brackets() -> None:
    """[::1] is ::1."""
    assert read_options(["--host", "[::1]"]).host == "::1"


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


@pytest.mark.parametrize("number", [2, 15], ids=["SIGINT", "SIGTERM"])
def test_it_stops_when_told(start: Callable[..., Server], number: int) -> None:
    """Ctrl-C and kill -TERM end the server, with exit code 0 and without a traceback."""
    server = start()
    assert httpx.get(f"{server.url}/liveness").status_code == 200
    code, out = server.stop(number)
    assert (code, "Traceback" in out) == (0, False)
