"""One run's parts: target, transport, judge; and how the run leaves the server."""

import os
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract_tests.asking import definitions, sources
from contract_tests.asking.transport import Http, Observer, Transport
from contract_tests.contract.clauses import Clauses
from contract_tests.contract.document import Contract
from contract_tests.judging.judge import Judge
from contract_tests.target.guard import Guard, Permission
from contract_tests.target.own_mock import kind_of_mock
from contract_tests.target.pace import Pace, TimeLimit
from contract_tests.target.settings import Settings
from contract_tests.target.target import Target
from pgwatch_contract.mock_process import MockProcess, launch_mock

_SECONDS_TO_CLEAN_UP = 120


@dataclass(repr=False)
class Suite:
    """What tests are given: the target, how to reach it, and who judges.

    ``before`` are the sources of a server before a run that writes, ``definitions_before`` its metrics and presets;
    ``kinds`` are those of ``metrics`` and ``presets`` that clients can change there. ``unjudged`` sends requests to
    the target of which nobody is told.
    """

    settings: Settings
    contract: Contract
    clauses: Clauses
    target: Target
    http: Http
    unjudged: Http
    judge: Judge
    guard: Guard
    pace: Pace
    limit: TimeLimit
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
        described = ["--spec", str(spec or self.contract.file)]
        mock = launch_mock([*described, *kind_of_mock(self.settings), *options], hidden)
        self._ending.callback(mock.kill)
        return mock

    def newborn(self) -> MockProcess:
        """Return a mock as if it had just been set up: not ready, without credentials, without sources."""
        if self._newborn is None:
            options = ("--not-ready", "forever", "--sources", os.devnull)
            self._newborn = self.other_mock(*options, jwt_secret=self.target.jwt_secret or "")
        return self._newborn

    def http_of(self, mock: MockProcess, token: str = "", *, judged: bool = True) -> Http:
        """Return what sends requests to another mock. Its exchanges pass the same checks, if they are ``judged``."""
        target = Target(
            mock.url, self.contract, Permission.THROWAWAY, is_mock=True, cors_origin=self.target.cors_origin
        )
        target.token = token
        target.hidden = self.target.hidden
        observers: list[Observer] = [self.judge.see] if judged else []
        return Http(Transport(target, Guard(Permission.THROWAWAY, ""), self.pace, self.limit, observers))

    def new_folder(self) -> Path:
        """Return an empty folder that is there until the run ends."""
        return Path(self._ending.enter_context(TemporaryDirectory()))

    def watch(self, layer: str, name: str, observe: Callable[["Suite"], Any]) -> None:
        """Observe something of a layer that takes its time, while other tests run.

        ``observe`` gets a suite whose judge keeps a record of its own.
        """
        judge = self.judge.apart(layer)
        transport = Transport(self.target, self.guard, self.pace, self.limit, [judge.see])
        transport.after_write = self.http.transport.after_write
        beside = replace(self, judge=judge, http=Http(transport))
        self._watches[name] = judge, self._pool.submit(observe, beside)

    def watched(self, name: str) -> Any:
        """Return what was observed, once it is; None where nothing was begun under that name."""
        if name not in self._watches:
            return None
        judge, seen = self._watches.pop(name)
        result = seen.result()
        self.judge.adopt(judge)
        return result

    def end(self, is_untouchable: bool = False) -> None:
        """Delete what the run has added, compare what is there with what was there before, and stop what was started.

        A server that ``is_untouchable`` is asked nothing more. Raises NotJudged where it is not left as it was.
        """
        try:
            if is_untouchable:
                return
            self.limit.extend(self.limit.passed + _SECONDS_TO_CLEAN_UP)
            if self.settings.permission is Permission.OWN:
                sources.leave_as_before(self.http, self.before)
                definitions.leave_as_before(self.http, self.definitions_before)
            elif not self.target.is_mock and self.settings.permission is Permission.THROWAWAY:
                sources.clear_own(self.http)
                definitions.clear_own(self.http, self.definitions_before)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._ending.close()
            for each in (self.http, self.unjudged):
                each.transport.close()
