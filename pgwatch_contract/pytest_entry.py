"""What pytest loads wherever the toolkit is installed: the suite's options, and the suite where one of them is used.

It imports nothing of the suite before that: another project may have a package ``contract_tests`` of its own.
"""

import contextlib
import importlib.util
from pathlib import Path

import pytest

from pgwatch_contract.suite_options import PYTEST_PREFIX, add_to_pytest

_SUITE = Path(__file__).parent.parent / "contract_tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --base-url (unless another plugin has it) and the suite's options."""
    with contextlib.suppress(ValueError):  # pytest-base-url has the same option with the same meaning
        parser.getgroup("contract").addoption(
            "--base-url", metavar="URL", help="the server to judge; by default a mock"
        )
    add_to_pytest(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the suite where the run is about a contract; raises UsageError, in one line, where that is not possible."""
    config.addinivalue_line("markers", "judges(*clauses): the clauses of the contract that a test judges")
    config.addinivalue_line("markers", "late: its turn is after all others, for it waits for what began with the run")
    if not _is_wanted(config):
        return
    found = importlib.util.find_spec("contract_tests")
    where = Path(found.origin).parent if found and found.origin else None
    if where is None or where.resolve() != _SUITE.resolve():
        raise pytest.UsageError(
            f"{where} stands before the package contract_tests of pgwatch-contract: run the suite from another folder,"
            " or by pgwatch-contract verify"
        )
    if not config.pluginmanager.has_plugin("contract_tests.run.plugin"):
        config.pluginmanager.import_plugin("contract_tests.run.plugin")


def _is_wanted(config: pytest.Config) -> bool:
    """Say whether a run names the suite's tests, or gives one of its options."""
    if any(str(each).startswith(PYTEST_PREFIX) for each in config.invocation_params.args):
        return True
    names_it = config.getoption("pyargs") and any(_names_suite(each) for each in config.invocation_params.args)
    if names_it or any(_is_inside(each) for each in config.args):
        return True
    has_other = config.pluginmanager.has_plugin("base_url") or config.pluginmanager.has_plugin("pytest_base_url.plugin")
    return config.getoption("base_url", None) is not None and not has_other


def _names_suite(argument: object) -> bool:
    return str(argument).partition("::")[0].partition(".")[0] == "contract_tests"


def _is_inside(argument: str) -> bool:
    path = Path(argument.partition("::")[0])
    return path.exists() and (path.resolve() == _SUITE.resolve() or _SUITE.resolve() in path.resolve().parents)
