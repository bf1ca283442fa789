"""The contract suite: judges a server, the mock or a real pgwatch, against ``openapi.yaml``.

What a project's own ``conftest.py`` needs to add clauses and checks of its own stands here.
"""

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.clauses import Clause
from contract_tests.judging.check import Check

__all__ = ["Check", "Clause", "Exchange"]
