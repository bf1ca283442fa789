"""Requests that hold canaries, each in its own way out of order: a refusal of one must not repeat them."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from contract_tests.asking.definitions import body_of, definition
from contract_tests.asking.ordinary import Ordinary
from contract_tests.asking.sources import source
from contract_tests.contract.document import JSON, Operation
from contract_tests.target.canaries import PAIRS, PASSWORD, URI
from contract_tests.target.target import Target

Body = tuple[str, str]
"""A Content-Type and a body of it."""
_ENCODED = "".join(f"%{byte:02X}" for byte in PASSWORD.encode())


def planted(operation: Operation, target: Target) -> list[Ordinary]:
    """Return requests for an operation with canaries in their bodies; none for one without a body.

    What they are about has one name of the run's own, ``planted_name``. A tolerant server may take some of them.
    """
    if operation.id == "login":
        return _as(operation.path, _logins())
    name = planted_name(target)
    if operation.kind and operation.takes_json:
        return _as(operation.at(name), _definitions(operation, name), dict(operation.query(name)))
    if operation.takes_json:
        return _as(operation.at(name), _sources(target))
    return _as(operation.path, _connections(target.prefix)) if operation.body is not None else []


def planted_name(target: Target) -> str:
    """Return the name of the source, metric or preset that requests with canaries are about."""
    return target.name("planted")


def _logins() -> list[Body]:
    right = json.dumps({"user": "canary", "password": PASSWORD})
    texts = [right[:-1], right[:-2], f"{right[:-1]},}}", f"not JSON: {PASSWORD}", f"{right}{right}"]
    values = [
        {"user": "canary", "password": PASSWORD},
        {"user": "canary", "password": [PASSWORD]},
        {"user": "canary", "password": {"value": PASSWORD}},
        {"user": 1, "password": PASSWORD},
        {"password": PASSWORD},
        [PASSWORD],
        PASSWORD,
    ]
    form = f"user=canary&password={PASSWORD}"
    return [*_of_type(JSON, *texts, *map(json.dumps, values)), ("application/x-www-form-urlencoded", form)]


def _sources(target: Target) -> list[Body]:
    by_uri = source(target, planted_name(target), ConnStr=URI)
    by_pairs = {**by_uri, "ConnStr": PAIRS}
    # The first is in order, and the second names a source that is there by then.
    values = [
        by_uri,
        by_pairs,
        {**by_uri, "ConnStr": [URI]},
        {**by_pairs, "ConnStr": {"is": PAIRS}},
        {**by_uri, "IsEnabled": "yes"},
        {**by_pairs, "Group": 5},
        {**by_uri, "Kind": "canary"},
        {**by_pairs, "Metrics": {"db_size": -1}},
        {**by_uri, "CustomTags": {"is": [PASSWORD]}},
        {**by_uri, "HostConfig": {"Password": PASSWORD, "Scope": 5}},
        {**by_uri, "HostConfig": {"Password": [PASSWORD]}},
    ]
    cut = [json.dumps(each)[:-length] for each in (by_uri, by_pairs) for length in (1, 3)]
    other = [(kind, json.dumps(by_uri)) for kind in ("text/plain", "application/xml")]
    return [*_of_type(JSON, *map(json.dumps, values), *cut), *other]


def _definitions(operation: Operation, name: str) -> list[Body]:
    right = {**definition(operation), "Description": PASSWORD}
    values = [*({**right, field: [PASSWORD]} for field in right), {"Description": [PASSWORD]}, PASSWORD, [PASSWORD]]
    return _of_type(JSON, *(json.dumps(body_of(operation, name, value)) for value in values))


def _connections(prefix: str) -> list[Body]:
    """Return connection strings that cannot be read or lead nowhere; the guard asks each to hold the run's prefix."""
    place = f"unknown.invalid:5432/{prefix}"
    strings = [
        f"{URI}?application_name={prefix}",
        f"{PAIRS} fallback_application_name={prefix}",
        f"{PAIRS} port=none fallback_application_name={prefix}",
        f"{PAIRS} password={PASSWORD} no_such_option={prefix}",
        f"{PAIRS} fallback_application_name={prefix} password='{PASSWORD}",
        f"host=unknown.invalid password = {PASSWORD} {prefix}",
        f"host=unknown.invalid fallback_application_name={prefix} sslmode=none password={PASSWORD}",
        f"postgresql://canary_user:{PASSWORD}@unknown.invalid:none/{prefix}",
        f"postgresql://canary_user:{_ENCODED}@unknown.invalid:none/{prefix}",
        f"postgresql://canary_user:{PASSWORD}@or@{place}",
        f"postgresql://canary.invalid:{PASSWORD}/@{place}",
        f"postgresql://canary_user:{PASSWORD}@[{place}",
        f"http://canary_user:{PASSWORD}@{place}",
        f"{URI}?no_such_option={quote(prefix)}",
        json.dumps({"ConnStr": URI, "of": prefix}),
    ]
    return _of_type("text/plain", *strings)


def _of_type(content_type: str, *bodies: str) -> list[Body]:
    return [(content_type, body) for body in bodies]


def _as(path: str, bodies: list[Body], query: Mapping[str, str] = MappingProxyType({})) -> list[Ordinary]:
    return [Ordinary(path, dict(query), {"Content-Type": kind}, body=body) for kind, body in bodies]
