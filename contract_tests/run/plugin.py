"""The pytest plugin: the order of layers, what cannot be judged, and the verdict at the end.

``pgwatch_contract.pytest_entry`` loads it where a run is about a contract.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests import interrupts
from contract_tests.contract.clauses import LAYERS
from contract_tests.contract.document import Operation
from contract_tests.contract.needs import OPTIONS as NEEDS
from contract_tests.contract.needs import SILENT, missing
from contract_tests.errors import Gone, NotJudged, RunOver, Unanswered
from contract_tests.judging import hookspecs
from contract_tests.judging.ledger import write_own
from contract_tests.judging.record import from_data
from contract_tests.judging.verdict import Verdict
from contract_tests.run import pytest_fixtures
from contract_tests.run.chance import keep_chance_apart
from contract_tests.run.plan import PLAN, Plan, layer_of, plan_of, verdict_of
from contract_tests.target.settings import Settings, settings_of
from pgwatch_contract.suite_options import values_for_pytest

if TYPE_CHECKING:
    from contract_tests.judging.suite import Suite


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the suite's hooks known."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options, the contract and the ledger."""
    verify = next((each for each in config.pluginmanager.get_plugins() if hasattr(each, "settings")), None)
    try:
        plan = config.stash[PLAN] = Plan(verify.settings if verify else _settings_of(config), config)
    except (NotJudged, RunOver, ValueError) as error:
        if verify:
            verify.stopped_by = str(error)
            raise pytest.UsageError from None
        raise pytest.UsageError(str(error)) from None
    if plan.settings.allow_writes and _workers(config):
        raise pytest.UsageError("writes to a server must come one at a time: leave out -n with --contract-allow-writes")
    keep_chance_apart()
    config.pluginmanager.register(pytest_fixtures, "contract-fixtures")
    interrupts.count_once()


def _settings_of(config: pytest.Config) -> Settings:
    values = values_for_pytest(lambda name: config.getoption(name, None))
    return settings_of(config.getoption("base_url", None), values)


def _workers(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput") or config.getoption("numprocesses", None) not in (None, 0)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Launch the mock in the process that will run tests."""
    plan = plan_of(session.config)
    runs_tests = hasattr(session.config, "workerinput") or not _workers(session.config)
    if plan is not None and runs_tests and not session.config.getoption("collectonly"):
        plan.launch()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each operation of the (first) clause it judges, where it asks for an ``operation``."""
    plan = plan_of(metafunc.config)
    marker = metafunc.definition.get_closest_marker("judges")
    if plan is None or marker is None or "operation" not in metafunc.fixturenames:
        return
    operations = plan.clauses[marker.args[0]].operations_in(plan.contract)
    metafunc.parametrize("operation", operations, ids=[operation.label for operation in operations])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the layers that are not asked for, order the others, and mark what cannot be judged."""
    plan = plan_of(config)
    if plan is None:
        return
    layers = plan.settings.layers
    asked = [item for item in items if layer_of(item) in ("", *layers) and _has_a_subject(plan, item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in asked])
    items[:] = sorted(asked, key=_turn)
    for item in items:
        if lacking := _lacking(plan, item):
            options = ", ".join(NEEDS[need] for need in lacking)
            item.add_marker(pytest.mark.skip(reason=f"not judged: needs {options}"))


def _turn(item: pytest.Item) -> tuple[bool, int]:
    """Return when a test's turn is: by layer, and after all others where it waits for what began with the run."""
    layer = layer_of(item)
    return item.get_closest_marker("late") is not None, LAYERS.index(layer) if layer else len(LAYERS)


def _clauses_of(item: pytest.Item) -> Sequence[str]:
    marker = item.get_closest_marker("judges")
    return marker.args if marker else ()


def _has_a_subject(plan: Plan, item: pytest.Item) -> bool:
    """Say whether the contract has anything that a test is about: releases lack operations of others."""
    clauses = [plan.clauses[name] for name in _clauses_of(item)]
    return not clauses or any(clause.applies_to(plan.contract) for clause in clauses)


def _lacking(plan: Plan, item: pytest.Item) -> list[str]:
    """Return what a test needs and the run is not given, for any of the clauses that it judges."""
    operation: Operation | None = getattr(item, "callspec", None) and item.callspec.params.get("operation")  # type: ignore[attr-defined]
    lacking: dict[str, None] = {}
    for name in _clauses_of(item):
        clause = plan.clauses[name]
        if not clause.applies_to(plan.contract):
            continue
        operations: list[Operation | None] = (
            [operation] if operation else [*clause.operations_in(plan.contract)] or [None]
        )
        for each in operations:
            lacking |= dict.fromkeys(missing(clause, each, plan.settings.given))
    return list(lacking)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember the clauses of tests that -k left out: nobody can expect them to be judged."""
    for item in items:
        plan = plan_of(item.config)
        if plan is not None and layer_of(item) in plan.settings.layers:
            plan.record.left_out |= dict.fromkeys(_clauses_of(item), "deselected")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin no test for which no time is left."""
    plan = plan_of(item.config)
    if plan is not None and plan.suite is not None:
        plan.suite.limit.left()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that has found failures, though it went on to look for more."""
    plan = plan_of(item.config)
    if plan is None or plan.suite is None:
        return (yield)
    judge = plan.suite.judge
    judge.layer, judge.test = layer_of(item) or "own", item.nodeid
    try:
        result = yield
    except Gone:
        judge.drop()
        raise
    finally:
        if judge.has_found_failures:
            _insist_on_presence(plan.suite)
        failures = judge.commit()
    known, found = plan.ledger.sorted_out(failures)
    if known and not found:
        pytest.xfail(f"known: {', '.join(entry.name for entry in known)}")
    if found:
        first = min(found, key=lambda failure: failure.size)
        more = f"\n({len(found)} failures in this test)" if len(found) > 1 else ""
        pytest.fail(
            f"{first.clause}: expected {first.expected}; actual {first.actual}\n{first.curl}{more}", pytrace=False
        )
    return result


def _insist_on_presence(suite: "Suite") -> None:
    """Raise Gone where the server is there no more, and forget what a test has found of it."""
    try:
        suite.unjudged.transport.insist_on_presence("the end of a test")
    except Gone:
        suite.judge.drop()
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Count a test that could not judge as an error of its layer, and the time of all; end a run that must end."""
    report: pytest.TestReport = yield
    plan = plan_of(item.config)
    if plan is None:
        return report
    layer = layer_of(item) or "own"
    plan.record.seconds[layer] = plan.record.seconds.get(layer, 0) + call.duration
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, RunOver):
        plan.end_by(error)
        item.session.shouldstop = str(error)
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: {error}")
    elif isinstance(error, Unanswered):
        plan.record.left_out |= dict.fromkeys(_clauses_of(item), SILENT)
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: not judged: {error}")
    elif error is not None and report.failed and not isinstance(error, pytest.fail.Exception):
        text = f"{type(error).__name__}: {error}".partition("\n")[0]
        masked = plan.suite.target.hidden.masked if plan.suite else str
        plan.record.errors[item.nodeid] = masked(text)
        report.longrepr = masked(report.longreprtext)
    return report


def _leave_the_server(suite: "Suite", plan: Plan) -> None:
    try:
        with interrupts.ignored():
            suite.end(plan.is_untouchable)
    except (NotJudged, RunOver, Unanswered) as error:
        plan.record.errors["the server's state"] = str(error)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave the server as it was, reach the verdict, and let it decide the exit code."""
    plan = plan_of(session.config)
    if plan is None:
        return
    if plan.suite is not None:
        plan.suite.judge.commit()
        _leave_the_server(plan.suite, plan)
        plan.record.waits += plan.suite.http.transport.waits.times
        plan.record.waited += plan.suite.http.transport.waits.seconds
        plan.record.exercised |= plan.suite.judge.coverage.exercised
        plan.record.hide(plan.suite.target.hidden.masked)
        plan.ended = plan.suite.target.hidden.masked(plan.ended)
    if plan.mock is not None:
        plan.mock.process.kill()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["contract"] = {**plan.record.as_data(), "ended": plan.ended, "void": plan.is_void}
        return
    if not plan.ended and exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        plan.end_by(
            RunOver("interrupted" if exitstatus == pytest.ExitCode.INTERRUPTED else "the tests could not be run")
        )
    if not plan.ended and (session.shouldstop or session.shouldfail):
        plan.ended = str(session.shouldstop or session.shouldfail)
    plan.verdict = verdict_of(plan)
    _write(plan, plan.verdict)
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        session.exitstatus = plan.verdict.exit_code


def _write(plan: Plan, verdict: Verdict) -> None:
    """Write the reports, and the ledger of new failures, where they were asked for."""
    try:
        if plan.settings.report is not None:
            from contract_tests.report.write import write_reports  # noqa: PLC0415

            write_reports(verdict, plan.settings.report)
        if plan.settings.write_ledger is not None:
            write_own(plan.settings.write_ledger, verdict.failures, plan.clauses, plan.contract)
    except NotJudged as error:
        plan.record.errors["the report"] = str(error)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a parallel worker has found."""
    plan = plan_of(node.config)
    found = getattr(node, "workeroutput", {}).get("contract")
    if plan is not None and found:
        plan.record.merge(from_data(found))
        if found["ended"]:
            plan.ended, plan.is_void = plan.ended or found["ended"], plan.is_void or found["void"]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the verdict under pytest's own output."""
    plan = plan_of(config)
    if plan is not None and plan.verdict is not None:
        from contract_tests.report.terminal import in_lines  # noqa: PLC0415

        terminalreporter.section("contract")
        for line in in_lines(plan.verdict, colour=terminalreporter.hasmarkup):
            terminalreporter.write_line(line)
