"""The corpus: what its bodies hold together."""

import itertools

from contract_tests.contract.document import load_contract
from contract_tests.layers.operations.corpus import packed
from pgwatch_contract.files import data_file


def test_each_choice_stands_beside_each_boolean() -> None:
    """Every Kind comes with every switch on and off: a server may treat one field by another."""
    operation = load_contract(data_file("openapi.yaml")).operations["addSource"]
    schema = next(iter((operation.body or {}).values()))["schema"]
    bodies, kinds = list(packed(schema)), schema["properties"]["Kind"]["enum"]
    for switch in ("OnlyIfMaster", "IsEnabled", "IsSuperuser"):
        there = {(body["Kind"], body[switch]) for body in bodies if switch in body}
        assert there == set(itertools.product(kinds, (True, False)))
