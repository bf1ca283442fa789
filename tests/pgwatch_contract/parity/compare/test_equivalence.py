"""compare finds what two servers do differently, makes it short, and finds nothing where there is nothing."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from pgwatch_contract.command_line import run
from pgwatch_contract.parity.compare.cli import COMPARE, read_known
from pgwatch_contract.parity.compare.found import Known, parts_that_differ
from pgwatch_contract.parity.compare.operations import Step, Words, deletions, operations_of
from pgwatch_contract.parity.compare.outcome_text import as_curl
from pgwatch_contract.parity.compare.sequences import sequences
from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.exchange import Answer, Request
from pgwatch_contract.parity.own_mock import running_mock
from pgwatch_contract.releases.documents import release_document

pytestmark = pytest.mark.once

PRINTED_BYTES = (
    r"printf 'it\047s\000\377\045' | curl -si --path-as-is -X POST --data-binary @- "
    """-H Content-Type: "$URL"'/a?b=c'"""
)
WORDS = Words("made-up-", "admin", "pgwatchadmin")


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    """A server that keeps the contract."""
    with running_mock() as url:
        yield url


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """The exit code of compare and the lines it printed."""
    code = run(COMPARE, [*arguments, "--throwaway"])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


@pytest.mark.parametrize("options", [[], ["--release", "5.3"]], ids=["contract", "5.3"])
def test_equal_servers_do_not_differ(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Two mocks that are the same answer 300 operations the same, logins among them, after the normalisations."""
    with running_mock(*options) as one, running_mock(*options) as other:
        code, lines = compared(capsys, one, other, "--operations", "300", "--seed", "5", *options)
    assert code == 0, lines
    assert re.fullmatch(r"no difference in 300 operations of \d+ sequences", lines[0])
    assert len(lines) == 1


@pytest.mark.parametrize(("deviation", "most"), [("name-is-trimmed", 2), ("delete-deletes-the-last", 3)])
def test_a_difference_is_found_and_made_short(
    deviation: str, most: int, plain: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one server keeps otherwise than the other shows within 3,000 operations, and takes few to be shown."""
    with running_mock("--deviate", deviation) as other:
        code, lines = compared(capsys, plain, other, "--operations", "3000", "--seed", "2")
    text = "\n".join(lines)
    assert code == 1, text
    number = re.fullmatch(r"differ after (\d+) operations?", lines[0])
    assert number, text
    assert int(number[1]) <= most, text
    assert "it differed 3 of 3 times" in text
    assert "A answers:" in lines
    assert "B answers:" in lines


def test_the_sequence_is_printed_to_be_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """The curl lines that are printed show the difference again in a shell; no password and no token is among them."""
    with running_mock() as plain, running_mock("--deviate", "add-is-201") as other:
        code, lines = compared(capsys, plain, other, "--seed", "3")
        text = "\n".join(lines)
        assert (code, lines[0]) == (1, "differ after 1 operation"), text
        assert "pgwatchadmin" not in text
        assert not re.search(r"eyJ[\w-]+\.", text)
        commands = [line for line in lines if line.startswith(("TOKEN=", "curl ", "printf "))]
        script = "\n".join(commands).replace('"..."', '"admin"', 1).replace('"..."', '"pgwatchadmin"', 1)
        for url, status in ((plain, "200"), (other, "201")):
            shown = subprocess.run(
                ["bash", "-c", script],
                env={"URL": url, "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=True,
            )
            assert shown.stdout.startswith(f"HTTP/1.1 {status} "), script


def test_servers_that_do_not_begin_alike_are_refused(plain: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the lists differ from the start, every request would; that is said before any is sent."""
    with running_mock("--deviate", "list-is-reversed") as other:
        assert run(COMPARE, [plain, other, "--throwaway"]) == 2
    assert "not alike before anything is sent: /source differs" in capsys.readouterr().err


def test_known_differences_are_passed_over(plain: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What --known describes is counted, and is no difference that ends the search."""
    file = tmp_path / "known.yaml"
    entry = "- {reason: it says Created, operation: addSource, part: status}\n- {reason: for PATCH, path: ^/nothing}\n"
    file.write_text(entry, encoding="utf-8")
    with running_mock("--deviate", "add-is-201") as other:
        given_options = [plain, other, "--operations", "150", "--seed", "4", "--known", str(file)]
        code, lines = compared(capsys, *given_options)
        assert code == 0, lines
        assert re.fullmatch(r"passed over [1-9]\d* times: it says Created", lines[1])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: b", "has to be a list"),
        ("- text", "entry 1: it has to be an object"),
        ("- {reason: x}", "needs a reason, and one of"),
        ("- {path: x}", "needs a reason, and one of"),
        ("- {reason: x, pathh: x}", "unknown key 'pathh'"),
        ("- {reason: x, path: '('}", "not a regular expression"),
        ("- [", "not valid YAML"),
    ],
)
def test_a_wrong_list_of_differences_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    """A list that would pass over nothing, or everything, is an error that says what is wrong."""
    file = tmp_path / "known.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotPossible, match=re.escape(reason)):
        read_known(file)


def test_nothing_is_sent_without_permission(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --throwaway no server gets a request, and the error says what would happen to it."""
    asked = []

    class Ear(BaseHTTPRequestHandler):
        def handle(self) -> None:
            asked.append(self.client_address)

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as ear:
        threading.Thread(target=ear.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{ear.server_port}"
        assert run(COMPARE, [url, url, "--release", "5.3"]) == 2
        ear.shutdown()
    assert asked == []
    error = capsys.readouterr().err
    assert "add, replace and delete" in error
    assert "--throwaway" in error


@pytest.mark.parametrize(
    ("options", "reason"),
    [([], "cannot be reached"), (["--release", "9.9"], "no release '9.9'"), (["--known", "no-such"], "no-such")],
)
def test_what_is_not_possible_ends_with_2(options: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A server, a release and a file that are not there are said in one line."""
    assert run(COMPARE, ["http://127.0.0.1:1", "http://127.0.0.1:1", "--throwaway", *options]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("release", ["3.1", "5.3"])
def test_no_source_without_a_name_is_sent(release: str) -> None:
    """What could be stored as a source without a name never goes out: from 4.0 on nothing could delete it again."""

    @seed(5)
    @settings(max_examples=30, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sequences(release_document(release), WORDS))
    def check(steps: tuple[Step, ...]) -> None:
        for request in (step.request for step in steps):
            if (request.method, request.target.partition("?")[0]) == ("POST", "/source"):
                assert all(name not in ("", None) for name in names_in(request.body or b"")), request

    check()


def names_in(body: bytes) -> list[object]:
    """Return the names that a source could get by a body: none where that is no JSON, or no object."""
    try:
        value = json.loads(body)
    except ValueError:
        return []
    if value is None:
        return [None]
    names = [each for key, each in value.items() if key.lower() == "name"] if isinstance(value, dict) else []
    return names or ([None] if isinstance(value, dict) else [])


@pytest.mark.parametrize("release", ["3.1", "5.3"])
def test_all_operations_are_drawn(release: str) -> None:
    """Every operation of a release is among what is sent, and every list that is written to can be emptied."""
    operations = operations_of(release_document(release))
    assert set(deletions(operations)) == {"/source", "/metric", "/preset"}
    drawn: set[str] = set()

    @seed(6)
    @settings(max_examples=80, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sequences(release_document(release), WORDS))
    def draw(steps: tuple[Step, ...]) -> None:
        drawn.update(step.operation for step in steps)

    draw()
    assert drawn == {operation.id for operation in operations} | {"none"}


def test_parts_of_an_answer() -> None:
    """A difference is named by where it is; the length of a body that differs is none of its own."""
    one = Answer(200, "OK", (("Content-Length", "1"), ("Allow", "GET")), b"a")
    assert parts_that_differ(one, one) == frozenset()
    assert parts_that_differ(one, Answer(200, "Fine", one.headers, b"a")) == {"status"}
    assert parts_that_differ(one, Answer(200, "OK", (("Content-Length", "2"), one.headers[1]), b"ab")) == {"body"}
    assert parts_that_differ(one, Answer(200, "OK", one.headers[:1], b"a")) == {"allow"}
    assert parts_that_differ(one, Answer(200, "OK", one.headers[::-1], b"a")) == {"headers"}


def test_a_known_difference_is_as_narrow_as_it_says() -> None:
    """Operation, path, body and part have all to fit."""
    known = Known("r", "addSource", re.compile("^/source$"), re.compile(b"xx"), "status")
    request = Request("POST", "/source", body=b"axxb")
    assert known.covers(Step("addSource", request), "status")
    assert not known.covers(Step("addSource", request), "body")
    assert not known.covers(Step("none", request), "status")
    assert not known.covers(Step("addSource", Request("POST", "/source", body=b"ab")), "status")
    assert not known.covers(Step("addSource", Request("POST", "/source/", body=b"axxb")), "status")


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (
            Request("GET", "/source", (("Token", "${TOKEN}"),)),
            'curl -si --path-as-is -H "Token: ${TOKEN}" "$URL"/source',
        ),
        (Request("HEAD", "/a", (("Token", ""),)), "curl -si --path-as-is -I -H 'Token;' \"$URL\"/a"),
        (Request("POST", "/a?b=c", (), b"it's\0\xff%"), PRINTED_BYTES),
    ],
)
def test_curl_lines(request_: Request, command: str) -> None:
    """Requests are printed so that a shell sends them as they were, with the token as a variable."""
    assert as_curl(request_) == command
