"""The layer ``secrets``: what the suite plants comes back in no refusal, no header and no entry of the log.

Refusals and headers are judged by the checks of every exchange (``checks.py``); here is what they are to judge.
"""

import time

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.ordinary import Ordinary, undo
from contract_tests.asking.sources import delete_source, source
from contract_tests.asking.transport import Http
from contract_tests.contract.document import NOBODY, Operation
from contract_tests.judging.found import of_answer
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import FOREIGN_ORIGIN, LogReader, follow, gather
from contract_tests.layers.logins import log_in
from contract_tests.layers.places import ask, places
from contract_tests.layers.secrets.planted import planted, planted_name
from contract_tests.target import canaries, tokens
from contract_tests.target.guard import Permission
from contract_tests.target.target import Target

_SECONDS_TO_FOLLOW = {"quick": 0.5, "default": 1.5, "thorough": 5}
"""How long to wait for entries on what was done: a log is written after the answer was given."""


@pytest.mark.judges("secret.not-in-errors")
def test_tokens_in_refusals(http: Http, judge: Judge, operation: Operation, suite: Suite) -> None:
    """A refusal repeats no token, wherever that was: a canary, one with a broken signature, one that is expired."""
    for place, name in places(suite.contract).items():
        for token in _bad_tokens(suite.target):
            ask(http, operation, {place: token})
        query = {name: canaries.TOKEN} if place == "query" else None
        headers = {name: canaries.TOKEN} if place == "header" else {"Cookie": f"{name}={canaries.TOKEN}"}
        for method, path in (("GET", f"{operation.at(NOBODY)}/nowhere"), ("HEAD", operation.at(NOBODY))):
            exchange = http.send(method, path, query=query, headers={} if query else headers, token="")
            found = canaries.canary_in(exchange.text)
            judge.that(
                found is None,
                "secret.not-in-errors",
                exchange,
                "no secret in a refusal",
                f"{found} in {exchange.in_words()}",
                found=[f"{found} in {of_answer(exchange)}"],
            )


@pytest.mark.judges("secret.not-in-errors")
def test_bodies_in_refusals(http: Http, judge: Judge, operation: Operation, target: Target, suite: Suite) -> None:
    """A refusal repeats no password and no connection string of a body, however that is out of order."""
    for request in planted(operation, target):
        token = None if operation.protected else ""
        if suite.guard.refusal(operation.method, request.url(target.url), (request.body or "").encode()):
            judge.withhold("secret.not-in-errors", operation.id)
            continue
        exchange = http.send(
            operation.method, request.path, query=request.query, headers=request.headers, body=request.body, token=token
        )
        if exchange.is_silent:
            break
    if operation.writes and operation.takes_json:
        undo(http, operation, Ordinary("", adds=planted_name(target)))
    ask(http, operation, {"header": canaries.TOKEN, "cookie": canaries.TOKEN})


@pytest.mark.judges("secret.not-in-headers")
def test_headers(http: Http, operation: Operation, target: Target) -> None:
    """No header repeats a token, of a request that is let through or of one that is not."""
    for place in places(target.contract):
        for token in (target.token, canaries.TOKEN):
            ask(http, operation, {place: token})


@pytest.mark.judges("secret.not-in-log")
def test_log(http: Http, judge: Judge, suite: Suite, target: Target) -> None:
    """The log tells of all that is done here, but without passwords, tokens and connection strings."""
    bad = _bad_tokens(target)
    with follow(suite, query={places(suite.contract)["query"]: target.token}) as reader:
        if reader.exchange.status != 101:
            return
        done = [*_knock(suite, reader, bad), *_write(http, suite, reader)]
        _wait_for_entries(suite, reader)
    known = [target.password or "", target.token, *bad]
    leaks = [(what, entry) for entry in reader.entries if (what := _secret_in(entry, known))]
    judge.that(
        not leaks,
        "secret.not-in-log",
        "streamLog",
        "no password, token or connection string in the log",
        "; ".join(f"{what} in {_shown(entry, target)}" for what, entry in leaks[:2]),
        done if leaks else (),
        sorted({what for what, _ in leaks}),
    )


def _shown(entry: str, target: Target) -> str:
    """Return an entry as a report shows it: that of somebody's server can hold more than what was planted."""
    return repr(entry[:300]) if target.is_mock else f"an entry of {len(entry)} characters"


def _bad_tokens(target: Target) -> list[str]:
    """Return tokens that must not count: a canary, one with a broken signature and, where possible, an expired one."""
    bad = [canaries.TOKEN, tokens.with_broken_signature(target.token)]
    if target.jwt_secret is not None:
        bad.append(tokens.forge(target.jwt_secret, exp=int(time.time()) - 86400))
    for token in bad[1:]:
        target.hidden.hide(token, "BAD_TOKEN")
    return bad


def _knock(suite: Suite, reader: LogReader, bad: list[str]) -> list[Exchange]:
    """Sign in, rightly and wrongly, send tokens by query, and try handshakes that are refused."""
    http, contract, target = suite.http, suite.contract, suite.target
    login, query = contract.operations["login"], places(contract)["query"]
    wrong = {"user": "canary", "password": canaries.PASSWORD}
    done = [log_in(http, credentials) for credentials in (target.credentials, wrong)]
    done.append(
        http.send(login.method, login.path, body=f'{{"user": "canary", "password": "{canaries.PASSWORD}"', token="")
    )
    for operation in contract.operations.values():
        if not operation.writes:
            done += [ask(http, operation, {"query": token}) for token in (*bad, target.token)]
            reader.read(0.01)
    for token in (*bad, target.token):
        for headers in ({"Token": None}, {"Token": None, "Origin": FOREIGN_ORIGIN}, {"Token": None, "Upgrade": None}):
            with follow(suite, headers=headers, query={query: token}) as other:
                done.append(other.exchange)
        reader.read(0.01)
    return done


def _write(http: Http, suite: Suite, reader: LogReader) -> list[Exchange]:
    """Try connection strings, and add, change and delete a source, each with a canary as its password."""
    if suite.guard.permission < Permission.OWN:
        return []
    contract, target, done = suite.contract, suite.target, []
    is_free = suite.guard.permission is Permission.THROWAWAY
    connect = contract.operations["testConnection"]
    for request in planted(connect, target):
        done.append(http.send(connect.method, connect.path, headers=request.headers, body=request.body))
        reader.read(0.01)
        if done[-1].is_silent:
            break
    name = planted_name(target)
    for name_of in ("addSource", "addSource", "updateSource"):
        if name_of not in contract.operations:
            continue
        operation = contract.operations[name_of]
        for string in (canaries.URI, canaries.PAIRS, f"host=unknown.invalid password={canaries.PASSWORD}"):
            # Some stores refuse the second, and may tell why.
            for kind in ("postgres", "canary"):
                body = source(target, name, ConnStr=string, Kind=kind, IsEnabled=is_free)
                done.append(http.send(operation.method, operation.at(name), json=body))
        reader.read(0.01)
    done.append(delete_source(http, name))
    return done


def _wait_for_entries(suite: Suite, reader: LogReader) -> None:
    """Follow the log for a while, and longer until there is an entry; that a log is silent breaks nothing."""
    seconds = _SECONDS_TO_FOLLOW[suite.settings.effort]
    reader.read(seconds)
    gather(suite, [reader], lambda: bool(reader.entries), seconds * 4)


def _secret_in(entry: str, known: list[str]) -> str | None:
    return canaries.canary_in(entry) or ("a password or a token" if canaries.known_in(entry, known) else None)
