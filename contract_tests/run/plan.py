"""What a run knows before a server is reached, and what it has found so far: the plan, which pytest keeps for it."""

from typing import TYPE_CHECKING

import pytest

from contract_tests.contract.clauses import LAYERS, Clauses, read_clauses
from contract_tests.contract.document import Contract, load_contract
from contract_tests.errors import Gone, Harm, NotJudged, RunOver, TimeUp
from contract_tests.judging.ledger import ledger_of
from contract_tests.judging.record import Record
from contract_tests.judging.verdict import Verdict, reach_verdict
from contract_tests.target.own_mock import OwnMock, launch_own_mock
from contract_tests.target.settings import Settings
from pgwatch_contract.suite_options import AUTO

if TYPE_CHECKING:
    from contract_tests.judging.suite import Suite
    from contract_tests.run.recognise import Recognised

EXIT_NOT_JUDGED = 2
PLAN = pytest.StashKey["Plan"]()


class Plan:
    """What is known before a server is reached: settings, contract, clauses; and what was found so far.

    ``ended`` says why the run did not come to its end, ``is_void`` that what it found until then decides nothing;
    ``is_untouchable``: the server is to be asked nothing more.
    """

    def __init__(self, settings: Settings, config: pytest.Config) -> None:
        self.ended = ""
        self.recognised: Recognised | None = None
        self.is_void = self.is_untouchable = False
        if settings.release == AUTO:
            from contract_tests.run.recognise import with_release  # noqa: PLC0415  # only who asks for it needs it

            settings, self.recognised = with_release(settings)
        self.settings = settings
        self.contract: Contract = load_contract(settings.spec, settings.release)
        own = [clause for given in config.hook.pytest_contract_clauses() for clause in given]
        self.clauses: Clauses = read_clauses(own)
        self.ledger = ledger_of(settings.release, settings.store, settings.ledger, self.clauses, self.contract)
        self.checks = [check for given in config.hook.pytest_contract_checks(contract=self.contract) for check in given]
        self.record = Record()
        self.mock: OwnMock | None = None
        self.suite: Suite | None = None
        self.verdict: Verdict | None = None

    def launch(self) -> None:
        """Launch the mock, unless there is a URL: it starts while pytest collects the tests."""
        if self.settings.base_url is None and self.mock is None:
            self.mock = launch_own_mock(self.settings)

    def start(self) -> "Suite":
        """Return the run's suite, started upon the first request for it; raises NotJudged where it cannot start."""
        # Imported late: whoever only collects tests needs none of it.
        from contract_tests.run.start import start_suite  # noqa: PLC0415

        if self.suite is None:
            self.launch()
            self.suite = start_suite(self.settings, self.contract, self.clauses, self.checks, self.mock)
            self.record.merge(self.suite.judge.record)
            self.suite.judge.record = self.record
        return self.suite

    def end_by(self, error: NotJudged | RunOver) -> None:
        """Remember why the run ends before its end."""
        self.ended = self.ended or str(error)
        self.is_void |= not isinstance(error, TimeUp)
        self.is_untouchable |= isinstance(error, Gone | Harm)


def plan_of(config: pytest.Config) -> Plan | None:
    """Return the plan of a run; None where the run has nothing to do with a contract."""
    return config.stash.get(PLAN, None)


def verdict_of(plan: Plan) -> Verdict:
    """Return the verdict on what a run has found so far."""
    found = plan.recognised
    return reach_verdict(
        plan.settings,
        plan.contract,
        plan.clauses,
        plan.record,
        plan.ended,
        plan.ledger,
        recognised=found.in_words if found else "",
        candidates=found.names if found else "",
        is_void=plan.is_void,
    )


def layer_of(item: pytest.Item) -> str:
    """Return the layer of a test: the folder in ``layers/`` that its file stands in; empty for others' tests."""
    name: str = getattr(getattr(item, "module", None), "__name__", "")
    package, _, rest = name.partition(".layers.")
    layer = rest.partition(".")[0]
    return layer if package == "contract_tests" and layer in LAYERS else ""
