"""The layer ``operations``: what is stored of a source, field by field."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import pytest

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import Source
from contract_tests.contract.document import JSON, Document, Operation
from contract_tests.contract.patterns import WriteValidator
from contract_tests.judging.fields import completed, different, narrowed, nullable
from contract_tests.judging.found import in_ascii, of_each
from contract_tests.judging.judge import Judge
from contract_tests.layers.operations.corpus import FRACTIONS, TEXTS, WHOLE, packed
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources

_WORDS = ("007", "yes", "null", "'a'", "constructor", "toString", "__proto__", "__class__", "length")
"""Whole names that mean something to some languages."""
_CONNSTR = "host=unknown.invalid dbname='é <b>&amp;\"' application_name=%2F"


def _schema(operation: Operation) -> Document:
    schema: Document = (operation.body or {})[JSON]["schema"]
    return schema


def _write(own: OwnSources, operation: Operation, body: Source) -> tuple[list[Exchange], Exchange]:
    """Send a source to an operation, after what the operation needs; return what was sent before, and the last."""
    steps = own.before(operation, body["Name"])
    return steps, own.send(operation.id, body)


def _refused(own: OwnSources, operation: Operation, body: Source) -> tuple[list[Exchange], Exchange]:
    """Send a source that is to be refused, as ``_write`` does, and judge that nothing has come of it if it was."""
    steps = own.before(operation, body["Name"])
    before = own.stored()
    written = own.send(operation.id, body)
    own.judge_unchanged(written, before, steps)
    own.judge_unchanged(written, before, steps)
    return steps, written


def _judge_written(  # noqa: PLR0917
    own: OwnSources,
    operation: Operation,
    clause: str,
    body: Source,
    what: str,
    fields: Iterable[str] | None = None,
    kind: str = "",
) -> None:
    """Judge that a body is accepted and listed as it was sent, with defaults in place of what it leaves out.

    ``fields`` are those that the clause is about, by default all; ``kind`` says what is special in what is sent.
    """
    sent = own.at_rest(clause, operation, body)
    if not own.may_be_sent(clause, operation, sent):
        return
    steps, written = _write(own, operation, sent)
    stored = completed(_schema(operation), sent)
    about = {name: stored[name] for name in ("Name", *(stored if fields is None else fields))}
    own.judge_stored(clause, written, about, what, steps, kind)


@pytest.mark.judges("source.stores-every-field")
@pytest.mark.parametrize("begin", ["", "$contract_"], ids=["any text", "variables"])
def test_every_field_is_stored(own: OwnSources, operation: Operation, begin: str) -> None:
    """A source that is in every field other than the default is listed as it was sent, whatever its texts look like."""
    fields = different(_schema(operation), "", begin)
    body = {**fields, "Name": own.name(), "ConnStr": f"{begin}{_CONNSTR}"}
    kind = "variables" if begin else ""
    _judge_written(own, operation, "source.stores-every-field", body, "every field as it was sent", kind=kind)


@pytest.mark.judges("source.stores-every-field")
def test_values_that_are_often_changed(own: OwnSources, operation: Operation) -> None:
    """Of some dozen sources, which have each value that careless servers change in each field, all are listed as sent.

    What is found of one is shown by a source that has only that field, or that part of it.
    """
    clause, what = "source.stores-every-field", "every field as it was sent"
    made = [{**body, "Name": own.name()} for body in packed(_schema(operation), own.texts_kept(TEXTS))]
    sent = [
        body
        for body in (own.at_rest(clause, operation, each) for each in made)
        if own.may_be_sent(clause, operation, body)
    ]
    for body in sent:
        own.before(operation, body["Name"])
    written = [own.send(operation.id, body) for body in sent]
    stored = [completed(_schema(operation), body) for body in sent]
    changed: dict[tuple[str, str], tuple[Source, str]] = {}
    for exchange, body, found in zip(written, stored, own.differences(stored), strict=True):
        own.judge_stored(clause, exchange, body, what, found=found)
        for fault in found:
            place, _, how = fault.found.rpartition(": ")
            changed.setdefault((".".join(re.split(r"[.\[]", place)[:2]), how), (body, place))
    own.clear()
    for body, place in changed.values():
        part = narrowed(body, place)
        if part != body:
            alone = own.named(own.name(), **part)
            _judge_written(own, operation, clause, alone, what, part)


@pytest.mark.judges("source.stores-every-field")
def test_defaults_that_are_sent(own: OwnSources, operation: Operation) -> None:
    """A source whose fields were sent and are what they are by default is listed so, whatever was there before."""
    body = completed(_schema(operation), {"Name": own.name(), "ConnStr": "host=unknown.invalid"})
    _judge_written(own, operation, "source.stores-every-field", body, "every field as it was sent")


@pytest.mark.judges("source.stores-numbers-exactly")
@pytest.mark.parametrize("numbers", [WHOLE, FRACTIONS], ids=["whole numbers", "fractions"])
def test_numbers_are_exact(own: OwnSources, operation: Operation, numbers: tuple[float, ...]) -> None:
    """Intervals, small and large, whole and not, are listed to the last digit."""
    rule = WriteValidator(_schema(operation)["properties"]["Metrics"]["additionalProperties"])
    intervals = {f"contract_{place}": number for place, number in enumerate(numbers) if rule.is_valid(number)}
    if not intervals:
        return
    body = own.named(own.name(), PresetMetrics="", Metrics=intervals, MetricsStandby=intervals)
    _judge_written(
        own,
        operation,
        "source.stores-numbers-exactly",
        body,
        "intervals to the last digit",
        ("Metrics", "MetricsStandby"),
        "whole numbers" if numbers is WHOLE else "fractions",
    )


@pytest.mark.judges("source.defaults-are-filled-in")
def test_defaults(own: OwnSources, operation: Operation) -> None:
    """What a body leaves out, at any depth, is listed with its default."""
    shortest = {"ConnStr": "host=unknown.invalid"}
    parts: list[dict[str, Any]] = [
        {},
        {"HostConfig": {}},
        {"HostConfig": {"Scope": "contract"}},
        {"HostConfig": {"PerMetricDisabledTimes": [{}, {"Metrics": ["contract"]}]}},
    ]
    for part in parts:
        if not part.keys() <= _schema(operation)["properties"].keys():
            continue
        body = {"Name": own.name(), **shortest, **part}
        _judge_written(own, operation, "source.defaults-are-filled-in", body, "the defaults of what was left out")


@pytest.mark.judges("source.null-is-the-default")
def test_null(own: OwnSources, operation: Operation) -> None:
    """Null, in each place where it is allowed, is listed as the default."""
    for place, part in nullable(_schema(operation)):
        body = {**own.named(own.name()), **part}
        what = f"the default of {place}, which was null"
        _judge_written(own, operation, "source.null-is-the-default", body, what, part)


@pytest.mark.judges("body.unknown-field-is-ignored")
def test_unknown_fields(own: OwnSources, operation: Operation, judge: Judge) -> None:
    """Fields that the document does not know are accepted, not listed, and change no field that it knows."""
    name = own.name()
    unknown = {"Id": 1, "Filler": {"Group": "other"}, "group": "other", "is_enabled": True, "Métrics": None}
    clause = "body.unknown-field-is-ignored"
    made = own.named(name, **unknown, HostConfig={"Filler": "text", "Scope": "contract"})
    body = own.at_rest(clause, operation, made)
    steps, written = _write(own, operation, body)
    known = {"Name": name, "Group": body["Group"], "IsEnabled": False}
    own.judge_stored(clause, written, known, "the known fields as they were sent", steps, "known fields")
    for each in own.listed()[1]:
        host = each.get("HostConfig")
        strange = [*(unknown.keys() & each.keys()), *({"Filler"} & host.keys() if isinstance(host, dict) else ())]
        judge.that(
            not strange,
            clause,
            written,
            "no unknown field listed",
            ", ".join(strange),
            steps,
            of_each(written, strange),
        )


def _names(own: OwnSources) -> dict[str, str]:
    """Return names that a careless server changes or refuses, and what each is."""
    composed = "\N{LATIN SMALL LETTER E WITH ACUTE}\N{HANGUL SYLLABLE GAG}"
    endings = [
        f" {composed}",
        f" {unicodedata.normalize('NFD', composed)}",
        "  two spaces",
        " ",
        "/a/b",
        "/../..",
        "\\d\\",
        "\\\\two",
        "''two",
        " 'a' \"b\" `c`",
        " %2F%00%s{0}",
        "?a=b&c=d#e",
        ";--",
        " <b>&amp;",
        " *_%.^$[a]",
        "+",
        " \N{ELEPHANT}",
        "$HOME",
        " \N{LATIN SMALL LETTER SHARP S}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}",
        "\N{HEBREW LETTER ALEF}",
        ",:=@|",
        "x" * 5000,
        " #1",
        "\r\n2",
        "\n",
        "\t",
        "\0",
        "\x7f",
        "\N{NO-BREAK SPACE}",
        "\N{ZERO WIDTH SPACE}",
        "\N{LINE SEPARATOR}",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\uffff",
    ]
    beginnings = [" ", "\t", "/", ".", "..", "-", "$", "\N{ZERO WIDTH NO-BREAK SPACE}", "'", "\N{ELEPHANT}"]
    after = {own.name(after=each): f"a name ending in {in_ascii(each)}" for each in endings}
    before = {own.name(each): f"a name beginning with {in_ascii(each)}" for each in beginnings}
    return after | before | {own.claim(each): f"the name {each}" for each in own.free_names(*_WORDS)}


@pytest.mark.judges("source.stores-any-name")
def test_names(own: OwnSources, operation: Operation, judge: Judge) -> None:
    """Names of any characters, and a very long one, are accepted and listed as they were sent."""
    clause = "source.stores-any-name"
    names = _names(own)
    added = {name: own.add(name) for name in names if own.may_be_sent(clause, operation, own.named(name))}
    listing, listed = own.listed()
    for name, exchange in added.items():
        times = [each["Name"] for each in listed].count(name)
        actual = f"it is listed {times} times" if succeeded(exchange) else ""
        judge.that(
            succeeded(exchange) and times == 1,
            clause,
            exchange,
            "a name that is accepted, and listed once as it was sent",
            actual,
            [listing],
            what=names[name],
        )


@pytest.mark.judges("source.empty-name-is-400")
def test_empty_name(own: OwnSources, operation: Operation, judge: Judge) -> None:
    """An empty name is a 400, also where a source has it."""
    name = own.name()
    judge.status(400, "source.empty-name-is-400", own.send(operation.id, own.named(own.claim("")), name=name))


@pytest.mark.judges("source.unknown-kind-is-400")
def test_unknown_kinds(own: OwnSources, operation: Operation, judge: Judge) -> None:
    """A Kind that is none of the document's, one in other case or with a blank among them, is a 400."""
    known = _schema(operation)["properties"]["Kind"]["enum"]
    near = [known[0].upper(), known[-1].capitalize(), f"{known[0]} ", known[0][:-1], f"{known[0]}ql"]
    for kind in ["", "contract", *near]:
        steps, written = _refused(own, operation, own.named(own.name(), Kind=kind))
        judge.status(400, "source.unknown-kind-is-400", written, steps, f"Kind {kind!r}")


@pytest.mark.judges("source.interval-above-zero")
def test_intervals_not_above_zero(own: OwnSources, operation: Operation, judge: Judge) -> None:
    """An interval of zero or less is a 400, in either map, also where others are in order."""
    for number in (0, 0.0, -1, -0.5, -(2**31)):
        for fields in ({"Metrics": {"contract": number}}, {"MetricsStandby": {"contract": 60, "contract_2": number}}):
            body = own.named(own.name(), **{"PresetMetrics": "", **fields})
            steps, written = _refused(own, operation, body)
            judge.status(400, "source.interval-above-zero", written, steps, f"{fields}")


@pytest.mark.judges("source.update.keeps-the-place")
def test_names_after_an_update(own: OwnSources, judge: Judge) -> None:
    """Sources whose names a careless server changes have them still, in the same order, when each was updated."""
    if not own.has("updateSource"):
        return
    clause, updating = "source.update.keeps-the-place", own.operation("updateSource")
    names = [name for name in _names(own) if own.may_be_sent(clause, updating, own.named(name))]
    for name in names:
        own.add(name)
    before = own.names()
    updated = [own.update(name, Group="contract-updated") for name in names]
    after = own.names()
    lost = [name for name in before if name not in after]
    judge.that(
        after == before,
        clause,
        next((each for each, name in zip(updated, names, strict=True) if name in lost), updated[-1]),
        "the names that were added, in their order",
        f"{len(lost)} of {len(before)} are not listed any more" if lost else "they are in another order",
        what="updates of names that are often changed",
    )
