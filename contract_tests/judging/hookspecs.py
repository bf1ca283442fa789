"""The hooks by which a project adds clauses and checks of its own, in its ``conftest.py``."""

import pytest

from contract_tests.contract.clauses import Clause
from contract_tests.contract.document import Contract
from contract_tests.judging.check import Check


@pytest.hookspec
def pytest_contract_clauses() -> list[Clause]:
    """Return clauses that count beside the suite's own."""
    return []


@pytest.hookspec
def pytest_contract_checks(contract: Contract) -> list[Check]:
    """Return checks that every exchange of their clauses' operations has to pass."""
    return []
