"""Many clients at once: each request takes effect exactly once and as a whole, or not at all."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import Server
from tests.support.helpers import Answer, check_answer, checked_client, complete, head, names_of, source

CONNECTIONS = 100


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in and checks every answer against the contract."""
    with checked_client(server, server.login()) as client:
        yield client


@pytest.fixture(autouse=True)
def no_sources(api: httpx.Client) -> None:
    """Begin each test with an empty list."""
    for name in names_of(api):
        api.delete("/source", params={"name": name})


class Caller:
    """One connection of its own, logged in; used with many others at the same time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token

    async def __call__(self, method: str, target: str, body: Any = b"", pieces: int = 1) -> Answer:
        """Send a request, its body in so many pieces with others' turns between them, and return the answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._writer.write(head(method, target, f"Token: {self._token}", length=len(raw)))
        size = len(raw) // pieces + 1
        for start in range(0, len(raw), size):
            self._writer.write(raw[start : start + size])
            await self._writer.drain()
            await asyncio.sleep(0)
        status = int((await self._reader.readline()).split()[1])
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        answer = Answer(status, headers, await self._reader.readexactly(int(headers["content-length"])))
        check_answer(method, target.partition("?")[0], answer)
        return answer


def at_once(server: Server, work: Any, connections: int = CONNECTIONS) -> list[Any]:
    """Open many connections, let ``work(caller, number)`` run on all of them at once, and return what it returned."""
    token = server.login()

    async def run() -> list[Any]:
        streams = [await asyncio.open_connection(*server.address) for _ in range(connections)]
        try:
            calls = (work(Caller(*stream, token), number) for number, stream in enumerate(streams))
            return await asyncio.gather(*calls)
        finally:
            for _, writer in streams:
                writer.close()
            await asyncio.gather(*(writer.wait_closed() for _, writer in streams))

    return asyncio.run(run())


def test_of_many_adds_of_one_name_one_succeeds(server: Server, api: httpx.Client) -> None:
    """Fifty clients add the same name: one is answered 200, the others 409, and the winner's source is stored."""

    async def add(call: Caller, number: int) -> int:
        return (await call("POST", "/source", source("same", Group=str(number)), pieces=2)).status

    statuses = at_once(server, add, 50)
    assert Counter(statuses) == {200: 1, 409: 49}
    assert api.get("/source").json() == [complete(source("same", Group=str(statuses.index(200))))]


def test_of_many_deletes_of_one_name_one_succeeds(server: Server, api: httpx.Client) -> None:
    """Fifty clients delete the same source: one is answered 200, the others 404."""
    api.post("/source", json=source("same"))

    async def delete(call: Caller, number: int) -> int:
        return (await call("DELETE", "/source?name=same")).status

    assert Counter(at_once(server, delete, 50)) == {200: 1, 404: 49}
    assert names_of(api) == []


def test_no_add_is_lost(server: Server, api: httpx.Client) -> None:
    """A thousand sources added over a hundred connections are all there, each once, each client's in its order."""

    async def add_ten(call: Caller, number: int) -> list[int]:
        return [(await call("POST", "/source", source(f"{number}-{turn}"))).status for turn in range(10)]

    assert at_once(server, add_ten) == [[200] * 10] * CONNECTIONS
    names = names_of(api)
    assert len(names) == 10 * CONNECTIONS
    assert sorted(names) == sorted(f"{number}-{turn}" for number in range(CONNECTIONS) for turn in range(10))
    for number in range(CONNECTIONS):
        assert [name for name in names if name.startswith(f"{number}-")] == [f"{number}-{turn}" for turn in range(10)]


def one_of_a_kind(number: int) -> dict[str, Any]:
    """Return a source whose every part tells who wrote it."""
    mark = str(number)
    return source(
        "same",
        ConnStr=mark,
        Group=mark,
        Metrics={mark: 1},
        CustomTags={mark: mark},
        HostConfig={"Scope": mark, "DcsEndpoints": [mark]},
        IncludePattern=mark * 2000,
    )


def test_updates_are_never_mixed(server: Server, api: httpx.Client) -> None:
    """While many clients replace one source, readers see only bodies that one client sent as a whole."""
    api.post("/source", json=one_of_a_kind(0))
    expected = [complete(one_of_a_kind(number)) for number in range(CONNECTIONS)]

    async def replace_and_read(call: Caller, number: int) -> None:
        for _ in range(3):
            assert (await call("PUT", "/source", one_of_a_kind(number), pieces=3)).status == 200
            (seen,) = json.loads((await call("GET", "/source")).body)
            assert seen == expected[int(seen["Group"])]

    at_once(server, replace_and_read)
    (left,) = api.get("/source").json()
    assert left in expected


def test_adding_and_deleting_keep_the_books(server: Server, api: httpx.Client) -> None:
    """Whatever order adds and deletes of few names come in, each name is there as often as its answers say."""
    names = ["a", "b/c", "d e"]
    generator = random.Random(0)
    orders = [[(generator.choice(("POST", "DELETE")), generator.choice(names)) for _ in range(20)] for _ in range(50)]
    balance: Counter[str] = Counter()

    async def add_and_delete(call: Caller, number: int) -> None:
        for method, name in orders[number]:
            if method == "POST":
                answer = await call("POST", "/source", source(name))
                assert answer.status in (200, 409)
                balance[name] += answer.status == 200
            else:
                answer = await call("DELETE", f"/source?name={quote(name)}")
                assert answer.status in (200, 404)
                balance[name] -= answer.status == 200
            seen = [entry["Name"] for entry in json.loads((await call("GET", "/source")).body)]
            assert len(seen) == len(set(seen))

    at_once(server, add_and_delete, 50)
    assert sorted(names_of(api)) == sorted(name for name in names if balance[name])
    assert set(balance.values()) <= {0, 1}


def test_others_are_refused_and_change_nothing_meanwhile(server: Server, api: httpx.Client) -> None:
    """Refused requests among successful ones have no effect."""
    api.post("/source", json=source("kept", Group="kept"))

    async def mixed(call: Caller, number: int) -> list[int]:
        requests = [
            call("POST", "/source", source("kept", Group=str(number))),
            call("PUT", "/source", source("nosuch")),
            call("PUT", "/source", {"Name": "kept"}),
            call("DELETE", "/source?name=Kept"),
            call("POST", "/source", source(f"new {number}")),
        ]
        return [(await request).status for request in requests]

    assert at_once(server, mixed) == [[409, 404, 400, 404, 200]] * CONNECTIONS
    listed = api.get("/source").json()
    assert listed[0] == complete(source("kept", Group="kept"))
    assert sorted(entry["Name"] for entry in listed[1:]) == sorted(f"new {number}" for number in range(CONNECTIONS))


def test_logins_and_connection_tests_side_by_side(server: Server) -> None:
    """Requests that wait do not hold up others, and each client gets the answer to its own question."""

    async def ask(call: Caller, number: int) -> None:
        if number % 2:
            answer = await call("POST", "/login", {"user": str(number), "password": ""})
            assert answer.status == 200
        else:
            user = f"user{number}"
            answer = await call("POST", "/test-connect", f"host=silent user={user} connect_timeout=1".encode())
            assert user in answer.text

    began = time.monotonic()
    at_once(server, ask)
    assert time.monotonic() - began < CONNECTIONS / 2, "one second each, and one after the other"
