"""What libpq is given by ``--real-connect``: no file, nothing of the environment, no setting but those it may have."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from mockserver.memory.connection_string import parse
from mockserver.memory.connector import Failure
from mockserver.memory.real_connection import environment, real_connect, settings_of
from tests.support.helpers import cases

SECRET = "Geheim7f3a"


@pytest.mark.parametrize(
    ("text", "expected"),
    cases(
        {
            "pairs": (
                "host=h user=u password=p dbname=d sslmode=require application_name=a",
                {"user": "u", "password": "p", "sslmode": "require", "application_name": "a", "dbname": "d"},
            ),
            "defaults": ("host=h", {"user": "postgres", "dbname": "postgres"}),
            "a parameter of the server": (
                "host=h options='-c a=b' search_path='x, y'",
                {"user": "postgres", "dbname": "postgres", "options": "-c a=b -c search_path=x,\\ y"},
            ),
            "a key of libpq that writes a file": (
                "host=h sslkeylogfile=/tmp/keys",
                {"user": "postgres", "dbname": "postgres", "options": "-c sslkeylogfile=/tmp/keys"},
            ),
            "files that pgx would read": (
                "host=h passfile=/p sslpassword=x",
                {"user": "postgres", "dbname": "postgres"},
            ),
            "certificates": (
                "host=h sslmode=verify-ca",
                {"user": "postgres", "dbname": "postgres", "sslmode": "verify-full", "sslrootcert": "system"},
            ),
            "a database that looks like a string": (
                "host=h dbname='host=x sslkeylogfile=y'",
                {"user": "postgres", "dbname": "host=x sslkeylogfile=y"},
            ),
        }
    ),
)
def test_settings(text: str, expected: dict[str, str]) -> None:
    """Settings that reach no file are passed on under libpq's names, all others but pgx's own go to the server."""
    always = {"host": "h", "port": "5432", "options": "", "gssencmode": "disable"}
    assert settings_of(parse(text)) == always | expected


def test_the_environment_has_no_setting_of_libpq() -> None:
    """Whatever begins with PG is gone, and the home folder and that of the system's services are none."""
    kept = environment({"PGPASSWORD": SECRET, "PGSERVICE": "x", "PGOPTIONS": "x", "HOME": "/home/me", "LANG": "C"})
    assert SECRET not in kept.values()
    assert [name for name in kept if name.startswith("PG")] == ["PGSYSCONFDIR"]
    assert kept["LANG"] == "C"
    assert not Path(kept["HOME"]).exists()
    assert not Path(kept["PGSYSCONFDIR"]).exists()


def asking_for_a_password(listener: socket.socket, heard: list[bytes]) -> None:
    """Be a PostgreSQL that asks one client for its password in clear, and keep all that it sends."""
    listener.settimeout(20)
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(2)
        first = connection.recv(4096)
        if first[4:8] == b"\x04\xd2\x16\x2f":  # it asks for TLS
            connection.sendall(b"N")
            first = connection.recv(4096)
        connection.sendall(b"R\0\0\0\x08\0\0\0\x03")
        heard += [first, connection.recv(4096)]


def try_real(text: str) -> Failure:
    failure = asyncio.run(real_connect(text))
    assert failure is not None
    return failure


def test_nothing_of_the_environment_reaches_a_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server that asks for a password is sent none: not PGPASSWORD's, nor one of .pgpass or of a service file."""
    (tmp_path / ".pgpass").write_text(f"*:*:*:*:{SECRET}\n", encoding="utf-8")
    (tmp_path / ".pgpass").chmod(0o600)
    (tmp_path / ".pg_service.conf").write_text(f"[mine]\npassword={SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / ".pgpass"))
    monkeypatch.setenv("PGPASSWORD", SECRET)
    monkeypatch.setenv("PGSERVICE", "mine")
    monkeypatch.setenv("PGAPPNAME", SECRET)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=asking_for_a_password, args=(listener, heard))
        server.start()
        keys = tmp_path / "keys"
        port = listener.getsockname()[1]
        failure = try_real(f"host=127.0.0.1 port={port} user=u sslkeylogfile={keys} passfile={tmp_path}/.pgpass")
        server.join()
    assert b"user\0u\0" in heard[0]
    assert SECRET.encode() not in b"".join(heard)
    assert "no password supplied" in failure.reason
    assert not keys.exists()


@pytest.mark.parametrize(
    "text", [f"host=127.0.0.1 port=1 user={SECRET} password={SECRET}", f"postgresql://u:{SECRET}@127.0.0.1:1/{SECRET}"]
)
def test_the_reason_is_one_line_without_the_password(text: str) -> None:
    """What libpq says is told in one line, with a mask where it repeats the password."""
    failure = try_real(text)
    assert "Connection refused" in failure.reason
    assert SECRET not in failure.reason
    assert len(failure.reason.splitlines()) == 1
