"""The metrics and presets of a server, which releases let clients change: listed, deleted, and left as they were."""

import json
from collections.abc import Mapping
from typing import Any

from contract_tests import interrupts
from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import differences
from contract_tests.asking.transport import Http
from contract_tests.contract.document import JSON, Contract, Operation
from contract_tests.errors import NotJudged
from contract_tests.target.marks import is_of_any_run

Definitions = dict[str, Any]
"""Metrics, or presets, by their names."""
LIST = {"metrics": "listMetrics", "presets": "listPresets"}
SET = {"metrics": "setMetric", "presets": "setPreset"}
DELETE = {"metrics": "deleteMetric", "presets": "deletePreset"}
"""The operations on either, by what they do."""
_READ_ONLY = ("unsupported operation", "is a directory")
"""How pgwatch refuses to change those that are built in, and those in a folder of files (facts of all releases)."""


def kinds_in(contract: Contract) -> list[str]:
    """Return what clients can change of ``metrics`` and ``presets``: those that they can delete again."""
    return [kind for kind, operation in DELETE.items() if operation in contract.operations]


def definition(operation: Operation) -> dict[str, Any]:
    """Return a metric or a preset with all its fields, from the examples of an operation that takes one or several."""
    examples = (operation.body or {})[JSON]["examples"]
    value: dict[str, Any] = next(iter(examples.values()))["value"]
    return next(iter(value.values())) if operation.takes_several else value


def body_of(operation: Operation, name: str, value: Any) -> Any:
    """Return the body for a metric or a preset: itself, or itself by its name where the operation takes several."""
    return {name: value} if operation.takes_several else value


def list_definitions(http: Http, kind: str) -> Definitions | None:
    """Return the metrics, or presets, that the target lists, None where its answer is no list of them."""
    return definitions_in(http.send("GET", http.target.contract.operations[LIST[kind]].path))


def definitions_in(exchange: Exchange) -> Definitions | None:
    """Return the metrics or presets in an answer; null, which a release says for none, is an empty list."""
    try:
        listed = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return None
    if exchange.status != 200 or not isinstance(listed, dict | None):
        return None
    return listed or {}


def delete_definition(http: Http, kind: str, name: str) -> Exchange:
    """Delete a metric or a preset of the run's own."""
    operation = http.target.contract.operations[DELETE[kind]]
    return http.send(operation.method, operation.at(name), query=operation.query(name))


def prepare(http: Http, kind: str) -> tuple[Definitions | None, Exchange]:
    """Return the metrics, or presets, before the run, and the last answer that this depends on.

    They are None where it is not clear that what the run adds can be removed: then none is to be written. Raises
    NotJudged where one that was added does not go away.
    """
    contract, name = http.target.contract, http.target.name("probe")
    listing = http.send("GET", contract.operations[LIST[kind]].path)
    before = definitions_in(listing)
    if before is None:
        return None, listing
    # The deletion comes first: a release that has it elsewhere answers 405, and is given nothing to keep.
    deleted = delete_definition(http, kind, name)
    if _is_out_of_reach(deleted):
        return None, deleted
    operation = contract.operations[SET[kind]]
    with interrupts.delayed():
        added = http.send(operation.method, operation.at(name), query=operation.query(name), json=definition(operation))
        delete_definition(http, kind, name)
    if name in (list_definitions(http, kind) or {}):
        raise NotJudged(
            f"one of the {kind} that was added cannot be deleted: delete {name!r} by hand and leave out --allow-writes"
        )
    return None if _is_out_of_reach(added) else before, added


def _is_out_of_reach(exchange: Exchange) -> bool:
    """Say whether an answer means that the server has no such operation, or cannot do what it is for."""
    return exchange.status is None or exchange.status in (403, 405) or exchange.status >= 500


def is_read_only(exchange: Exchange) -> bool:
    """Say whether an answer is pgwatch's word for metrics and presets that nobody can change."""
    return exchange.status == 500 and exchange.text.strip().endswith(_READ_ONLY)


def clear_own(http: Http, kinds: Mapping[str, Definitions]) -> list[str]:
    """Delete all metrics and presets of the run's own, and return the names of those that stay."""
    for kind in kinds:
        for name in _own(http, kind):
            delete_definition(http, kind, name)
    return [name for kind in kinds for name in _own(http, kind)]


def _own(http: Http, kind: str) -> list[str]:
    return [name for name in list_definitions(http, kind) or {} if name.startswith(http.target.prefix)]


def leave_as_before(http: Http, before: Mapping[str, Definitions]) -> None:
    """Delete what the run has added; raises NotJudged where one stays, or the others are not what they were."""
    if left := clear_own(http, before):
        raise NotJudged(f"these metrics or presets of the run could not be deleted; do it by hand: {', '.join(left)}")
    for kind, old in before.items():
        new = list_definitions(http, kind)
        if new is None:
            raise NotJudged(f"the {kind} are not listed after the run: whether they are what they were is not known")
        if changed := differences(in_order(old), in_order(new)):
            raise NotJudged(f"the server's {kind} are not what they were before the run: {'; '.join(changed)}")


def in_order(definitions: Definitions) -> list[dict[str, Any]]:
    """Return the definitions of others as a list by name: their order means nothing, and some releases change it."""
    others = ((name, value) for name, value in sorted(definitions.items()) if not is_of_any_run(name))
    return [{"Name": name, **(value or {})} for name, value in others]
