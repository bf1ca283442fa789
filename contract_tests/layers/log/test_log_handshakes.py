"""The layer ``log``: the handshake."""

import base64
from urllib.parse import urlsplit

import pytest

from contract_tests.contract.document import Contract
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import FOREIGN_ORIGIN, accept_of, follow
from contract_tests.target.target import Target

_KEYS = {
    "no key": None,
    "an empty key": "",
    "a key that is not base64": "not base64!",
    "a key of 15 bytes": base64.b64encode(bytes(15)).decode(),
    "a key of 17 bytes": base64.b64encode(bytes(17)).decode(),
}


@pytest.mark.judges("log.handshake.is-101")
def test_handshakes(judge: Judge, suite: Suite, target: Target) -> None:
    """A handshake is accepted wherever the token is, and in the spelling of any browser."""
    _judge_handshake(judge, suite)
    _judge_handshake(judge, suite, {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket"})
    # Whether a token counts there is for the clauses on tokens, which ask without a handshake.
    by_query: dict[str, str | None] = {"Token": None}
    by_cookie = {"Token": None, "Cookie": f"token={target.token}"}
    for headers, query in ((by_query, {"Token": target.token}), (by_cookie, None)):
        with follow(suite, headers={**headers, "Upgrade": None}, query=query) as reader:
            counts = reader.exchange.status != 401
        if counts:
            _judge_handshake(judge, suite, headers, query)


def _judge_handshake(
    judge: Judge, suite: Suite, headers: dict[str, str | None] | None = None, query: dict[str, str] | None = None
) -> None:
    with follow(suite, headers=headers, query=query) as reader:
        exchange = reader.exchange
    given = exchange.headers
    accept = accept_of(exchange.request_headers["Sec-WebSocket-Key"])
    options = {option.strip().lower() for option in given.get("Connection", "").split(",")}
    holds = (
        exchange.status == 101
        and given.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in options
        and given.get("Sec-WebSocket-Accept") == accept
    )
    names = ("Upgrade", "Connection", "Sec-WebSocket-Accept")
    actual = f"101 with {', '.join(f'{name}: {given.get(name)}' for name in names)}" if exchange.status == 101 else ""
    judge.that(
        holds,
        "log.handshake.is-101",
        exchange,
        f"101 with Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Accept: {accept}",
        actual,
    )


@pytest.mark.judges("log.handshake.has-no-extras")
def test_handshake_with_offers(judge: Judge, suite: Suite) -> None:
    """Subprotocols and extensions that a client offers are not taken, and its handshake succeeds all the same."""
    for name, offer in (
        ("Sec-WebSocket-Protocol", "chat, log"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ):
        with follow(suite, headers={name: offer}) as reader:
            exchange = reader.exchange
        taken = exchange.headers.get(name)
        actual = f"{exchange.status} with {name}: {taken}" if taken is not None else ""
        judge.that(
            exchange.status == 101 and taken is None,
            "log.handshake.has-no-extras",
            exchange,
            f"101 without {name}",
            actual,
            what=name,
        )


@pytest.mark.judges("log.handshake.other-request-is-400")
def test_requests_that_are_no_handshakes(judge: Judge, suite: Suite) -> None:
    """A request that lacks what makes it a handshake is a 400."""
    requests: dict[str, dict[str, str | None]] = {
        "a plain request": dict.fromkeys(("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version")),
        "no Upgrade": {"Upgrade": None},
        "no Connection": {"Connection": None},
        "another Upgrade": {"Upgrade": "h2c"},
        "another Connection": {"Connection": "keep-alive"},
    }
    for what, headers in requests.items():
        # A proxy sends a Connection of its own (RFC 9110).
        if suite.target.front and headers.keys() == {"Connection"}:
            continue
        with follow(suite, headers=headers) as reader:
            judge.status(400, "log.handshake.other-request-is-400", reader.exchange, what=what)


@pytest.mark.judges("log.handshake.other-version-is-400")
def test_handshakes_of_other_versions(judge: Judge, suite: Suite, contract: Contract) -> None:
    """A handshake of another version, or of none, is a 400."""
    version = contract.websocket["handshake"]["version"]
    for other in (None, str(version - 1), str(version + 1), "8", "0"):
        with follow(suite, headers={"Sec-WebSocket-Version": other}) as reader:
            judge.status(
                400, "log.handshake.other-version-is-400", reader.exchange, what=f"version {other}" if other else "none"
            )


@pytest.mark.judges("log.handshake.bad-key-is-400")
def test_handshakes_with_bad_keys(judge: Judge, suite: Suite) -> None:
    """A handshake without a key, or with one that is not base64 of 16 bytes, is a 400."""
    for what, key in _KEYS.items():
        with follow(suite, headers={"Sec-WebSocket-Key": key}) as reader:
            exchange = reader.exchange
        judge.status(400, "log.handshake.bad-key-is-400", exchange, what=what)


@pytest.mark.judges("log.handshake.foreign-origin-is-403")
def test_handshakes_from_foreign_pages(judge: Judge, suite: Suite, target: Target) -> None:
    """A page of another host is refused, also of one whose name has something in common with the server's."""
    host = urlsplit(target.url).netloc
    for what, origin in {
        "a page of another host": FOREIGN_ORIGIN,
        "one whose host begins like the server's": f"http://{host}.foreign.example",
        "one whose host ends like the server's": f"http://foreign-{host}",
        "one whose address has the server's host for its user": f"http://{host}@foreign.example",
        "the origin null": "null",
    }.items():
        with follow(suite, headers={"Origin": origin}) as reader:
            judge.status(403, "log.handshake.foreign-origin-is-403", reader.exchange, what=what)


@pytest.mark.judges("log.handshake.same-origin-is-101")
def test_handshake_from_own_page(judge: Judge, suite: Suite, target: Target) -> None:
    """A page that the server itself has given may follow the log."""
    parts = urlsplit(target.url)
    with follow(suite, headers={"Origin": f"{parts.scheme}://{parts.netloc}"}) as reader:
        judge.status(101, "log.handshake.same-origin-is-101", reader.exchange)
