"""One run's parts: target, transport, judge; started and ended here."""

import os
import random
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract_tests import definitions, sources, tokens
from contract_tests.check import Check
from contract_tests.checks import bundled_checks
from contract_tests.clauses import Clauses
from contract_tests.contract import Contract
from contract_tests.errors import NotJudged
from contract_tests.guard import Guard, Permission
from contract_tests.judge import Judge
from contract_tests.mock_process import MockProcess, launch_mock
from contract_tests.options import Settings
from contract_tests.own_mock import DATABASE, OwnMock, kind_of_mock
from contract_tests.record import Record
from contract_tests.target import Target
from contract_tests.transport import Http, Observer, Pace, new_session


@dataclass(repr=False)
class Suite:
    """What tests are given: the target, how to reach it, and who judges.

    ``before`` are the sources of a server before a run that writes, ``definitions_before`` its metrics and presets;
    ``kinds`` are those of ``metrics`` and ``presets`` that clients can change there.
    """

    settings: Settings
    contract: Contract
    clauses: Clauses
    target: Target
    http: Http
    judge: Judge
    guard: Guard
    pace: Pace
    before: list[sources.Source] = field(default_factory=list)
    definitions_before: dict[str, definitions.Definitions] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    _ending: ExitStack = field(default_factory=ExitStack)
    _newborn: MockProcess | None = None
    _pool: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)
    _watches: dict[str, tuple[Judge, Future[Any]]] = field(default_factory=dict)

    def random(self, purpose: str) -> random.Random:
        """Return a source of choices that depends on the run's seed and on the purpose alone."""
        return random.Random(f"{self.settings.seed} {purpose}")

    def other_mock(self, *options: str, spec: Path | None = None, **hidden: str) -> MockProcess:
        """Start one more mock of the run's kind with options of its own; it ends with the run."""
        mock = launch_mock(spec or self.contract.file, [*kind_of_mock(self.settings), *options], hidden)
        self._ending.callback(mock.kill)
        return mock

    def newborn(self) -> MockProcess:
        """Return a mock as if it had just been set up: not ready, without credentials, without sources."""
        if self._newborn is None:
            options = ("--not-ready", "forever", "--sources", os.devnull)
            self._newborn = self.other_mock(*options, jwt_secret=self.target.jwt_secret or "")
        return self._newborn

    def http_of(self, mock: MockProcess, token: str = "") -> Http:
        """Return what sends requests to another mock. Its exchanges pass the same checks."""
        target = Target(
            mock.url, self.contract, Permission.THROWAWAY, is_mock=True, cors_origin=self.target.cors_origin
        )
        target.token = token
        return _connect(target, Guard(Permission.THROWAWAY, ""), self.pace, self.judge)

    def watch(self, name: str, observe: Callable[["Suite", Path], Any]) -> None:
        """Observe something that takes its time, while other tests run.

        ``observe`` gets a suite whose judge keeps a record of its own, and an empty folder.
        """
        judge = self.judge.apart("log")
        folder = Path(self._ending.enter_context(TemporaryDirectory()))
        self._watches[name] = judge, self._pool.submit(observe, replace(self, judge=judge), folder)

    def watched(self, name: str) -> Any:
        """Return what was observed, once it is; None where nothing was begun under that name."""
        if name not in self._watches:
            return None
        judge, seen = self._watches.pop(name)
        result = seen.result()
        self.judge.adopt(judge)
        return result

    def end(self) -> None:
        """Delete what the run has added, compare what is there with what was there before, and stop what was started.

        Raises NotJudged where a server is not left as it was.
        """
        try:
            if self.settings.permission is Permission.OWN:
                sources.leave_as_before(self.http, self.before)
                definitions.leave_as_before(self.http, self.definitions_before)
            elif not self.target.is_mock and self.settings.permission is Permission.THROWAWAY:
                sources.clear_own(self.http)
                definitions.clear_own(self.http, self.definitions_before)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._ending.close()


def start_suite(
    settings: Settings, contract: Contract, clauses: Clauses, checks: Sequence[Check], mock: OwnMock | None
) -> Suite:
    """Reach the target, a launched mock or a URL, and sign in; raises NotJudged where nothing can be judged."""
    ending = ExitStack()
    try:
        target = _mock_target(settings, contract, mock) if mock else _url_target(settings, contract)
        for secret, variable in ((target.password, "PASSWORD"), (target.jwt_secret, "JWT_SECRET")):
            target.hide(secret or "", variable)
        names_in_query = any(each.kind and each.takes_json and each.name_in == "query"
                             for each in contract.operations.values())  # fmt: skip
        guard = Guard(settings.permission, target.prefix, target.base, names_in_query)
        pace = Pace(settings.rate)
        judge = Judge(target, clauses, [*bundled_checks(contract, target), *checks], Record())
        http = _connect(target, guard, pace, judge)
        suite = Suite(settings, contract, clauses, target, http, judge, guard, pace, _ending=ending)
        sign_in(http)
        _prepare(suite)
    except BaseException:
        ending.close()
        raise
    return suite


def _prepare(suite: Suite) -> None:
    """Remember what a server has before a run that writes to it, and find out what can be written."""
    if suite.settings.permission is Permission.OWN:
        suite.before = sources.prepare(suite.http)
    if suite.target.is_mock:
        suite.kinds = definitions.kinds_in(suite.contract)
    elif suite.settings.permission > Permission.READ:
        # To find out that something cannot be done is no failure of the server.
        http = _connect(suite.target, suite.guard, suite.pace)
        for kind in definitions.kinds_in(suite.contract):
            before, answer = definitions.prepare(http, kind)
            if before is not None:
                suite.definitions_before[kind] = before
                suite.kinds.append(kind)
            elif definitions.is_read_only(answer):
                suite.judge.record.unchangeable.add(kind)
            else:
                why = f"none was sent: {answer.method} {answer.path} is {answer.in_words()}"
                suite.judge.record.errors[f"writes of {kind}"] = why


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
    if not token and target.jwt_secret is not None:
        token = tokens.forge(target.jwt_secret)
    if not token:
        raise NotJudged(_why_no_token(http, exchange.status, exchange.error))
    target.token = token
    target.hide(token, "TOKEN")


def _why_no_token(http: Http, status: int | None, error: str) -> str:
    url = http.target.url
    if status is None:
        return f"nothing answers at {url}: {http.target.masked(error)}"
    if status == 401:
        given = "these credentials" if http.target.user is not None else "a login without credentials"
        return f"{url} refuses {given} (POST /login is 401): give the right ones with --user and --password"
    return f"{url} is no pgwatch: POST /login gives no token but status {status}"


def _connect(target: Target, guard: Guard, pace: Pace, judge: Judge | None = None) -> Http:
    observers: list[Observer] = [judge.see] if judge else []
    http = Http(target, new_session(target, guard, pace, observers))
    observers.append(http.observe)
    return http


def _mock_target(settings: Settings, contract: Contract, mock: OwnMock) -> Target:
    return Target(
        mock.process.url,
        contract,
        Permission.THROWAWAY,
        mock.user,
        mock.password,
        mock.jwt_secret,
        settings.database or DATABASE,
        _cors_origin(settings, contract),
        is_mock=True,
        prefix="contract-",
        seconds_to_wait=settings.wait,
    )


def _url_target(settings: Settings, contract: Contract) -> Target:
    # The prefix is not chosen by the seed: two runs on one server must not touch each other's sources.
    prefix = f"contract-{secrets.token_hex(6)}-"
    verify: bool | str = str(settings.ca_bundle) if settings.ca_bundle else not settings.insecure
    return Target(
        settings.base_url or "", contract, settings.permission, settings.user, settings.password, settings.jwt_secret,
        settings.database, _cors_origin(settings, contract), prefix=prefix, verify=verify,
        seconds_to_wait=settings.wait,
    )  # fmt: skip


def _cors_origin(settings: Settings, contract: Contract) -> str:
    origin: str = settings.cors_origin or contract.manners["cors"]["allowOrigin"]
    return origin
