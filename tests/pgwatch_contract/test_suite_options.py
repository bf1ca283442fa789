"""The options of the suite: the same values by verify, by pytest and from the environment."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contract_tests.run.cli import VERIFY
from pgwatch_contract.suite_options import values_for_pytest, values_in

SEVERAL: dict[str, tuple[str, list[str], object]] = {
    "layer": ("http, cors\nlog", ["http,cors", "log"], ("http", "cors", "log")),
    "deviate": ("add-is-201 list-is-sorted", ["add-is-201", "list-is-sorted"], ("add-is-201", "list-is-sorted")),
    "header": ("A: b c\nX-D:  e, f ", ["A: b c", "X-D:  e, f "], (("A", "b c"), ("X-D", "e, f"))),
    "checks": ("one folder\nanother", ["one folder", "another"], (Path("one folder"), Path("another"))),
}
"""For each option that can be given several times: the variable's text, what is given, and the values."""


def by_verify(*arguments: str) -> dict[str, Any]:
    with VERIFY.make_context("verify", list(arguments)) as context:
        return values_in(context)


def by_pytest(given: Mapping[str, object]) -> dict[str, Any]:
    return values_for_pytest(given.get)


@pytest.mark.parametrize("name", SEVERAL)
def test_several_values_are_the_same_by_every_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values with blanks stay whole where each stands on its line; words can be separated by commas or blanks."""
    text, given, values = SEVERAL[name]
    assert by_verify(*(f"--{name}={each}" for each in given))[name] == values
    if name != "checks":  # pytest takes such a folder itself
        assert by_pytest({f"contract_{name}": given})[name] == values
    monkeypatch.setenv(f"PGWATCH_CONTRACT_{name.upper()}", text)
    assert by_verify()[name] == by_pytest({})[name] == values


def test_single_values_are_the_same_by_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given counts before the environment, and that before the default; a text may begin like an option."""
    assert by_verify() == by_pytest({})
    given = {"contract_password": "--secret", "contract_rate": "2.5", "contract_quick": True, "contract_seed": "7"}
    values = by_verify("--password=--secret", "--rate", "2.5", "--quick", "--seed", "7")
    assert by_pytest(given) == values
    assert (values["password"], values["rate"], values["quick"], values["seed"]) == ("--secret", 2.5, True, 7)
    for name, text in {"PASSWORD": "--secret", "RATE": "2.5", "QUICK": "yes", "SEED": "7"}.items():
        monkeypatch.setenv(f"PGWATCH_CONTRACT_{name}", text)
    assert by_verify() == by_pytest({}) == values
    assert by_pytest({"contract_seed": "8"})["seed"] == by_verify("--seed", "8")["seed"] == 8


def test_an_empty_variable_is_none_but_for_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a CI template leaves empty is not given; an empty password is one, and nobody is asked for it."""
    plain = by_verify()
    for name in plain:
        monkeypatch.setenv(f"PGWATCH_CONTRACT_{name.upper()}", "")
    assert by_verify() == by_pytest({}) == plain | {"password": ""}


def test_a_mistake_is_told_by_the_name_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pytest's option has its own name, and a variable that of the variable."""
    with pytest.raises(ValueError, match="'--contract-rate': '0' is not a number above 0"):
        by_pytest({"contract_rate": "0"})
    monkeypatch.setenv("PGWATCH_CONTRACT_RATE", "0")
    with pytest.raises(ValueError, match="environment variable PGWATCH_CONTRACT_RATE: '0' is not a number above 0"):
        by_pytest({})


@pytest.mark.parametrize("text", ["-1", "100.1", "nan", "inf", "95%", ""])
def test_a_percentage_is_from_0_to_100(text: str) -> None:
    """What is no percentage is told with what is allowed, and what to give."""
    message = f"'--contract-coverage-at-least': {text!r} is no percentage: give a number from 0 to 100, such as 95"
    with pytest.raises(ValueError, match=re.escape(message)):
        by_pytest({"contract_coverage_at_least": text})
    given = by_verify("--coverage-at-least", "99.5"), by_verify()
    assert [each["coverage_at_least"] for each in given] == [99.5, None]
