"""Connection tests that are imagined: each outcome of ``fixtures/hosts.yaml``, and that no password is ever shown."""

import time
from collections.abc import Iterator

import httpx
import pytest
import yaml

from tests.conftest import ROOT, Server
from tests.support.helpers import MOST_BODY_BYTES, OPERATIONS, cases, checked_client

SECRET = "Geheim7f3a"
OUTCOMES = {
    "refused*": ("refused.example.com", "db", "refused.example.com:5432: dial error: connect: connection refused"),
    "[0-9:]*": ("127.0.0.1:1", "db", "127.0.0.1:1: dial error: connect: connection refused"),
    "unknown*": ("unknown-host", "db", "hostname resolving error: lookup unknown-host: no such host"),
    "*.invalid": ("db.invalid", "db", "hostname resolving error: lookup db.invalid: no such host"),
    "denied*": (
        "denied",
        "db",
        'denied:5432: server error: FATAL: password authentication failed for user "monitor" (SQLSTATE 28P01)',
    ),
    "notls*": ("notls.example.com", "db", "notls.example.com:5432: tls error: server refused TLS connection"),
    "missing*": (
        "db.example.com",
        "missing_db",
        'db.example.com:5432: server error: FATAL: database "missing_db" does not exist (SQLSTATE 3D000)',
    ),
}
SLOW_OUTCOMES = {"slow*", "silent*"}


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in and checks every answer against the contract."""
    with checked_client(server, server.login()) as client:
        yield client


def attempt(api: httpx.Client, connection_string: str | bytes, **headers: str) -> httpx.Response:
    return api.post("/test-connect", content=connection_string, headers=headers)


def test_every_outcome_of_the_file_is_tested() -> None:
    """An entry that is added to the file needs a test."""
    entries = yaml.safe_load((ROOT / "fixtures/hosts.yaml").read_bytes())
    # Only a release can be asked for a host without a name.
    named = {entry["host"] if "host" in entry else entry["database"] for entry in entries} - {""}
    assert named == {*OUTCOMES, *SLOW_OUTCOMES}


@pytest.mark.parametrize("form", ["postgresql://monitor:{}@{}/{}", "user=monitor password={} host={} dbname={}"])
@pytest.mark.parametrize(("host", "database", "reason"), cases(OUTCOMES))
def test_outcome_of_a_host(api: httpx.Client, form: str, host: str, database: str, reason: str) -> None:
    """A connection fails as the file says for its host or database, whichever way the string is written."""
    name, _, port = host.partition(":")
    is_uri = "://" in form
    text = form.format(SECRET, host if is_uri else name, database)
    answer = attempt(api, f"{text} port={port}" if port and not is_uri else text)
    assert answer.status_code == 400
    assert answer.text == f"failed to connect to `user=monitor database={database}`: {reason}\n"


@pytest.mark.parametrize(
    "connection_string",
    cases(
        {
            **OPERATIONS["testConnection"].body_examples,
            "URI of the shortest kind": "postgres://",
            "URI with options": "postgresql://u:p@db.example.com:6432/app?sslmode=disable&application_name=a%20b",
            "pairs with quotes": r"host='db.example.com' password='with \' and spaces' dbname = app",
            "IPv6": "postgresql://u@[::1]:5432/app",
            "socket": "host=/var/run/postgresql dbname=app",
            "second host": "postgresql://u@refused,db.example.com/app",
            "second host and ports": "host=refused,db.example.com port=1,2",
            "spaces around": "  host=db.example.com\n",
            "only spaces": "   ",
        }
    ),
)
def test_reachable_host(api: httpx.Client, connection_string: str) -> None:
    """Any host that the file does not name is reachable; one of several hosts is enough."""
    answer = attempt(api, connection_string)
    assert (answer.status_code, answer.content) == (200, b""), answer.text


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/json",
        "application/x-www-form-urlencoded",
        "nonsense",
        "text/plain; charset=latin-1",
    ],
)
def test_content_type_does_not_matter(api: httpx.Client, content_type: str) -> None:
    """The body is read as text whatever is said of it."""
    headers = {"Content-Type": content_type} if content_type else {}
    assert attempt(api, "host=db.example.com", **headers).status_code == 200
    assert attempt(api, "host=refused", **headers).status_code == 400


@pytest.mark.parametrize(
    ("form", "host"),
    [
        ("postgresql://u@{}/db?connect_timeout=1", "silent.example.com"),
        ("connect_timeout=1 user=u dbname=db host={}", "slow.example.com"),
    ],
    ids=["URI", "pairs"],
)
def test_connect_timeout_cuts_a_slow_host_short(api: httpx.Client, form: str, host: str) -> None:
    """The string's own timeout ends the wait, and not before its time."""
    began = time.monotonic()
    answer = attempt(api, form.format(host))
    assert answer.status_code == 400
    assert answer.text.startswith(f"failed to connect to `user=u database=db`: {host}:5432: ")
    assert "timeout" in answer.text
    assert time.monotonic() - began >= 1


def test_connect_timeout_does_not_hold_up_a_fast_host(api: httpx.Client) -> None:
    """A long timeout delays nothing: the client itself waits for less."""
    assert attempt(api, "host=db.example.com connect_timeout=100").status_code == 200
    assert attempt(api, "host=refused connect_timeout=100").status_code == 400


@pytest.mark.parametrize(
    ("body", "line"),
    cases(
        {
            "empty": (b"", "body: must not be empty\n"),
            "not UTF-8": (b"host=\xff", "body is not valid UTF-8\n"),
            "UTF-16": ("host=a".encode("utf-16"), "body is not valid UTF-8\n"),
            "NUL": (b"host=a\0b", "cannot parse the connection string: it contains a NUL character\n"),
            "port 0": (
                b"host=a port=0",
                "cannot parse the connection string: the port is not a number from 1 to 65535\n",
            ),
            "port 65536": (
                b"host=a port=65536",
                "cannot parse the connection string: the port is not a number from 1 to 65535\n",
            ),
            "service": (
                b"service=mine",
                "cannot parse the connection string: it names a service, and there is no service file here\n",
            ),
            "timeout of half a second": (
                b"host=a connect_timeout=0.5",
                "cannot parse the connection string: connect_timeout is not a whole number of seconds\n",
            ),
        }
    ),
)
def test_unreadable_body(api: httpx.Client, body: bytes, line: str) -> None:
    """What is no connection string is 400 with the reason."""
    answer = attempt(api, body)
    assert (answer.status_code, answer.text) == (400, line)


def test_body_over_the_limit(api: httpx.Client) -> None:
    """One byte over the limit is 413, the limit itself is read."""
    assert attempt(api, "host=a".ljust(MOST_BODY_BYTES)).status_code == 200
    assert attempt(api, "host=a".ljust(MOST_BODY_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    "connection_string",
    cases(
        {
            "URI that fails": f"postgresql://u:{SECRET}@denied/db",
            "pairs that fail": f"host=denied user=u password={SECRET}",
            "password in the query": f"postgresql://u@denied/db?password={SECRET}",
            "percent-encoded": "postgresql://u:" + "".join(f"%{byte:02x}" for byte in SECRET.encode()) + "@denied/db",
            "percent-encoded and unreadable": f"postgresql://u:%47{SECRET}%zz@denied/db",
            "percent-encoded NUL": f"postgresql://u:{SECRET}%00@denied/db",
            "at sign in front": f"postgresql://u:@{SECRET}@refused/db",
            "at sign behind": f"postgresql://u:{SECRET}@{SECRET}@refused/db",
            "at sign and slash": f"postgresql://u:p@refused/{SECRET}@refused/db",
            "slash in front": f"postgresql://refused:/{SECRET}@h/db",
            "number and slash": f"postgresql://refused:12/{SECRET}@h/db",
            "question mark in front": f"postgresql://refused:?{SECRET}@h/db",
            "question mark and equals": f"postgresql://refused:?{SECRET}=1@h/db",
            "hash in front": f"postgresql://u:#{SECRET}@refused/db",
            "colon in front": f"postgresql://u::{SECRET}@refused/db",
            "bracket in front": f"postgresql://u:@[{SECRET}@refused/db",
            "spaces in a URI": f"postgresql://u:two {SECRET}@refused/db",
            "spaces in pairs": f"host=refused password=two {SECRET} user=u",
            "spaces and equals in pairs": f"host=refused password=two {SECRET}=x user=u",
            "quote not closed": f"host=refused password='{SECRET} user=u",
            "quote in the middle": f"host=refused password='two' {SECRET}' user=u",
            "unknown option before": f"colour=red password={SECRET}",
            "unknown option behind": f"password={SECRET} colour=red",
            "unknown option in the query": f"postgresql://u:{SECRET}@refused/db?colour=red",
            "bad port": f"postgresql://u:{SECRET}@refused:port/db",
            "bad timeout": f"postgresql://u:{SECRET}@refused/db?connect_timeout=soon",
            "password as port": f"host=refused port={SECRET}",
            "password as timeout": f"host=refused connect_timeout={SECRET}",
            "password as sslmode": f"host=refused sslmode={SECRET}",
            "bracket not closed": f"postgresql://u:{SECRET}@[::1/db",
            "other scheme": f"mysql://u:{SECRET}@refused/db",
            "SQLAlchemy": f"postgresql+psycopg://u:{SECRET}@refused/db",
            "JDBC": f"jdbc:postgresql://refused/db?user=u&password={SECRET}",
            "scheme in capitals": f"POSTGRESQL://u:{SECRET}@refused/db",
            "environment variable": f"PGPASSWORD={SECRET} psql -h refused",
            "command": f"psql postgresql://u:{SECRET}@refused/db",
            "JSON object": f'{{"host": "refused", "password": "{SECRET}"}}',
            "JSON string": f'"postgresql://u:{SECRET}@refused/db"',
            "JSON of a source": f'{{"Name": "a", "ConnStr": "postgresql://u:{SECRET}@refused/db"}}',
            "form data": f"host=refused&password={SECRET}",
            "bare word": SECRET,
            "bare word as base64": f"{SECRET}==",
            "user and password": f"u:{SECRET}@refused",
            "several lines": f"host=refused\npassword={SECRET}\n{SECRET}\n",
            "equals first": f"={SECRET}",
            "YAML": f"password: {SECRET}",
        }
    ),
)
def test_no_answer_shows_a_password(api: httpx.Client, connection_string: str) -> None:
    """Whatever the string looks like and whatever comes of it, the answer does not repeat the password."""
    answer = attempt(api, connection_string)
    assert answer.status_code in (200, 400)
    assert SECRET not in answer.text


def test_a_long_unreadable_string_is_refused_at_once(api: httpx.Client) -> None:
    """Finding out what must be masked does not take longer and longer with the length of the string."""
    assert attempt(api, "://:" * 200_000).status_code == 400
