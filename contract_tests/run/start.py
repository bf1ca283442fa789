"""How a run starts: the server reached and signed in to, what it has remembered, and what earlier runs left removed."""

import time
from collections.abc import Sequence

from contract_tests.asking import definitions, sources
from contract_tests.asking.exchange import Exchange
from contract_tests.asking.neighbours import Neighbours
from contract_tests.asking.passage import look_at_passage
from contract_tests.asking.transport import Http, Transport
from contract_tests.asking.turns import insist_on_one_server
from contract_tests.connection.route import Trust, route_to
from contract_tests.contract.clauses import Clauses
from contract_tests.contract.document import Contract
from contract_tests.errors import NotJudged
from contract_tests.judging.check import Check
from contract_tests.judging.checks import bundled_checks
from contract_tests.judging.judge import Judge
from contract_tests.judging.record import Record
from contract_tests.judging.suite import Suite
from contract_tests.run.left_behind import remove_left_behind, what_is_left
from contract_tests.target import tokens
from contract_tests.target.guard import Guard, Permission
from contract_tests.target.hidden import Hidden
from contract_tests.target.marks import new_mark
from contract_tests.target.own_mock import DATABASE, OwnMock
from contract_tests.target.pace import Pace, TimeLimit
from contract_tests.target.settings import Settings
from contract_tests.target.target import Target
from pgwatch_contract.mock_process import NotStarted

_PAUSE = 0.5
"""Seconds between looks whether a server is ready."""


def start_suite(
    settings: Settings, contract: Contract, clauses: Clauses, checks: Sequence[Check], mock: OwnMock | None
) -> Suite:
    """Reach the target and make it ready for a run; raises NotJudged where nothing can be judged.

    Raises Harm where the very first write harms what others have.
    """
    suite = reach(settings, contract, clauses, checks, mock)
    try:
        _prepare(suite)
    except BaseException:
        suite.end(is_untouchable=True)
        raise
    return suite


def reach(
    settings: Settings, contract: Contract, clauses: Clauses, checks: Sequence[Check], mock: OwnMock | None
) -> Suite:
    """Reach the target, a launched mock or a URL, and sign in; raises NotJudged where there is nobody to judge."""
    suite = _parts(settings, contract, clauses, checks, _target(settings, contract, mock))
    try:
        if settings.wait_for and not suite.target.is_mock:
            wait_until_ready(suite.unjudged, settings.wait_for)
        sign_in(suite.http)
        if not suite.target.is_mock:
            look_at_passage(suite.unjudged)
            insist_on_one_server(suite.unjudged)
    except BaseException:
        suite.end(is_untouchable=True)
        raise
    return suite


def _parts(settings: Settings, contract: Contract, clauses: Clauses, checks: Sequence[Check], target: Target) -> Suite:
    names_in_query = any(
        each.kind and each.takes_json and each.name_in == "query" for each in contract.operations.values()
    )
    guard = Guard(settings.permission, target.prefix, target.base, names_in_query, target.database)
    pace, limit = Pace(settings.rate), TimeLimit(settings.seconds, strict=settings.time_limit is not None)
    judge = Judge(target, clauses, [*bundled_checks(contract, target), *checks], Record())
    http = Http(Transport(target, guard, pace, limit, [judge.see]))
    unjudged = Http(Transport(target, guard, pace, limit, []))
    unjudged.transport.waits = http.transport.waits
    return Suite(settings, contract, clauses, target, http, unjudged, judge, guard, pace, limit)


def _target(settings: Settings, contract: Contract, mock: OwnMock | None) -> Target:
    origin = settings.cors_origin or str(contract.manners["cors"]["allowOrigin"])
    # A word that stands in the contract tells nothing of a server.
    hidden = Hidden(public=[contract.text, settings.base_url or ""])
    if mock:
        try:
            url = mock.process.url
        except NotStarted as error:
            raise NotJudged(str(error)) from None
        target = Target(
            url,
            contract,
            Permission.THROWAWAY,
            mock.user,
            mock.password,
            mock.jwt_secret,
            settings.database or DATABASE,
            origin,
            is_mock=True,
            prefix="contract-",
            seconds_to_wait=settings.wait,
            hidden=hidden,
        )
    else:
        url = settings.base_url or ""
        trust = Trust(settings.ca_bundle, settings.client_cert, settings.client_key, settings.insecure)
        target = Target(
            url,
            contract,
            settings.permission,
            settings.user,
            settings.password,
            settings.jwt_secret,
            settings.database,
            origin,
            prefix=new_mark(),
            seconds_to_wait=settings.wait,
            headers=settings.header,
            hidden=hidden,
            way=route_to(url, trust),
            seed=settings.seed,
        )
    for secret, variable in ((target.password, "PASSWORD"), (target.jwt_secret, "JWT_SECRET")):
        hidden.hide(secret or "", variable)
    if target.is_mock:  # of which it is long
        hidden.hide(target.user or "", "LOGIN")
    for name, value in target.headers:
        hidden.hide_header(name, value)
    return target


def wait_until_ready(http: Http, seconds: float) -> None:
    """Wait until the server answers, and says that it is ready if it has a word for that.

    Raises NotJudged where that takes more than so many seconds.
    """
    readiness = http.target.contract.operations.get("getReadiness")
    deadline = time.monotonic() + seconds
    while True:
        exchange = http.send("GET", readiness.path if readiness else "/", token="")
        if exchange.status is not None and (exchange.status < 500 or readiness is None):
            return
        if time.monotonic() > deadline:
            said = exchange.error or exchange.in_words()
            raise NotJudged(f"{http.target.url} is not ready within {seconds:g} s (--wait-for): {said}")
        time.sleep(_PAUSE)


def sign_in(http: Http) -> None:
    """Get the token for the run; raises NotJudged where the target has none to give.

    Where the secret is known, the run goes on with a token of its own: a broken login is for the layers to judge.
    """
    target = http.target
    exchange = http.send("POST", "/login", json=target.credentials, token="")
    token = exchange.text.strip()
    try:
        tokens.parts(token)
    except ValueError:
        token = ""
    target.names_origin = "Access-Control-Allow-Origin" in exchange.headers
    if not token and target.jwt_secret is not None:
        token = tokens.forge(target.jwt_secret)
    if not token:
        raise NotJudged(_why_no_token(http, exchange))
    target.token = token
    target.hidden.hide(token, "TOKEN")


def _why_no_token(http: Http, exchange: Exchange) -> str:
    url = http.target.url
    if exchange.status is None:
        return f"nothing answers at {url}: {http.target.hidden.masked(exchange.error)}"
    if exchange.status == 401:
        if "WWW-Authenticate" in exchange.headers:
            return f"{url} is behind something that asks for a login of its own: give --header 'Authorization: ...'"
        given = "these credentials" if http.target.user is not None else "a login without credentials"
        return f"{url} refuses {given} (POST /login is 401): give the right ones with --user and --password"
    said = http.target.hidden.masked(exchange.in_words())
    return f"{url} is no pgwatch, or does not let this in: POST /login gives no token but {said}"


def _prepare(suite: Suite) -> None:
    """Remember what a server has before a run that writes to it, and find out what can be written."""
    if suite.target.is_mock:
        suite.kinds = definitions.kinds_in(suite.contract)
        return
    may_write = suite.settings.permission > Permission.READ
    left = what_is_left(suite.unjudged)
    if suite.settings.permission is Permission.OWN:
        watch_neighbours(suite)
    if left and may_write:
        left = remove_left_behind(suite, left)
    if left:
        can_be = "could not be removed: delete what begins with contract- by hand"
        how = can_be if may_write else "--allow-writes removes them"
        suite.judge.record.notes.append(f"{left.in_words}: {how}")
    if suite.settings.permission is Permission.OWN:
        sources.prepare(suite.unjudged, sources.list_sources(suite.unjudged))
    for kind in definitions.kinds_in(suite.contract) if may_write else ():
        _prepare_definitions(suite, kind)


def watch_neighbours(suite: Suite) -> None:
    """Remember what others have at a server, and look at it after every write; raises Harm at the first difference."""
    neighbours = Neighbours(suite.unjudged)
    suite.before = sources.list_sources(suite.unjudged) or []
    neighbours.remember("sources", suite.before)
    for kind in definitions.kinds_in(suite.contract):
        listed = definitions.list_definitions(suite.unjudged, kind)
        if listed is not None:
            neighbours.remember(kind, listed)
    for http in (suite.http, suite.unjudged):
        http.transport.after_write = neighbours.look


def _prepare_definitions(suite: Suite, kind: str) -> None:
    # To find out that something cannot be done is no failure of the server.
    before, answer = definitions.prepare(suite.unjudged, kind)
    if before is not None:
        suite.definitions_before[kind] = before
        suite.kinds.append(kind)
    elif definitions.is_read_only(answer):
        suite.judge.record.unchangeable.add(kind)
    else:
        suite.judge.see(answer)
        suite.judge.commit()
        said = suite.target.hidden.masked(answer.in_words())
        why = f"none was sent: {answer.method} {answer.path} is {said}"
        suite.judge.record.errors[f"writes of {kind}"] = why
