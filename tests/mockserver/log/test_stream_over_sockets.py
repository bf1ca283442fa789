"""The log stream over real sockets: what comes, to whom, and in which form."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from tests.conftest import Server
from tests.support.helpers import Wire, source, unique
from tests.support.websocket_helpers import ENTRY, RawClient, follow, handshake, make_entry

AWKWARD_NAMES = ("two\nlines\r\n", "🐘 ÄÖÜ", "a\0b", "{x} {0} {source} {", "%s %d", '"quoted"\\', "[x] [ERROR]", " ")


def entries_of(connection: ClientConnection, client: httpx.Client) -> list[str]:
    """Return all entries that the server wrote until now and that were not read before."""
    mark = unique("end") + "."
    make_entry(client, mark)
    entries = []
    while mark not in (entry := str(connection.recv(timeout=10))):
        entries.append(entry)
    return entries


def add(client: httpx.Client, **fields: Any) -> str:
    """Add a source, enabled unless the fields say otherwise; return its name."""
    body = source(**{"IsEnabled": True, **fields})
    assert client.post("/source", json=body).status_code == 200
    return str(body["Name"])


def test_adding_a_source_is_logged(server: Server, client: httpx.Client) -> None:
    """The sources are counted anew, the source is connected to, and its measuring begins."""
    with follow(server) as connection:
        name = add(client, Metrics={"db_size": 300})
        count = len(client.get("/source").json())
        entries = entries_of(connection, client)
    assert f"[INFO] [sources:{count}] sources refreshed" in entries[0]
    assert f"[INFO] [source:{name}] " in entries[1]
    assert "Connect OK" in entries[1]
    assert entries[2].endswith(f"[INFO] [source:{name}] [metric:db_size] [interval:300] starting gatherer\n")


def test_a_disabled_source_is_not_measured(server: Server, client: httpx.Client) -> None:
    """Adding a disabled source only counts the sources anew; disabling one ends its measuring."""
    with follow(server) as connection:
        added = add(client, IsEnabled=False)
        entries = entries_of(connection, client)
        assert client.put("/source", json=source(added, Metrics={"wal": 60}, IsEnabled=False)).status_code == 200
        after = entries_of(connection, client)
    assert len(entries) == 1
    assert "sources refreshed" in entries[0]
    assert [entry.partition("[INFO] ")[2] for entry in after] == [
        f"[source:{added}] [metric:wal] stopping gatherer...\n"
    ]


def test_a_source_at_an_unreachable_host_is_logged_as_an_error(server: Server, client: httpx.Client) -> None:
    """Adding a source that cannot be connected to leaves an error with the host and the reason, and no password."""
    with follow(server) as connection:
        name = add(client, ConnStr="postgresql://me:secret@refused.example.com/postgres")
        entries = entries_of(connection, client)
    (error,) = [entry for entry in entries if "[ERROR]" in entry]
    assert f"[source:{name}]" in error
    assert "[host:refused.example.com]" in error
    assert "connection refused" in error
    assert "secret" not in "".join(entries)
    assert "Connect OK" not in "".join(entries)


def test_updating_a_source_is_logged(server: Server, client: httpx.Client) -> None:
    """Replacing a source restarts its measuring, with the metrics it has now."""
    name = add(client, Metrics={"db_size": 300})
    with follow(server) as connection:
        assert client.put("/source", json=source(name, Metrics={"wal": 60}, IsEnabled=True)).status_code == 200
        entries = entries_of(connection, client)
    assert f"[source:{name}] Source configs changed" in entries[0]
    assert f"[source:{name}] [metric:wal] [interval:60]" in entries[1]


def test_deleting_a_source_is_logged(server: Server, client: httpx.Client) -> None:
    """The sources are counted anew, and the source is no longer measured."""
    name = add(client)
    with follow(server) as connection:
        assert client.delete("/source", params={"name": name}).status_code == 200
        count = len(client.get("/source").json())
        entries = entries_of(connection, client)
    assert f"[sources:{count}] sources refreshed" in entries[0]
    assert f"[source:{name}]" in entries[1]
    assert "stopping gatherer" in entries[1]


def test_a_failed_connection_test_is_logged(server: Server, client: httpx.Client) -> None:
    """The error in the log gives the reason that the client was given, without the password."""
    with follow(server) as connection:
        answer = client.post("/test-connect", content="postgresql://me:secret@unknown.example.com/db")
        entries = entries_of(connection, client)
    assert answer.status_code == 400
    assert len(entries) == 1
    assert "[ERROR]" in entries[0]
    assert answer.text.strip().partition("`: ")[2] in entries[0]
    assert "secret" not in entries[0]


def test_a_refused_origin_is_logged(server: Server, client: httpx.Client) -> None:
    """Those who follow the log learn that a page of another host wanted to."""
    with follow(server) as connection:
        with Wire(server) as wire:
            request = handshake(server, f"Token: {server.login()}", "Origin: http://evil.example.com")
            assert wire.send(request).answer().status == 403
        entries = entries_of(connection, client)
    assert len(entries) == 1
    assert "[ERROR]" in entries[0]
    assert "origin not allowed" in entries[0]


def test_refused_requests_and_reads_leave_nothing_in_the_log(server: Server, client: httpx.Client) -> None:
    """Only what changes something, or fails to connect, is logged."""
    name = add(client)
    with follow(server) as connection:
        assert client.post("/source", json=source(name)).status_code == 409
        assert client.post("/source", json={}).status_code == 400
        assert client.put("/source", json=source()).status_code == 404
        assert client.delete("/source", params={"name": "nosuch"}).status_code == 404
        assert client.get("/source").status_code == 200
        assert client.post("/test-connect", content="host=db.example.com").status_code == 200
        assert entries_of(connection, client) == []


def test_every_entry_is_one_text_frame(server: Server, client: httpx.Client) -> None:
    """Frames are whole text messages, each with exactly one entry and its line end, in the contract's form."""
    with RawClient(server, server.login()) as reader:
        name = add(client, ConnStr="host=refused")
        client.put("/source", json=source(name, IsEnabled=True))
        client.delete("/source", params={"name": name})
        make_entry(client, "the-end")
        frames: list[Frame] = []
        while not frames or b"the-end" not in frames[-1].data:
            frame = reader.frame()
            assert frame is not None
            frames.append(frame)
    assert len(frames) == 8
    for frame in frames:
        assert (frame.opcode, frame.fin, frame.rsv1, frame.rsv2, frame.rsv3) == (Opcode.TEXT, True, False, False, False)
        text = bytes(frame.data).decode()
        assert ENTRY.fullmatch(text)
        assert text.count("\n") == 1


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_awkward_names_do_not_break_the_stream(server: Server, client: httpx.Client, name: str) -> None:
    """A name is in the log as it is, and the stream goes on."""
    name = f"{unique()}{name}"
    with follow(server) as connection:
        add(client, Name=name, Metrics={name: 60}, CustomTags={name: name})
        assert client.put("/source", json=source(name, IsEnabled=True)).status_code == 200
        assert client.delete("/source", params={"name": name}).status_code == 200
        entries = entries_of(connection, client)
    assert len(entries) == 7
    assert all(ENTRY.fullmatch(entry) for entry in entries)
    assert sum(f"[source:{name}]" in entry for entry in entries) == 5
    assert f"[metric:{name}]" in "".join(entries)


def test_nothing_from_before_the_connection_is_sent(server: Server, client: httpx.Client) -> None:
    """A new reader gets what is written from now on, even while others read."""
    with follow(server) as early:
        make_entry(client, "before")
        with follow(server) as late:
            make_entry(client, "after")
            assert "refused-after" in str(late.recv(timeout=10))
        assert "refused-before" in str(early.recv(timeout=10))
        assert "refused-after" in str(early.recv(timeout=10))


def test_readers_come_and_go(server: Server, client: httpx.Client) -> None:
    """A reader that leaves, politely or not, changes nothing for those who stay or come."""
    with follow(server) as staying:
        for number in range(20):
            with follow(server) as polite, RawClient(server, server.login()) as rude:
                make_entry(client, f"round-{number}.")
                assert f"round-{number}." in str(polite.recv(timeout=10))
                assert f"round-{number}." in rude.entry()
        for number in range(20):
            assert f"round-{number}." in str(staying.recv(timeout=10))


def test_many_readers_get_the_same_entries(server: Server) -> None:
    """200 readers at once all get the same 20 entries, in the same order."""

    async def read(token: str) -> list[str | bytes]:
        async with connect_async(server.log_url, additional_headers={"Token": token}, proxy=None) as connection:
            connected.append(connection)
            return [await asyncio.wait_for(connection.recv(), 30) for _ in range(20)]

    async def read_with_all() -> list[list[str | bytes]]:
        token = server.login()
        readers = [asyncio.create_task(read(token)) for _ in range(200)]
        while len(connected) < 200:
            assert not any(reader.done() for reader in readers), "a reader was refused"
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=server.url, headers={"Token": token}) as client:
            for number in range(20):
                answer = await client.post("/test-connect", content=f"host=refused-{number}.")
                assert answer.status_code == 400
        return await asyncio.gather(*readers)

    connected: list[Any] = []
    received = asyncio.run(read_with_all())
    assert len(received) == 200
    assert all(entries == received[0] for entries in received)
    numbers = [re.findall(r"\[host:refused-(\d+)\.\]", str(entry)) for entry in received[0]]
    assert numbers == [[str(number)] for number in range(20)]


def test_the_log_goes_on_by_itself(start: Callable[..., Server]) -> None:
    """With a rate there are no more than so many entries a second, without any request, about the sources there are."""
    server = start("--quiet", "--log-rate", "200")
    names = {"demo", "shop", "pooler", "unreachable"}
    with follow(server) as connection:
        started = time.monotonic()
        entries = [str(connection.recv(timeout=10)) for _ in range(400)]
        took = time.monotonic() - started
    assert took > 1.5
    assert all(ENTRY.fullmatch(entry) for entry in entries)
    assert {match[1] for entry in entries if (match := re.search(r"\[source:([^]]+)\]", entry))} == names


def test_the_log_is_below_the_base_path(start: Callable[..., Server]) -> None:
    """With a base path the stream is there, and not at its old place."""
    server = start("--quiet", "--base-path", "/behind/proxy")
    token = server.login()
    with follow(server, token) as connection, server.client(token) as client:
        make_entry(client, "below")
        assert "refused-below" in str(connection.recv(timeout=10))
    with Wire(server) as wire:
        assert wire.send(handshake(server, f"Token: {token}")).answer().status == 404


@pytest.mark.parametrize("options", [("--latency", "20"), ("--reload",), ("--verbose",)])
def test_other_options_leave_the_log_alone(start: Callable[..., Server], options: tuple[str, ...]) -> None:
    """The stream is the same on a server that delays its answers, reloads its files or prints the log as well."""
    server = start(*options)
    with follow(server) as connection, server.client() as client:
        make_entry(client, "as-ever")
        assert "refused-as-ever" in str(connection.recv(timeout=10))
