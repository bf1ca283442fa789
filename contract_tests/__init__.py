"""The contract suite: judges a server, the mock or a real pgwatch, against ``openapi.yaml``.

What a project's own ``conftest.py`` needs to add clauses and checks of its own stands here.
"""

from contract_tests.check import Check
from contract_tests.clauses import Clause
from contract_tests.exchange import Exchange

__all__ = ["Check", "Clause", "Exchange"]
