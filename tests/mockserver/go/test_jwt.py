"""Tokens as pgwatch issues and checks them. The expected texts are what golang-jwt 3.2.2 and 5.3.1 answered."""

import base64
import hmac
import json
from typing import Any

import pytest

from mockserver.go.jwt import fault, issue

SECRET = b"secret"
NOW = 1_800_000_000
HOUR = 3600
HEADER: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}
VALID: dict[str, Any] = {"exp": NOW + HOUR}


def encoded(part: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def token(header: Any = HEADER, claims: Any = VALID, secret: bytes = SECRET, digest: str = "sha256") -> str:
    """Sign a token; bytes are taken as they are, everything else as JSON."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(map(encoded, parts))
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), digest))}"


HEAD, BODY, SIGNATURE = token().split(".")


def test_issued() -> None:
    """The header and the claims are in Go's order, characters of HTML are escaped."""
    parts = issue("a<b", SECRET, NOW).split(".")
    header, claims = (base64.urlsafe_b64decode(part + "==") for part in parts[:2])
    assert header == b'{"alg":"HS256","typ":"JWT"}'
    assert claims == rb'{"authorized":true,"exp":1800000000,"username":"a\u003cb"}'


@pytest.mark.parametrize("major", [3, 5])
def test_issued_tokens_count(major: int) -> None:
    """A token counts until its time is over, and with its own secret only."""
    issued = issue("admin", SECRET, NOW)
    assert fault(issued, SECRET, NOW - 0.5, major) is None
    assert fault(issued, SECRET, NOW + 1, major) is not None
    assert fault(issued, b"other", NOW - 0.5, major) is not None


def test_the_second_of_expiry() -> None:
    """In the second of its expiry a token counts for version 3 and no more for version 5."""
    issued = issue("admin", SECRET, NOW)
    assert fault(issued, SECRET, NOW + 0.9, 3) is None
    assert fault(issued, SECRET, NOW, 5) == "token has invalid claims: token is expired"


MALFORMED = "token is malformed: "
SEGMENTS = "token contains an invalid number of segments"
HEADER_JSON = MALFORMED + "could not JSON decode header: "
CLAIM_JSON = MALFORMED + "could not JSON decode claim: "
LETTER = "invalid character 'z' looking for beginning of value"
NO_HEADER = "json: cannot unmarshal array into Go value of type map[string]interface {}"
NO_CLAIMS = "json: cannot unmarshal array into Go value of type jwt.MapClaims"
BASE64 = "illegal base64 data at input byte"


@pytest.mark.parametrize(
    ("text", "of_3", "of_5"),
    [
        *((segments, SEGMENTS, MALFORMED + SEGMENTS) for segments in ("x", "a.b", "a.b.c.d")),
        ("a$.b.c", f"{BASE64} 1", f"{MALFORMED}could not base64 decode header: {BASE64} 1"),
        ("A.b.c", f"{BASE64} 0", f"{MALFORMED}could not base64 decode header: {BASE64} 0"),
        (
            "Bearer " + token(),
            "tokenstring should not contain 'bearer '",
            f"{MALFORMED}could not base64 decode header: {BASE64} 6",
        ),
        (token(b"zz"), LETTER, HEADER_JSON + LETTER),
        (token([]), NO_HEADER, HEADER_JSON + NO_HEADER),
        (f"{HEAD}.$.c", f"{BASE64} 0", f"{MALFORMED}could not base64 decode claim: {BASE64} 0"),
        (token(claims=b""), "EOF", CLAIM_JSON + "unexpected end of JSON input"),
        (token(claims=[]), NO_CLAIMS, CLAIM_JSON + NO_CLAIMS),
        (f"{HEAD}.{BODY}.$$", f"{BASE64} 0", f"{MALFORMED}could not base64 decode signature: {BASE64} 0"),
        (token() + "=", f"{BASE64} 43", f"{MALFORMED}could not base64 decode signature: {BASE64} 43"),
    ],
)
def test_malformed(text: str, of_3: str, of_5: str) -> None:
    """What cannot be read is refused before anything else, with the place of the fault."""
    assert (fault(text, SECRET, NOW, 3), fault(text, SECRET, NOW, 5)) == (of_3, of_5)


@pytest.mark.parametrize(
    ("header", "of_3", "of_5"),
    [
        ({}, "signing method (alg) is unspecified.", "token is unverifiable: signing method (alg) is unspecified"),
        (None, "signing method (alg) is unspecified.", "token is unverifiable: signing method (alg) is unspecified"),
        (
            {"alg": "HS255"},
            "signing method (alg) is unavailable.",
            "token is unverifiable: signing method (alg) is unavailable",
        ),
        *(
            (
                {"alg": algorithm},
                "there was an error in parsing",
                f"token signature is invalid: signing method {algorithm} is invalid",
            )
            for algorithm in ("none", "RS256", "ES384", "PS512", "EdDSA")
        ),
    ],
)
def test_algorithms(header: Any, of_3: str, of_5: str) -> None:
    """The algorithm is named where version 5 does not allow it; version 3 hides it."""
    text = token(header)
    assert (fault(text, SECRET, NOW, 3), fault(text, SECRET, NOW, 5)) == (of_3, of_5)


@pytest.mark.parametrize(("algorithm", "digest"), [("HS384", "sha384"), ("HS512", "sha512")])
def test_longer_hashes(algorithm: str, digest: str) -> None:
    """Version 3 takes the longer hashes with the right secret, version 5 does not."""
    text = token({"alg": algorithm}, digest=digest)
    assert fault(text, SECRET, NOW, 3) is None
    assert fault(text, SECRET, NOW, 5) == f"token signature is invalid: signing method {algorithm} is invalid"
    assert fault(text, b"other", NOW, 3) == "signature is invalid"


@pytest.mark.parametrize(
    "text", [token(secret=b"other"), f"{HEAD}.{BODY}.", token()[:-4], token(claims={}, secret=b"x")]
)
def test_signatures(text: str) -> None:
    """A wrong signature is said alone, whatever the claims."""
    assert fault(text, SECRET, NOW, 3) == "signature is invalid"
    assert fault(text, SECRET, NOW, 5) == "token signature is invalid: signature is invalid"


@pytest.mark.parametrize(
    ("claims", "of_3", "of_5"),
    [
        ({"exp": NOW - 1}, "Token is expired", "token is expired"),
        ({}, "token expired", "token is missing required claim: exp claim is required"),
        (None, "token expired", "token is missing required claim: exp claim is required"),
        ({"exp": 0}, "token expired", "token is missing required claim: exp claim is required"),
        ({"exp": str(NOW)}, "Token is expired", "invalid type for claim: exp is invalid"),
        ({"exp": None}, "Token is expired", "invalid type for claim: exp is invalid"),
        ({"exp": 1e300}, "Token is expired", "token is expired"),
        ({**VALID, "nbf": NOW + 1}, "Token is not valid yet", "token is not valid yet"),
        ({**VALID, "nbf": "x"}, "Token is not valid yet", "invalid type for claim: nbf is invalid"),
        ({"exp": 1, "nbf": NOW + 1}, "Token is not valid yet", "token is expired, token is not valid yet"),
        ({"exp": 1, "iat": NOW + 1}, "Token used before issued", "token is expired"),
    ],
)
def test_claims(claims: Any, of_3: str, of_5: str) -> None:
    """Version 3 tells one wrong claim, version 5 all of them; exp is required by both."""
    text = token(claims=claims)
    assert fault(text, SECRET, NOW, 3) == of_3
    assert fault(text, SECRET, NOW, 5) == f"token has invalid claims: {of_5}"


def test_issued_in_the_future() -> None:
    """Only version 3 looks at iat."""
    text = token(claims={**VALID, "iat": NOW + 1})
    assert fault(text, SECRET, NOW, 3) == "Token used before issued"
    assert fault(text, SECRET, NOW, 5) is None


def test_trailing_data_in_claims() -> None:
    """Version 3 reads the first value of the claims only."""
    text = token(claims=b'{"exp":1900000000} x')
    assert fault(text, SECRET, NOW, 3) is None
    assert fault(text, SECRET, NOW, 5) == (
        "token is malformed: could not JSON decode claim: invalid character 'x' after top-level value"
    )


@pytest.mark.parametrize("major", [3, 5])
def test_loose_base64(major: int) -> None:
    """The last character of a signature holds bits that nobody looks at, and line ends are skipped."""
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    neighbour = last[last.index(SIGNATURE[-1]) ^ 1]
    assert fault(token()[:-1] + neighbour, SECRET, NOW, major) is None
    assert fault(f"{HEAD}.{BODY}.{SIGNATURE[:9]}\r\n{SIGNATURE[9:]}", SECRET, NOW, major) is None


def test_bytes_that_are_no_text() -> None:
    """A byte that is no UTF-8 counts as one byte."""
    assert fault("abc\udcff.b.c", SECRET, NOW, 3) == f"{BASE64} 3"
