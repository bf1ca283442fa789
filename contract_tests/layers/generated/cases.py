"""Requests made from the contract: by Schemathesis, and of texts and numbers that careless servers stumble over."""

import json
from collections.abc import Iterator
from functools import cached_property
from random import Random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode

from contract_tests.contract.document import JSON, NOBODY, Contract, Operation
from contract_tests.judging.faults import NUL, fault_of, is_text, kind_of_body, peculiarities_of
from contract_tests.judging.fields import RULED_NAMES, different
from contract_tests.layers.generated.case import Case
from contract_tests.layers.generated.kept_cases import kept_cases
from contract_tests.target.canaries import PASSWORD

_TEXTS = (
    "\0",
    "\r\n",
    "\x1b[31m",
    "x" * 5000,
    "\N{ELEPHANT}",
    "\ud800",
    "\uffff",
    "e\N{COMBINING ACUTE ACCENT}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "' OR 1=1 --",
    "../../",
    "%00%s%n",
    "${HOME}",
    "<script>",
    'so "called"',
    PASSWORD,
)
_NUMBERS = (5e-324, 1e-7, 0.1, 2**31, 2**53 + 1, 2**63, 2**64, 45532756222775599104, 10**30, 1e21, 1.5e308)
"""The one with 20 digits is more than 64 bits hold, and what is left of it there is more than its first 19 digits."""
_NAMES = ("null", "-1", " 1", "12345", "1.0", "")
"""Where the document has a rule for the names of a map, which Schemathesis does not know."""
_NUMBER_OF_CASES = {"quick": (8, 10), "default": (None, 50), "thorough": (None, 500)}
"""For each effort: how many cases of all but the fuzzing, by each thing they are to show; how many of the fuzzing."""
_CONFIGURATION = {
    "generation": {"with-security-parameters": False, "database": "none"},
    "phases": {"coverage": {"unexpected-methods": [], "generate-duplicate-query-parameters": False}},
    "cache": {"enabled": False},
}


class Cases:
    """Makes the cases for the operations of a contract; the same seed makes the same."""

    def __init__(self, contract: Contract, number: int) -> None:
        self._contract = contract
        self._seed = number

    @cached_property
    def _schema(self) -> schemathesis.BaseSchema:
        configuration = schemathesis.Config.from_dict({**_CONFIGURATION, "base-url": "http://127.0.0.1"})
        return schemathesis.openapi.from_dict(self._contract.document, config=configuration)

    def of(self, operation: Operation, effort: str) -> list[Case]:
        """Return the cases for an operation: all kinds of them, each once."""
        made_of = f"{operation.id} {effort} {self._seed}"
        return kept_cases(self._contract, made_of, lambda: self._made(operation, effort))

    def _made(self, operation: Operation, effort: str) -> list[Case]:
        most, number = _NUMBER_OF_CASES[effort]
        drawn = [*self._examples(operation), *self._difficult(operation), *self._coverage(operation)]
        if most is not None:
            drawn = self._some(operation, drawn, most, Random(f"{self._seed} {operation.id}"))
        if operation.body is not None or operation.document.get("parameters"):
            drawn += self._fuzzing(operation, number)
        return list({repr(case): case for case in drawn if not self._is_twofold(operation, case)}.values())

    def fault(self, operation: Operation, case: Case) -> str | None:
        """Return what rule the body of a case breaks, nothing, or None where that cannot be said."""
        return fault_of(self._contract, operation, case.data, case.content_type, case.query)

    def _is_twofold(self, operation: Operation, case: Case) -> bool:
        """Say whether a request has a NUL and is odd in another way too: nobody could say which an answer is about."""
        oddities = peculiarities_of(case.data)
        if not (NUL in oddities or any("\0" in text for text in (case.name, *dict(case.query).values()))):
            return False
        return oddities != [NUL] * len(oddities) or bool(self.fault(operation, case))

    def _some(self, operation: Operation, cases: list[Case], most: int, chosen: Random) -> list[Case]:
        """Return as many cases at most of each kind: that fits, that breaks a rule, of which nothing is said."""
        by_kind: dict[str | None, list[Case]] = {}
        for case in cases:
            fault = self.fault(operation, case)
            kind = kind_of_body(operation, case.data) if fault == "" else fault and fault.rpartition(" ")[2]
            by_kind.setdefault(kind, []).append(case)
        return [case for alike in by_kind.values() for case in chosen.sample(alike, min(most, len(alike)))]

    def _examples(self, operation: Operation) -> Iterator[Case]:
        """Give the examples of the document; of an operation without a body the plain request."""
        if operation.body is None:
            yield Case()
        for kind, media in (operation.body or {}).items():
            values = [media["example"]] if "example" in media else []
            for value in [*values, *(example["value"] for example in media.get("examples", {}).values())]:
                yield Case(operation.query(NOBODY), kind, value, has_body=True)

    def _difficult(self, operation: Operation) -> Iterator[Case]:
        """Give requests, in order otherwise, with difficult texts in all places, and difficult numbers."""
        names = [each["name"] for each in operation.document.get("parameters", ()) if each["in"] == "query"]
        for text in filter(is_text, _TEXTS if names else ()):
            yield Case([(name, text) for name in names])
        for text in filter(is_text, _TEXTS if operation.name_in == "path" and operation.body is None else ()):
            yield Case(name=text)
        for kind, media in (operation.body or {}).items():
            for text in _TEXTS:
                body = different(media["schema"], "", text) if kind == JSON else text
                yield Case(operation.query(NOBODY), kind, body, has_body=True)
            for number in _NUMBERS if kind == JSON else ():
                body = _with_number(different(media["schema"], "", str(number)), number)
                yield Case(operation.query(NOBODY), kind, body, has_body=True)
            for name in _NAMES if kind == JSON else ():
                body = different(media["schema"], "")
                if (named := _with_name(body, name)) != body:
                    yield Case(operation.query(NOBODY), kind, named, has_body=True)

    def _coverage(self, operation: Operation) -> Iterator[Case]:
        """Give what Schemathesis makes to cover each rule of the document, kept and broken."""
        cases = self._schema.iter_coverage_cases(
            self._schema[operation.path][operation.method],
            generation_modes=list(GenerationMode),
            generation_config=self._schema.config.generation,
        )
        return map(_taken_over, cases)

    def _fuzzing(self, operation: Operation, number: int) -> list[Case]:
        """Return what Schemathesis makes by chance."""
        asked = self._schema[operation.path][operation.method]
        return [
            case
            for mode in GenerationMode
            for case in _drawn(asked.as_strategy(generation_mode=mode), number, f"{self._seed} {operation.id}")
        ]


def _drawn(strategy: SearchStrategy[schemathesis.Case[Any]], number: int, chosen_by: str) -> list[Case]:
    """Return so many values of a strategy; none where it has none."""
    drawn: list[Case] = []

    @seed(chosen_by)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def draw(case: schemathesis.Case[Any]) -> None:
        drawn.append(_taken_over(case))

    try:
        draw()
    except Unsatisfiable:
        return []
    return drawn


def _taken_over(case: schemathesis.Case[Any]) -> Case:
    """Return a case of Schemathesis as one of ours; it has no headers but the Content-Type."""
    query = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in case.query.items()]
    has_body = not isinstance(case.body, type(schemathesis.core.NOT_SET))
    given_type = {name.lower(): str(value) for name, value in (case.headers or {}).items()}.get("content-type")
    body = bytes(case.body) if isinstance(case.body, bytes) else case.body
    name = str((case.path_parameters or {}).get("name", ""))
    return Case(query, given_type or case.media_type, body if has_body else None, has_body, name)


def _with_name(value: Any, name: str) -> Any:
    """Return a value with a name in place of the first in each map for whose names there is a rule."""
    if isinstance(value, dict):
        return {name if key == RULED_NAMES[0] else key: _with_name(each, name) for key, each in value.items()}
    return value


def _with_number(value: Any, number: float) -> Any:
    """Return a value with a number in place of all its numbers."""
    if isinstance(value, dict):
        return {key: _with_number(each, number) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_number(each, number) for each in value]
    return number if isinstance(value, int | float) and not isinstance(value, bool) else value
