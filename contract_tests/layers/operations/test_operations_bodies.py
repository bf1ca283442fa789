"""The layer ``operations``: what a JSON body must be, and under which Content-Type."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from contract_tests.asking.definitions import body_of, definition
from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import JSON, Document, Operation
from contract_tests.judging.fields import mistyped
from contract_tests.judging.suite import Suite
from contract_tests.layers.operations.bodies import malformed, not_objects
from contract_tests.layers.own import Own, succeeded
from contract_tests.layers.own_sources import OwnSources

_OTHER_TYPES = (
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/octet-stream",
    "application/merge-patch+json",
    "application/jsonl",
    "json",
)
_SAME_TYPES = (f"{JSON}; charset=utf-8", f"{JSON};charset=UTF-8", f'{JSON}; charset="utf-8"', JSON.upper())


class Bodies:
    """Sends one operation bodies and judges what becomes of them.

    ``fields`` is an object with the fields that the document asks for, ``schema`` what it says of them, and ``valid``
    the body that holds it: of a source that is not there yet, or, for an update, is there; of metrics or presets by
    their names; or of a login. ``good`` is a body that is granted.
    """

    def __init__(self, suite: Suite, own: Own, operation: Operation) -> None:
        self._suite = suite
        self._own = own
        self._operation = operation
        self._name = own.name()
        self._adds = operation.id == "addSource" or operation.takes_several
        self._steps = own.before(operation, self._name) if isinstance(own, OwnSources) else []
        schema: Document = (operation.body or {})[JSON]["schema"]
        self.schema: Document = schema["additionalProperties"] if operation.takes_several else schema
        self.fields = self._fields(self._name)
        self.valid = self.with_fields(self.fields)
        self._before = own.stored() if isinstance(own, OwnSources) and operation.writes else {}

    @property
    def good(self) -> dict[str, Any]:
        """A body that is granted: for a login, what the server knows; for an addition, one of a new name."""
        return self.good_with({})

    def good_with(self, more: dict[str, Any]) -> dict[str, Any]:
        """Return a body that is granted, with more fields, which the document does not know."""
        if self._operation.id == "login":
            return {**self._suite.target.credentials, **more}
        if not self._adds:
            return self.with_fields({**self.fields, **more})
        name = self._own.name()
        return _under(self._operation, name, {**self._fields(name), **more})

    def with_fields(self, fields: Any) -> dict[str, Any]:
        """Return the body that holds an object with other fields in place of ``fields``."""
        return _under(self._operation, self._name, fields)

    def refused(
        self, clause: str, bodies: Mapping[str, Any], status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        """Judge that each body (by what it is) is refused with a status, unless the guard is against it."""
        for what, body in bodies.items():
            if self._own.may_be_sent(clause, self._operation, body, self._name):
                exchange = self._send(body, headers)
                self._suite.judge.status(status, clause, exchange, self._steps, what)
                self._judge_refusal(exchange)

    def _judge_refusal(self, exchange: Exchange) -> None:
        """Judge that a refused source was not stored; one that was taken is what later ones are compared with."""
        if not isinstance(self._own, OwnSources) or not self._operation.writes:
            return
        if exchange.status in range(400, 500):
            self._own.judge_unchanged(exchange, self._before, self._steps)
        else:
            self._before = self._own.stored()

    def accepted(self, clause: str, what: str, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Judge that a body is accepted, unless the guard is against it."""
        if self._own.may_be_sent(clause, self._operation, body, self._name):
            exchange = self._send(body, headers)
            expected = f"a status of success to {what}"
            self._suite.judge.that(succeeded(exchange), clause, exchange, expected, steps=self._steps, what=what)

    def _fields(self, name: str) -> dict[str, Any]:
        if self._operation.id == "login":
            return {"user": "contract", "password": "contract"}
        return self._own.named(name) if isinstance(self._own, OwnSources) else definition(self._operation)

    def _send(self, body: Any, headers: Mapping[str, str] | None) -> Exchange:
        """Send a body; where it was added nevertheless, the next one is to find its name free again."""
        exchange = self._own.send(self._operation.id, body, headers, self._name)
        if self._adds and exchange.status not in range(400, 500):
            self._own.remove(self._name)
        return exchange


def _under(operation: Operation, name: str, fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = body_of(operation, name, fields)
    return body


@pytest.fixture(name="sent")
def _sent(suite: Suite, subjects: Own, operation: Operation) -> Bodies:
    """Return what sends the operation bodies."""
    return Bodies(suite, subjects, operation)


@pytest.mark.judges("body.malformed-is-400")
def test_malformed_bodies(sent: Bodies) -> None:
    """What is not JSON is a 400: cut off, followed by more, in another spelling, not in UTF-8."""
    sent.refused("body.malformed-is-400", malformed(sent.valid))


@pytest.mark.judges("body.not-an-object-is-400")
def test_bodies_that_are_no_object(sent: Bodies) -> None:
    """JSON of any other kind than an object is a 400."""
    sent.refused("body.not-an-object-is-400", not_objects(sent.valid))


@pytest.mark.judges("body.missing-field-is-400")
def test_missing_fields(sent: Bodies) -> None:
    """A body without one of the required fields is a 400, also where a field in other case is there."""
    objects: dict[str, Any] = {"an empty object": {}}
    for name in sent.schema["required"]:
        others = {key: value for key, value in sent.fields.items() if key != name}
        objects[f"a body without {name}"] = others
        for other in {name.lower(), name.upper()} - {name}:
            objects[f"a body with {other} in place of {name}"] = {**others, other: sent.fields[name]}
    bodies = {what: sent.with_fields(fields) for what, fields in objects.items()}
    sent.refused("body.missing-field-is-400", {**bodies, "an empty body": {}})


@pytest.mark.judges("body.wrong-type-is-400")
def test_fields_of_the_wrong_type(sent: Bodies, suite: Suite) -> None:
    """Every field of the schema, at any depth, is a 400 with values that are not of its type."""
    most = 1 if suite.settings.effort == "quick" else None
    bodies = {
        f"a body with {name}{place}": sent.with_fields({**sent.fields, name: value})
        for name, part in sent.schema["properties"].items()
        for place, value in mistyped(part, most)
    }
    sent.refused("body.wrong-type-is-400", bodies)


@pytest.mark.judges("body.other-type-is-415")
def test_other_content_types(sent: Bodies) -> None:
    """A body that would be in order is a 415 under any Content-Type but JSON's."""
    for kind in _OTHER_TYPES:
        sent.refused("body.other-type-is-415", {f"a body of {kind}": sent.valid}, 415, {"Content-Type": kind})


@pytest.mark.judges("body.without-type-is-json")
def test_no_content_type(sent: Bodies) -> None:
    """Without a Content-Type a body in order is accepted as it is with one."""
    sent.accepted("body.without-type-is-json", "a body without Content-Type", sent.good, headers={})


@pytest.mark.judges("body.without-type-is-json", "request.valid-is-accepted")
def test_other_spellings(sent: Bodies) -> None:
    """A body in order is accepted however JSON and the names of Content-Types let it be spelled."""
    clause = "request.valid-is-accepted"
    for kind in _SAME_TYPES:
        sent.accepted(clause, f"a body of {kind}", sent.good, {"Content-Type": kind})
    text = json.dumps(sent.good)
    sent.accepted(clause, "a body with line ends", json.dumps(sent.good, indent="\t").replace("\n", "\r\n").encode())
    # The first key begins after the brace and the quote.
    sent.accepted(clause, "a body with a quotation mark in a key", sent.good_with({'Fil"ler': 1}))
    sent.accepted(clause, "a body with an escaped key", f"{text[:2]}\\u{ord(text[2]):04x}{text[3:]}".encode())
