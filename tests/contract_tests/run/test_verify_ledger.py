"""Behind the ledger of a release no other fault hides: its mock with one more is red, and the failure is that fault."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.support.front import Front
from tests.support.verify_helpers import WITH_LOGIN, verify

pytestmark = [pytest.mark.once, pytest.mark.timeout(180)]

Alter = Callable[[bytes, bytes], bytes]


def _altered(at: bytes, head: tuple[bytes, bytes] = (b"", b""), body: Callable[[bytes], bytes] = bytes) -> Alter:
    """Have answers to requests that begin so changed, where they are 200 or are about a head that is there."""

    def alter(request: bytes, given: bytes) -> bytes:
        lines, _, content = given.partition(b"\r\n\r\n")
        if not request.startswith(at):
            return given
        changed = _unchunked(lines, content) if content else (lines, content)
        told = re.sub(re.escape(head[0]), head[1], changed[0], count=1) if head[0] else changed[0]
        made = body(changed[1]) if b" 200 " in told[:20] else changed[1]
        told = re.sub(rb"(?i)content-length: \d+", b"Content-Length: %d" % len(made), told)
        return told + b"\r\n\r\n" + made

    return alter


def _unchunked(lines: bytes, content: bytes) -> tuple[bytes, bytes]:
    if b"transfer-encoding: chunked" not in lines.lower():
        return lines, content
    whole = b""
    while content and (size := int(content.partition(b"\r\n")[0], 16)):
        start = content.index(b"\r\n") + 2
        whole, content = whole + content[start : start + size], content[start + size + 2 :]
    return re.sub(rb"(?i)transfer-encoding: chunked", b"Content-Length: 0", lines), whole


LIST = b"GET /source"
TEXT = b"Content-Type: text/plain; charset=utf-8"
FAULTS = {
    "a list in an object": (
        _altered(LIST, body=lambda list_: b'{"sources": %s}' % list_),
        ("answer.body-fits-schema", "body: of type object"),
    ),
    "another name for a field": (
        _altered(LIST, body=lambda list_: list_.replace(b'"ConnStr"', b'"ConnString"')),
        ("answer.body-fits-schema", "[].ConnStr: missing"),
    ),
    "a flag that is a text": (
        _altered(LIST, body=lambda list_: re.sub(rb'("IsEnabled": ?)(\w+)', rb'\1"\2"', list_)),
        ("answer.body-fits-schema", "[].IsEnabled: of type string"),
    ),
    "a list as a page": (
        _altered(LIST, (TEXT, b"Content-Type: text/html")),
        ("answer.content-type-is-documented", "200 of type text/html"),
    ),
    "another success": (_altered(LIST, (b"200 OK", b"203 OK")), ("answer.status-is-documented", "no body: 203 text/")),
    "errors as pages": (
        _altered(b"POST /login", (TEXT, b"Content-Type: text/html")),
        ("answer.content-type-is-documented", "200 of type text/html"),
    ),
    "another server error": (
        _altered(b"POST /login", (b"500 Internal Server Error", b"503 Service Unavailable")),
        ("answer.no-server-error", "503 text/plain"),
    ),
    "another origin": (
        _altered(b"", (b"Access-Control-Allow-Origin: ", b"Access-Control-Allow-Origin: http://x.")),
        ("cors.every-answer-names-the-origin", "http://x."),
    ),
}
"""How an answer is changed, and the clause and a part of what is found."""


@pytest.mark.parametrize("release", ["3.0", "3.5", "5.3"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_other_fault_hides(start: Callable[..., Server], tmp_path: Path, release: str, fault: str) -> None:
    """The run is red by that fault, though entries of the ledger are about the same clause and operation."""
    alter, (clause, found) = FAULTS[fault]
    front = Front([start("--release", release, *WITH_LOGIN).address], alter=alter)
    layers = "http,cors,authentication,operations"
    result = verify(front.url, "--release", release, "--quick", "--layer", layers, "--report", str(tmp_path))
    assert result.returncode == 1, result.stdout + result.stderr
    verdict = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    new = [(each["clause"], each["found"]) for each in verdict["failures"]]
    assert any(each == clause and found in text for each, text in new), new


def test_a_ledger_that_was_written_is_taken(start: Callable[..., Server], tmp_path: Path) -> None:
    """What --write-ledger wrote of a server whose release was found out makes the next such run green."""
    alter, _ = FAULTS["another origin"]
    front = Front([start("--release", "5.3", *WITH_LOGIN).address], alter=alter)
    options, ledger = ("--release", "auto", "--quick", "--layer", "cors"), str(tmp_path / "known.yaml")
    assert verify(front.url, *options, "--write-ledger", ledger).returncode == 1
    assert "operation: getSource" in (tmp_path / "known.yaml").read_text(encoding="utf-8")
    result = verify(front.url, *options, "--ledger", ledger)
    assert result.returncode == 0, result.stdout + result.stderr
