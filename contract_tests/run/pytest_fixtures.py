"""The pytest fixtures of a run that is about a contract."""

import random
from collections.abc import Iterator

import pytest

from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.contract.needs import OPTIONS
from contract_tests.errors import NotJudged, RunOver
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.own import Own
from contract_tests.layers.own_definitions import OwnDefinitions
from contract_tests.layers.own_sources import OwnSources
from contract_tests.run.plan import EXIT_NOT_JUDGED, plan_of
from contract_tests.target.target import Target


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> Suite:
    """All parts of the run; the mock is started, or the URL signed in to, when the first test asks for it."""
    plan = plan_of(request.config)
    assert plan is not None  # noqa: S101  # this module is loaded only where there is one
    try:
        started = plan.start()
    except (NotJudged, RunOver) as error:
        plan.end_by(error)
        pytest.exit(f"not judged: {error}", EXIT_NOT_JUDGED)
    # A layer that has to wait for something begins at once, and waits beside the others.
    for module in {item.module for item in request.session.items if isinstance(item, pytest.Function)}:
        if hasattr(module, "begin"):
            module.begin(started)
    return started


@pytest.fixture(scope="session")
def target(suite: Suite) -> Target:
    """Return the server under test."""
    return suite.target


@pytest.fixture(scope="session")
def http(suite: Suite) -> Http:
    """Return what sends requests to the target."""
    return suite.http


@pytest.fixture(scope="session")
def contract(suite: Suite) -> Contract:
    """Return the contract that the target is judged by."""
    return suite.contract


@pytest.fixture
def judge(suite: Suite) -> Judge:
    """Who judges; it knows which test is asking."""
    return suite.judge


@pytest.fixture
def chosen(suite: Suite, request: pytest.FixtureRequest) -> random.Random:
    """Return a source of choices that depends on the run's seed and the test alone."""
    return suite.random(request.node.nodeid)


@pytest.fixture(autouse=True)
def _can_be_changed(request: pytest.FixtureRequest) -> None:
    """Skip what would change metrics or presets of a server that does not let clients do so."""
    operation = request.getfixturevalue("operation") if "operation" in request.fixturenames else None
    if isinstance(operation, Operation) and operation.kind and operation.writes:
        started: Suite = request.getfixturevalue("suite")
        if operation.kind not in started.kinds:
            pytest.skip(f"not judged: needs {OPTIONS[operation.kind]}")


@pytest.fixture
def own(suite: Suite) -> Iterator[OwnSources]:
    """Give what writes sources of the test's own; they are deleted after it."""
    sources = OwnSources(suite)
    yield sources
    sources.clear()


@pytest.fixture
def alone(suite: Suite, own: OwnSources) -> Iterator[OwnSources]:
    """Give what writes sources of the test's own where there are no others, if the suite can start such a server."""
    if not suite.target.is_mock:
        yield own
        return
    sources = OwnSources(suite, suite.http_of(suite.newborn(), suite.target.token))
    sources.remove_all()
    yield sources
    sources.clear()


@pytest.fixture
def subjects(suite: Suite, operation: Operation) -> Iterator[Own]:
    """Give what writes things of the test's own, of the kind that its operation is about: sources, if of none."""
    own = OwnDefinitions(suite, operation.kind) if operation.kind in suite.kinds else OwnSources(suite)
    yield own
    own.clear()


@pytest.fixture
def defined(suite: Suite, operation: Operation) -> Iterator[OwnDefinitions]:
    """Give what writes metrics or presets of the test's own, whichever its operation is about."""
    definitions = OwnDefinitions(suite, operation.kind)
    yield definitions
    definitions.clear()
