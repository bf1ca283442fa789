"""Exchanges made by hand, and the items of the document that they exercise."""

import json
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPHeaderDict

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Contract, load_contract
from contract_tests.coverage.observer import Coverage
from tests.conftest import ROOT

CONTRACT = load_contract(ROOT / "openapi.yaml")
SOURCE = {"Name": "a", "ConnStr": "host=a"}
TOKEN = {"Token": "eyJ.a.b"}


def asked(operation: str, status: int | None = 200, sent: Any = None, /, **more: Any) -> Exchange:
    """Return an exchange of an operation; ``sent`` is bytes or a value to be sent as JSON.

    ``more`` are ``url``, the request's ``headers``, the answer's ``answer`` (bytes or a value) and ``answer_headers``.
    """
    known = more.get("contract", CONTRACT).operations[operation]
    body = b"" if sent is None else sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    answer = more.get("answer", b"")
    url = more.get("url", known.path)
    assert urlsplit(url).scheme == ""
    return Exchange(
        operation,
        known.method,
        f"http://127.0.0.1{url}",
        more.get("headers", TOKEN),
        body,
        status,
        HTTPHeaderDict(more.get("answer_headers", {})),
        answer if isinstance(answer, bytes) else json.dumps(answer).encode(),
    )


def exercised_by(*exchanges: Exchange, contract: Contract = CONTRACT, begin: str = "") -> set[str]:
    """Return the names of the items that exchanges exercise, without their ``begin``; those alone that begin so."""
    coverage = Coverage(contract)
    for each in exchanges:
        coverage.see(each)
    return {name.removeprefix(begin).strip() for name in coverage.exercised if name.startswith(begin)}


def contract_with(schema: dict[str, Any]) -> Contract:
    """Return a contract whose addSource takes bodies of a schema, and whose listSources answers with such."""
    document = json.loads(json.dumps(CONTRACT.resolved, default=str))
    at_source = document["paths"]["/source"]
    at_source["post"]["requestBody"]["content"]["application/json"]["schema"] = schema
    at_source["get"]["responses"]["200"]["content"]["application/json"]["schema"] = schema
    return Contract(document, CONTRACT.file)
