"""No output of ``verify`` shows what a server keeps for others: a sample of ``python -m proof --privacy``."""

import base64
from urllib.parse import quote

import jwt
import pytest

from proof.privacy import _PLANTED, _SECRET, found_in, leaks_of

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("what", _PLANTED)
@pytest.mark.parametrize(
    "write",
    [
        str,
        str.upper,
        lambda value: quote(value, safe=""),
        lambda value: repr(f"é{value}"),
        lambda value: base64.b64encode(f"a{value}bc".encode()).decode(),
    ],
    ids=["plain", "upper case", "in a URL", "quoted", "base64"],
)
def test_what_was_planted_would_be_found(what: str, write: object) -> None:
    """The search itself finds each planted value, however it is written, within other text."""
    assert callable(write)
    text = f"before {write(_PLANTED[what])} after"
    assert f"{what} in a text" in found_in({"a text": text, "another": "nothing"})


def test_a_token_would_be_found() -> None:
    """A token that counts is found by its signature, one that does not is not."""
    good, bad = (jwt.encode({"exp": 1}, secret) for secret in (_SECRET, f"not-{_SECRET}"))
    assert found_in({"a text": f"Token: {good}"}) == ["a token that counts in a text"]
    assert found_in({"a text": f"Token: {bad}"}) == []


@pytest.mark.parametrize(
    "deviation",
    [
        "list-has-a-trailing-comma",
        "source-list-is-206",
        "connstr-is-in-a-header",
        "bad-body-is-quoted",
        pytest.param("connect-error-tells-the-password", marks=pytest.mark.once),
    ],
)
def test_no_output_shows_what_a_server_keeps(deviation: str) -> None:
    """Whatever the server does wrong, terminal and reports show no connection string, host, password, tag or token."""
    assert leaks_of(deviation) == []
