"""A clause of a project's own: every source says which team it belongs to.

pytest --pyargs contract_tests examples/own_checks --base-url http://127.0.0.1:8080
pgwatch-contract verify http://127.0.0.1:8080 --checks examples/own_checks
"""

import json

from contract_tests import Check, Clause, Exchange

TEAM = Clause(
    id="acme.source.has-a-team",
    says="Every source has the tag team.",
    part="/components/schemas/Source/properties/CustomTags",
    layer="operations",
    operations=("listSources",),
)
HUNDRED = Clause(
    id="acme.metric.at-most-a-hundred",
    says="The server has no more than a hundred metrics.",
    part="/paths/~1metric/get",
    layer="operations",
    operations=("listMetrics",),
)


def pytest_contract_clauses() -> list[Clause]:
    """Name what counts beside the clauses of the contract."""
    return [TEAM, HUNDRED]


def pytest_contract_checks() -> list[Check]:
    """Look at every list of sources that any test of the run has asked for."""
    return [Check(TEAM.id, find_source_without_team, applies=lambda exchange: exchange.status == 200)]


def find_source_without_team(exchange: Exchange) -> tuple[str, str] | None:
    """Return what was expected and what was found instead, None if all is well."""
    for source in json.loads(exchange.body) or []:
        if "team" not in (source["CustomTags"] or {}):
            return "a tag team at every source", f"{source['Name']} has none"
    return None
