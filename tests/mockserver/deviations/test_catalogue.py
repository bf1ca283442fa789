"""Deviations: the catalogue is complete, a server without them knows nothing of them, and the command line has them."""

import subprocess
import sys
from typing import Any

import jsonschema
import pytest
import yaml

from contract_tests.contract.clauses import read_clauses
from contract_tests.contract.document import load_contract
from mockserver.deviations.catalogue import read_catalogue
from mockserver.deviations.registry import all_shows, plan_of
from mockserver.serving.parts import PLAIN
from pgwatch_contract.catalogue import read_entries
from tests.conftest import ROOT, Server, start_server
from tests.mockserver.deviations import (
    test_access,
    test_answers,
    test_bodies,
    test_changes,
    test_http,
    test_log,
    test_log_ends,
    test_parallel,
    test_sources,
)
from tests.support.deviation_helpers import Mock, add, ask, delete, names
from tests.support.helpers import OPERATIONS
from tests.support.mock_command import refused, run

WHOLE: dict[str, Any] = yaml.safe_load((ROOT / "deviations.yaml").read_bytes())
CATALOGUE = {name: entry for name, entry in read_entries().items() if entry.get("shown") != "release"}
"""Those that --deviate takes."""
CLAUSES: dict[str, Any] = yaml.safe_load((ROOT / "contract_tests/contract/clauses.yaml").read_bytes())
PROBED = (
    test_access,
    test_answers,
    test_bodies,
    test_changes,
    test_http,
    test_log,
    test_log_ends,
    test_parallel,
    test_sources,
)
PLAIN_START = """
import asyncio, sys
from mockserver.serving.app import create_app
from mockserver.serving.backend import create_backend
from mockserver.console import Console
from mockserver.command.options import read_options
from mockserver.serving.server import create_server

backend = create_backend(read_options([]).settings, Console(verbosity=-1))
app = create_app(backend)
server = create_server(app, backend, lambda: None)
print(*(name for name in sys.modules if name.startswith("mockserver.deviations")))
print(type(backend.state).__name__, type(backend.tokens).__name__, type(backend.credentials).__name__)
print(type(backend.log_stream).__name__, backend.parts.log_connection.__name__, server.config.http.__base__.__name__)
print(backend.parts.document(backend.contract.specification.raw) is backend.contract.specification.raw)
"""


def test_the_catalogue_fits_its_schema() -> None:
    """Every entry has the fields that the schema asks for, and no others; no name is given twice."""
    schema = yaml.safe_load((ROOT / "pgwatch_contract/schemas/deviations.yaml").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(WHOLE)
    keys = [line for line in (ROOT / "deviations.yaml").read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]
    assert len(keys) == len(WHOLE)


def test_every_deviation_has_a_function_and_a_probe() -> None:
    """The names of the catalogue, of the functions and of the probes are the same."""
    probed = [name for module in PROBED for name in module.CASES]
    assert set(CATALOGUE) == set(all_shows()) == set(probed)
    assert len(probed) == len(set(probed))
    assert all(case.clean != case.shown for module in PROBED for case in module.CASES.values())
    assert list(read_catalogue()) == list(WHOLE)


def test_what_deviations_name_exists() -> None:
    """Clauses and operations are those of the contract, and every clause is broken by a deviation."""
    for name, entry in CATALOGUE.items():
        assert set(entry["breaks"]) <= set(CLAUSES), name
        assert set(entry["operations"]) | set(entry.get("at", ())) <= set(OPERATIONS), name
        assert not (entry["operations"] and "at" in entry), name
    contract = load_contract(ROOT / "openapi.yaml")
    own = {name for name, clause in read_clauses().items() if clause.applies_to(contract)}
    assert own == {clause for entry in CATALOGUE.values() for clause in entry["breaks"]}


def test_a_clause_is_about_the_operations_of_the_deviation() -> None:
    """A deviation shows at an operation that each clause it breaks is about."""
    groups = {
        "all": set(OPERATIONS),
        "protected": {name for name, each in OPERATIONS.items() if not each.public},
        "public": {name for name, each in OPERATIONS.items() if each.public},
        "body": {name for name, each in OPERATIONS.items() if "requestBody" in each.document},
        "json": {
            name for name, each in OPERATIONS.items() if "application/json" in str(each.document.get("requestBody"))
        },
        "refusing": {
            name for name, each in OPERATIONS.items() if "4" in {code[0] for code in each.document["responses"]}
        },
    }
    for name, entry in CATALOGUE.items():
        for clause in entry["breaks"]:
            about = CLAUSES[clause]["operations"]
            about = groups[about] if isinstance(about, str) else set(about)
            assert about & set(entry["operations"]) or not (about and entry["operations"]), (name, clause)


def test_a_server_without_deviations_imports_nothing_of_them() -> None:
    """Without --deviate no module of the package is imported, and the classes are the plain ones."""
    started = subprocess.run([sys.executable, "-c", PLAIN_START], capture_output=True, text=True, cwd=ROOT, check=True)
    assert started.stdout.splitlines() == [
        "",
        "State Tokens Credentials",
        "LogStream LogConnection ContractProtocol",
        "True",
    ]


def test_parts_that_no_deviation_changes_are_the_plain_ones() -> None:
    """A deviation puts nothing in the place of parts that it is not about."""
    parts = plan_of(["list-is-shuffled"]).parts(PLAIN)
    assert (parts.state, parts.tokens, parts.log_stream) == (PLAIN.state, PLAIN.tokens, PLAIN.log_stream)


def test_deviations_add_up() -> None:
    """Several deviations show at once, even those that change the same part."""
    with Mock("name-is-trimmed", "update-moves-to-the-end", "delete-unknown-is-200", "add-is-201") as server:
        assert add(server, " both ") == 201
        assert delete(server, "nobody") == 200
        assert ask(server, "PUT", "/source", {"Name": "demo ", "ConnStr": ""}).status == 200
        assert names(server)[-2:] == ["both", "demo"]


@pytest.mark.parametrize("family", "ABCDEFGHIJ")
def test_the_deviations_of_a_release_live_together(family: str) -> None:
    """A server with all deviations that were seen in a family of releases lists, adds and lists again."""
    together = [name for name, entry in CATALOGUE.items() if family in entry["seen"]]
    assert len(together) > 20
    with Mock(*together) as server:
        before = names(server)
        assert add(server, "one more") in (200, 201)
        assert names(server) == [*before, "one more"]
        assert ask(server, "GET", "/metric").status == ask(server, "GET", "/preset").status == 200


def test_all_deviations_together_start() -> None:
    """A server can have all deviations at once."""
    with Mock(*CATALOGUE):
        pass


def test_the_contract_is_served_unchanged() -> None:
    """A server that reads other bodies than the contract says still shows the contract."""
    with Mock("unknown-kind-is-stored") as server, Mock() as clean:
        for path in ("/openapi.yaml", "/openapi.json"):
            assert ask(server, "GET", path).body == ask(clean, "GET", path).body


def test_the_list_explains_every_deviation() -> None:
    """--list-deviations prints names, titles and clauses, fits a terminal, and serves nothing."""
    result = run("mock", "--list-deviations")
    assert (result.returncode, result.stderr) == (0, "")
    words = " ".join(result.stdout.split())
    for name, entry in CATALOGUE.items():
        assert f"{name} {entry['title']} breaks {', '.join(entry['breaks'])}" in words
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_an_unknown_name_is_refused_with_those_like_it() -> None:
    """A mistyped name is one line that says which may be meant, whether in an option or in the environment."""
    line = refused("--deviate", "list-is-shufled")
    assert "'list-is-shufled' is no deviation: is list-is-shuffled" in line
    assert "see --list-deviations" in line
    assert "PGWATCH_MOCK_DEVIATE: 'xyzzy' is no deviation" in refused(PGWATCH_MOCK_DEVIATE="xyzzy add-is-201")


@pytest.fixture
def deviating() -> Any:
    """A server in a process of its own, with two deviations."""
    server = start_server("--quiet", "--deviate", "update-unknown-is-200", PGWATCH_MOCK_DEVIATE="add-is-201")
    yield server
    server.stop()


def test_the_command_line_turns_deviations_on(deviating: Server) -> None:
    """The option counts before the environment, and the server deviates."""
    with deviating.client() as client:
        body = {"Name": "nobody", "ConnStr": ""}
        assert client.put("/source", json=body).status_code == 200
        assert client.post("/source", json=body).status_code == 200


def test_the_console_says_which_deviations_are_on() -> None:
    """The banner names them."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "--port", "0", "--deviate", "add-is-201", "--deviate", "list-is-sorted"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    line = next(line for line in process.stdout if "deviates" in line)
    process.terminate()
    process.communicate(timeout=20)
    assert line.split() == ["deviates", "add-is-201", "list-is-sorted"]


def test_the_console_says_where_a_status_deviates() -> None:
    """Beside the line of a request stands which status was answered in the place of the contract's."""
    server = start_server("--deviate", "add-is-201")
    with server.client() as client:
        assert client.post("/source", json={"Name": "noted", "ConnStr": ""}).status_code == 201
    _, out = server.stop()
    assert '{"note": "/source: deviating, 201 in the place of 200"}' in out.splitlines()
