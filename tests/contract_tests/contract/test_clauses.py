"""The clauses are whole: each has its part of the contract, a layer that judges it, and a deviation that breaks it."""

import ast
import re
from collections.abc import Iterator

import pytest
import yaml

from contract_tests.contract.clauses import LAYERS, Clause, read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.contract.needs import OPTIONS
from pgwatch_contract.releases.release import release_names
from pgwatch_contract.suite_options import suite_options
from tests.conftest import ROOT

CONTRACT = load_contract(ROOT / "openapi.yaml")
RELEASES = [load_contract(ROOT / "openapi.yaml", name) for name in release_names()]
CLAUSES = read_clauses()
EACH = pytest.mark.parametrize("clause", CLAUSES.values(), ids=lambda clause: clause.id)


def judged_by_layer() -> Iterator[tuple[str, str]]:
    """Each layer with each clause that a test in its folder says it judges."""
    files = [(layer, file) for layer in LAYERS for file in (ROOT / "contract_tests/layers" / layer).glob("test_*.py")]
    for layer, file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "judges":
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        yield layer, argument.value
                    else:
                        names = {each.id for each in ast.walk(argument) if isinstance(each, ast.Name)}
                        yield from ((layer, clause) for name in names for clause in constant(tree, name))


def constant(tree: ast.Module, name: str) -> list[str]:
    """The texts in a module's constant."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and name in [getattr(target, "id", "") for target in node.targets]:
            texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            return [text for text in texts if isinstance(text, str)]
    return []


@EACH
def test_a_clause_stands_in_the_contract(clause: Clause) -> None:
    """Its pointer leads to a part of the document, for each of its operations."""
    contract = next(each for each in (CONTRACT, *RELEASES) if clause.applies_to(each))
    operations = clause.operations_in(contract)
    for operation in operations or [None]:
        pointer = clause.pointer(operation)
        try:
            contract.part(pointer)
        except KeyError:
            # Public operations say so, protected ones inherit; an operation may have no body.
            assert pointer.endswith(("/security", "/requestBody", "/responses/400")), pointer


@EACH
def test_a_clause_is_a_sentence(clause: Clause) -> None:
    """It reads as one, and its id as a name."""
    assert re.fullmatch(r"[A-Z].*\.", clause.says)
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", clause.id)
    assert clause.layer in LAYERS
    assert set(clause.needs) <= set(OPTIONS)


def test_every_clause_is_judged_by_its_layer() -> None:
    """The layer of a clause has a test that says it judges it, and no test names a clause that there is not."""
    judged = set(judged_by_layer())
    assert {clause for _, clause in judged} <= set(CLAUSES)
    assert [clause.id for clause in CLAUSES.values() if (clause.layer, clause.id) not in judged] == []


def test_every_clause_has_a_deviation() -> None:
    """For each clause there is a deviation that breaks it: the proof covers all."""
    catalogue = yaml.safe_load((ROOT / "deviations.yaml").read_text(encoding="utf-8"))
    broken = {clause for entry in catalogue.values() for clause in entry["breaks"]}
    assert broken <= set(CLAUSES)
    # The proof is made with the contract itself; what only releases have is judged on their recordings' servers.
    assert {clause.id for clause in CLAUSES.values() if clause.applies_to(CONTRACT)} - broken == set()


def test_what_a_status_or_a_place_decides() -> None:
    """A release in which adding replaces has the clause on that, not the one on 409; likewise with names in paths."""
    old, new = (next(each for each in RELEASES if each.version == version) for version in ("3.1", "5.3"))
    for name, applies in {
        "source.add.existing-is-409": (True, False, True),
        "source.add.existing-is-replaced": (False, True, False),
        "source.update.unknown-is-404": (True, False, False),
        "source.update.unknown-is-created": (False, False, True),
        "source.delete.missing-name-is-400": (True, True, False),
        "source.update.other-name-is-400": (False, False, True),
        "source.get.unknown-is-404": (False, False, True),
    }.items():
        assert tuple(CLAUSES[name].applies_to(each) for each in (CONTRACT, old, new)) == applies, name


def test_health_is_judged_where_there_are_probes() -> None:
    """A release without health probes has no clause on them, and another operation that shows that it answers."""
    for contract in (CONTRACT, *RELEASES):
        has_probes = contract.version != "3.0"
        applying = {name for name, clause in CLAUSES.items() if clause.applies_to(contract)}
        assert {name.startswith("health.") for name in applying} == {False, has_probes}
        assert contract.probe.id == ("getLiveness" if has_probes else "listSources")


def test_what_a_clause_needs_is_an_option() -> None:
    """Each need names options of verify, that there is no URL, or what kind of server it takes."""
    names = {option.opts[0] for options in suite_options().values() for option in options}
    for need, option in OPTIONS.items():
        assert set(re.findall(r"--[\w-]+", option)) <= names, need
        assert "--" in option or "no URL" in option or "can be changed" in option


def test_there_are_many() -> None:
    """All groups that the documentation promises are there."""
    assert len(CLAUSES) > 120
    assert {clause.id.partition(".")[0] for clause in CLAUSES.values()} >= {
        "answer",
        "body",
        "login",
        "auth",
        "source",
        "connect",
        "health",
        "http",
        "cors",
        "log",
        "secret",
    }
