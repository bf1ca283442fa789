"""What reports show of a request: a curl line that sends it again, without secrets."""

import http.server
import json
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.target.hidden import Hidden

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl"


def exchange(method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Exchange:
    return Exchange("", method, url, headers or {}, body)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Notes what it is sent."""

    seen: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def recorder() -> Iterator[str]:
    """A server that notes what it is sent."""
    Recorder.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("method", "query", "headers", "body"),
    [
        ("GET", "", {"Token": TOKEN}, b""),
        ("GET", f"?Token={TOKEN}&x=%27%20", {}, b""),
        ("HEAD", "", {}, b""),
        ("DELETE", "?name=a%20b", {"Token": TOKEN}, b""),
        ("POST", "", {"Content-Type": "application/json"}, b'{"Name": "it\'s $HOME `id` \\"x\\""}'),
        ("PUT", "", {"Content-Type": "application/json", "Token": TOKEN}, b"\xff\x00'\\\n%s"),
        ("POST", "", {}, f'{{"t": "{TOKEN}", "q": "a\\"b"}}'.encode()),
        ("GET", "", {"Token": "", "Cookie": f"token={TOKEN}"}, b""),
    ],
)
def test_the_curl_line_sends_the_same_request(
    recorder: str, method: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    """Given the variables that it names, a shell runs the line and the server gets the request again, byte for byte."""
    line = exchange(method, f"{recorder}/source{query}", headers, body).curl({TOKEN: "TOKEN"})
    assert TOKEN not in line
    subprocess.run(["bash", "-c", f"TOKEN={TOKEN}; {line}"], check=True, capture_output=True, timeout=20)
    ((seen_method, seen_path, seen_headers, seen_body),) = Recorder.seen
    assert seen_body == body
    assert (seen_method, seen_path) == (method, f"/source{query}")
    for name, value in headers.items():
        assert seen_headers.get(name.lower()) == value
    assert ("content-type" in seen_headers) is ("Content-Type" in headers)


def test_a_long_body_is_cut() -> None:
    """A body of a megabyte does not fill the report."""
    line = exchange("POST", "http://x/source", {}, b"x" * 1_000_000).curl({})
    assert len(line) < 3000
    assert "1000000 bytes in all" in line


def test_known_secrets_and_foreign_passwords_are_masked() -> None:
    """Known secrets become variables, and what looks like the password of somebody else's database is hidden."""
    hidden = Hidden()
    hidden.hide(TOKEN, "TOKEN")
    hidden.hide("P", "PASSWORD")
    shown = hidden.masked(f'{TOKEN} {{"password": "P"}} POST postgresql://u:s3cr3t@h/d host=h password=\'a b\' x')
    assert shown == '$TOKEN {"password": "$PASSWORD"} POST postgresql://u:***@h/d host=h password=*** x'


def test_a_shell_would_not_expand_what_was_sent() -> None:
    """Text from the case stays text in the line."""
    body = json.dumps({"Name": "$(touch /tmp/x)"}).encode()
    line = exchange("POST", "http://x/", {"A": "`id`"}, body).curl({})
    assert "$(touch /tmp/x)" in shlex.split(line)[-1]
    assert "A: `id`" in shlex.split(line)


@pytest.mark.parametrize("password", ['a"b$c`d', "ü%s'x", "with space & more", "back\\slash"])
@pytest.mark.parametrize("body", [b"%s", b'{"password": "%s"}', b"\xff%s"], ids=["alone", "JSON", "bytes"])
def test_a_secret_is_hidden_however_it_is_spelled(password: str, body: bytes) -> None:
    """Neither in JSON nor in a URL nor beside bytes that are no text is a secret shown."""
    hidden = Hidden()
    hidden.hide(password, "PASSWORD")
    for spelled in (password, json.dumps(password)[1:-1]):
        sent = exchange(
            "POST", "http://x/?p=" + quote(password), {"A": password}, body.replace(b"%s", spelled.encode())
        )
        line = hidden.masked(sent.curl(hidden.placeholders))
        for secret in (password, spelled, quote(password)):
            assert secret not in line
        assert line.count("${PASSWORD}") + line.count("$PASSWORD") >= 3
