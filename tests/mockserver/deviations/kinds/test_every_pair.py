"""Kinds and places beside what is stored: each shows at its place, and at no other."""

from collections.abc import Callable

import httpx
import pytest

from mockserver.deviations.kinds.every_pair import all_pairs
from tests.conftest import Server
from tests.support.helpers import CONTRACT

SOURCE = {"Name": "a", "ConnStr": "host=unknown.invalid"}


def test_every_pair_has_a_place_in_the_contract() -> None:
    """Each pair is told in a sentence, and its place is an operation, or what is stored of a source."""
    operations = {operation["operationId"] for item in CONTRACT["paths"].values() for operation in item.values()}
    assert {pair.operation for pair in all_pairs().values()} == {*operations, "Source"}
    assert all(pair.title.endswith(".") for pair in all_pairs().values())
    assert len(all_pairs()) > 2_900


def _status(client: httpx.Client, method: str, name: str) -> int:
    if method == "DELETE":
        return client.delete("/source", params={"name": name}).status_code
    return client.request(method, "/source", json={**SOURCE, "Name": name}).status_code


@pytest.mark.parametrize(
    ("deviation", "statuses"),
    [
        ("lookup-ignores-case@addSource", {"POST": 409, "PUT": 404, "DELETE": 404}),
        ("lookup-ignores-case@updateSource", {"PUT": 200, "DELETE": 404, "POST": 200}),
        ("lookup-ignores-case@deleteSource", {"PUT": 404, "DELETE": 200}),
        ("answer-has-another-status@updateSource.404", {"PUT": 422, "DELETE": 404}),
        ("request-must-have-a-length@login", {"PUT": 404, "DELETE": 404}),
    ],
)
def test_a_pair_shows_at_its_place_alone(
    start: Callable[..., Server], deviation: str, statuses: dict[str, int]
) -> None:
    """A source called a is found as A by the operation at the place, and by no other."""
    with start("--deviate", deviation).client() as client:
        assert _status(client, "POST", "a") == 200
        assert {method: _status(client, method, "A") for method in statuses} == statuses


def test_a_write_harms_its_neighbour_when_it_is_refused(start: Callable[..., Server]) -> None:
    """What harms others at refused updates does so then, and not at those that are granted."""
    with start("--deviate", "neighbour-at-the-end-is-lost@updateSource.refused").client() as client:
        before = [each["Name"] for each in client.get("/source").json()]
        assert _status(client, "PUT", before[0]) == 200
        assert [each["Name"] for each in client.get("/source").json()] == before
        assert _status(client, "PUT", "nobody") == 404
        assert [each["Name"] for each in client.get("/source").json()] == before[:-1]


def test_a_handshake_is_a_place_of_its_own(start: Callable[..., Server]) -> None:
    """A plain GET of the log wants its token where only a handshake needs none."""
    server = start("--deviate", "token-is-not-needed@streamLog.handshake")
    assert httpx.get(f"{server.url}/log").status_code == 401
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "AAECAwQFBgcICQoLDA0ODw=="}
    with httpx.stream("GET", f"{server.url}/log", headers={**handshake, **key}) as answer:
        assert answer.status_code == 101


def test_answers_go_wrong_now_and_then(start: Callable[..., Server]) -> None:
    """One answer of twenty is a 500, at the operation of the place alone."""
    with start("--deviate", "sometimes-is-a-server-error@listPresets").client() as client:
        assert [client.get("/preset").status_code for _ in range(40)].count(500) == 2
        assert [client.get("/metric").status_code for _ in range(40)].count(500) == 0
