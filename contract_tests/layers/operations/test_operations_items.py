"""The layer ``operations``: what has a path of its own, in releases that give sources, metrics and presets one."""

import json
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.judging.fields import in_words, unlike
from contract_tests.judging.found import in_ascii
from contract_tests.judging.judge import Judge
from contract_tests.layers.own_sources import OwnSources
from contract_tests.target.target import Target

_ENDINGS = ("", " a/b", " %2F", "+?&=#;", " \N{LATIN SMALL LETTER E WITH ACUTE}\N{ELEPHANT}", ".")
_LISTS = {"getMetric": "listMetrics", "getPreset": "listPresets"}
_MOST = 5


def _object(exchange: Exchange) -> dict[str, Any] | None:
    try:
        value = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and exchange.status == 200 else None


def _judge_same(  # noqa: PLR0917  # what is judged, and all that a reader is to know of it
    judge: Judge, clause: str, exchange: Exchange, listed: Any, steps: list[Exchange], what: str = ""
) -> None:
    """Judge that what was asked for by its name is what is listed under that name."""
    found = _object(exchange)
    differences = unlike(listed, found) if found is not None and listed is not None else []
    actual = in_words(differences) or ("" if found is None else "it is not listed")
    judge.that(
        found is not None and listed is not None and not differences,
        clause,
        exchange,
        "what is listed",
        actual,
        steps,
        [each.found for each in differences],
        what,
    )


@pytest.mark.judges("source.get.is-the-listed-one")
def test_one_source(own: OwnSources, http: Http, judge: Judge, operation: Operation) -> None:
    """A source is found by its name, whatever characters that has, as it is listed."""
    for ending in _ENDINGS:
        name = own.name(after=ending)
        added = own.add(name, CustomTags={"contract": ending})
        listing, listed = own.listed()
        same = next((each for each in listed if each["Name"] == name), None)
        exchange = http.send(operation.method, operation.at(name))
        _judge_same(judge, "source.get.is-the-listed-one", exchange, same, [added, listing], in_ascii(ending))


@pytest.mark.judges("source.get.unknown-is-404")
def test_unknown_source(http: Http, judge: Judge, operation: Operation, target: Target) -> None:
    """A name that no source has is a 404."""
    for ending in _ENDINGS:
        path = operation.at(target.name(f"nobody{ending}"))
        judge.status(404, "source.get.unknown-is-404", http.send(operation.method, path), what=in_ascii(ending))


@pytest.mark.judges("source.update.other-name-is-400")
def test_other_name_in_the_body(own: OwnSources, judge: Judge, operation: Operation) -> None:
    """An update whose body has another name than the path, one in other case too, is a 400, and changes nothing."""
    name, other = own.name(), own.name()
    steps = [own.add(name), own.add(other)]
    for what, named in {"the name of another": other, "upper case": name.upper(), "a blank more": f"{name} "}.items():
        body = own.named(named, Group="contract-updated")
        if not own.may_be_sent("source.update.other-name-is-400", operation, body, name):
            continue
        exchange = own.send(operation.id, body, name=name)
        groups = [own.groups(each)[1] for each in (name, other)]
        unchanged = groups == [["contract"], ["contract"]]
        judge.that(
            exchange.status == 400 and unchanged,
            "source.update.other-name-is-400",
            exchange,
            "status 400, and both sources as they were",
            "" if unchanged else f"{exchange.status}, and a source has changed",
            steps,
            what=what,
        )


@pytest.mark.judges("definition.get.is-the-listed-one")
def test_one_definition(http: Http, judge: Judge, contract: Contract, operation: Operation) -> None:
    """Each of some metrics or presets is found by its name, as it is listed."""
    lists = contract.operations[_LISTS[operation.id]]
    listing = http.send(lists.method, lists.path)
    for name, listed in list((_object(listing) or {}).items())[:_MOST]:
        exchange = http.send(operation.method, operation.at(name))
        _judge_same(judge, "definition.get.is-the-listed-one", exchange, listed, [listing])


@pytest.mark.judges("definition.get.unknown-is-404")
def test_unknown_definition(http: Http, judge: Judge, operation: Operation, target: Target) -> None:
    """A name that no metric or preset has is a 404."""
    for ending in _ENDINGS:
        path = operation.at(target.name(f"nobody{ending}"))
        judge.status(404, "definition.get.unknown-is-404", http.send(operation.method, path), what=in_ascii(ending))
