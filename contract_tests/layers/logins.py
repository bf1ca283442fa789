"""Signing in: what is sent, and what is to be read from the answer."""

import email.utils
import re
import time
from collections.abc import Mapping
from datetime import UTC

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract
from contract_tests.layers.alike import alike
from contract_tests.layers.places import places


def log_in(http: Http, credentials: Mapping[str, str]) -> Exchange:
    """Sign in without a token; a new token that comes of it is kept out of reports."""
    operation = http.target.contract.operations["login"]
    exchange = http.send(operation.method, operation.path, json=credentials, token="")
    if exchange.status == operation.success:
        http.target.hidden.hide(exchange.text.strip(), "TOKEN")
    return exchange


def is_signed_in(exchange: Exchange) -> bool:
    """Say whether the answer to a login is a token, or at least a text that can be sent as one."""
    token = exchange.text.strip()
    return exchange.status == 200 and token != "" and token.isascii() and token.isprintable() and " " not in token


def session_cookie(contract: Contract, exchange: Exchange) -> str:
    """Return value and attributes of the session cookie, empty where the answer sets none.

    Several cookies come as one text, with commas between them.
    """
    given = exchange.headers.get("Set-Cookie", "")
    found = re.search(rf"(?:^|,\s*){re.escape(places(contract)['cookie'])}=(.*?)(?=,\s*[\w-]+=|$)", given)
    return found[1] if found else ""


def nearly_right(right: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Return credentials of which one differs from the right one in one thing, or that are cut elsewhere or swapped.

    Each comes with what it is: ``a password in upper case``.
    """
    user, password = right["user"], right["password"]
    found = [
        (f"a {name} {how}", {**right, name: other})
        for name, value in right.items()
        for how, other in _nearly(value).items()
    ]
    found.append(("a password cut elsewhere", {"user": user + password[:1], "password": password[1:]}))
    found.append(("user and password swapped", {"user": password, "password": user}))
    return [(what, credentials) for what, credentials in found if credentials != right]


def _nearly(text: str) -> dict[str, str]:
    whole = {
        "before a NUL": f"{text}\0",
        "after a blank": f" {text}",
        "in quotation marks": f'"{text}"',
        "written twice": text * 2,
    }
    any_text = {"that is a star": "*", "that is a percent sign": "%", "that is an expression": ".*"}
    return {**alike(text), **whole, **any_text} if text else {}


def time_of(exchange: Exchange) -> float:
    """Return the time at which an answer was given, by the server's clock where the answer says it."""
    try:
        given = email.utils.parsedate_to_datetime(exchange.headers.get("Date", ""))
    except ValueError:
        return time.time()
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()
