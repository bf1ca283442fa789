"""Tokens as pgwatch issues and checks them with golang-jwt, wording each fault as that library does.

Releases 3.0 to 3.2 (families A and B) use version 3.2.2, later ones version 5. Version 5.2 and 5.3.0 (families C to E)
check the algorithm before they decode the signature; here it is decoded first, as from 5.3.1 on. That shows only where
both are wrong. Source of the texts and rules: both libraries and pgwatch's internal/webserver/jwt.go;
samples: ``tests/mockserver/go/test_jwt.py``.
"""

import base64
import hmac
import re
from collections.abc import Callable
from typing import Any

from mockserver.go.json import encoding_json
from mockserver.go.json.types import Anything, Bool, Field, GoJsonError, Int, Map, Named, Struct, Text

_OBJECT = Map(Text(), Anything())
_MAP_CLAIMS = Named("jwt.MapClaims", _OBJECT)
_HEADER = Struct("jwt", "header", (Field("Alg", "alg", Text()), Field("Typ", "typ", Text())))
_ISSUED_CLAIMS = Struct(
    "jwt",
    "claims",
    (Field("Authorized", "authorized", Bool()), Field("Exp", "exp", Int()), Field("Username", "username", Text())),
)
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_FAMILIES_OF_KEYS = ("RS", "ES", "PS")
_ALGORITHMS = {
    "none",
    "EdDSA",
    *_HASHES,
    *(name + bits for name in _FAMILIES_OF_KEYS for bits in ("256", "384", "512")),
}
_NO_BASE64 = re.compile(rb"[^-_A-Za-z0-9\r\n]")
# Go counts seconds from the year 1 in 64 bits; a date too far in the future comes round to the past.
_UNIX_TO_YEAR_ONE = 62_135_596_800


class _Fault(Exception):
    """What is wrong with a token."""


def issue(user: str, secret: bytes, expiry: int) -> str:
    """Return the token that POST /login answers with: HS256, valid until `expiry` (seconds since 1970)."""
    header = encoding_json.marshal({"alg": "HS256", "typ": "JWT"}, _HEADER)
    claims = encoding_json.marshal({"authorized": True, "exp": expiry, "username": user}, _ISSUED_CLAIMS)
    signed = _encoded(header) + b"." + _encoded(claims)
    return (signed + b"." + _encoded(_signature(signed, secret, "HS256"))).decode()


def fault(token: str, secret: bytes, now: float, major: int) -> str | None:
    """Return what is wrong with a token, in the words of golang-jwt 3 or 5; None where it counts.

    Takes the token (bytes that are no UTF-8 as surrogates), the server's secret, the time in seconds since 1970 and the
    library's major version, 3 or 5. The text is what pgwatch answers with a 401, without the line end.
    """
    check = {3: _check_with_3, 5: _check_with_5}[major]
    try:
        check(token.encode("utf-8", "surrogateescape"), secret, int(now))
    except _Fault as found:
        return str(found)
    return None


def _check_with_3(token: bytes, secret: bytes, now: int) -> None:
    parts = token.split(b".")
    if len(parts) != 3:
        raise _Fault("token contains an invalid number of segments")
    try:
        header_text = _decoded(parts[0])
    except _Fault:
        if token[:7].lower() == b"bearer ":
            raise _Fault("tokenstring should not contain 'bearer '") from None
        raise
    header = _json(header_text, encoding_json.unmarshal, _OBJECT)
    claims = _json(_decoded(parts[1]), encoding_json.decode_first, _MAP_CLAIMS)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise _Fault("signing method (alg) is unspecified.")
    if algorithm not in _ALGORITHMS:
        raise _Fault("signing method (alg) is unavailable.")
    if algorithm not in _HASHES:
        raise _Fault("there was an error in parsing")
    _check_signature(parts, _decoded(parts[2]), secret, algorithm, "signature is invalid")
    _check_claims_with_3(claims, now)


def _check_claims_with_3(claims: dict[str, Any], now: int) -> None:
    """Of several wrong claims, version 3 tells the last one it checks, and it begins with exp."""
    if not _has_come("nbf", claims, now):
        raise _Fault("Token is not valid yet")
    if not _has_come("iat", claims, now):
        raise _Fault("Token used before issued")
    expiry = _seconds(claims.get("exp", 0.0))
    if expiry is None or (expiry != 0 and now > expiry):
        raise _Fault("Token is expired")
    if expiry == 0:
        raise _Fault("token expired")


def _has_come(claim: str, claims: dict[str, Any], now: int) -> bool:
    """Tell whether the time of a claim has come; without the claim it has."""
    if claim not in claims:
        return True
    seconds = _seconds(claims[claim])
    return seconds is not None and (seconds == 0 or now >= seconds)


def _check_with_5(token: bytes, secret: bytes, now: int) -> None:
    malformed = "token is malformed: "
    parts = token.split(b".")
    if len(parts) != 3:
        raise _Fault(malformed + "token contains an invalid number of segments")
    header_text = _decoded(parts[0], malformed + "could not base64 decode header: ")
    header = _json(header_text, encoding_json.unmarshal, _OBJECT, malformed + "could not JSON decode header: ")
    claims_text = _decoded(parts[1], malformed + "could not base64 decode claim: ")
    claims = _json(claims_text, encoding_json.unmarshal, _MAP_CLAIMS, malformed + "could not JSON decode claim: ")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise _Fault("token is unverifiable: signing method (alg) is unspecified")
    if algorithm not in _ALGORITHMS:
        raise _Fault("token is unverifiable: signing method (alg) is unavailable")
    signature = _decoded(parts[2], malformed + "could not base64 decode signature: ")
    if algorithm != "HS256":
        raise _Fault(f"token signature is invalid: signing method {algorithm} is invalid")
    _check_signature(parts, signature, secret, algorithm, "token signature is invalid: signature is invalid")
    faults = [text for text in (_expiry_fault(claims, now), _start_fault(claims, now)) if text]
    if faults:
        raise _Fault("token has invalid claims: " + ", ".join(faults))


def _expiry_fault(claims: dict[str, Any], now: int) -> str:
    expiry = _seconds(claims.get("exp", 0.0))
    if expiry is None:
        return "invalid type for claim: exp is invalid"
    if not claims.get("exp"):
        return "token is missing required claim: exp claim is required"
    return "" if now < _as_date(expiry) else "token is expired"


def _start_fault(claims: dict[str, Any], now: int) -> str:
    start = _seconds(claims.get("nbf", 0.0))
    if start is None:
        return "invalid type for claim: nbf is invalid"
    return "token is not valid yet" if claims.get("nbf") and now < _as_date(start) else ""


def _seconds(claim: Any) -> int | None:
    """Convert a claim to whole seconds as the processor does; None where it is no number."""
    if not isinstance(claim, float):
        return None
    return int(claim) if -(2.0**63) <= claim < 2.0**63 else -(2**63)


def _as_date(seconds: int) -> int:
    wrapped = (seconds + _UNIX_TO_YEAR_ONE + 2**63) % 2**64 - 2**63
    return wrapped - _UNIX_TO_YEAR_ONE


def _json(text: bytes, read: Callable[[bytes, Any], Any], into: Map | Named, prefix: str = "") -> dict[str, Any]:
    try:
        return read(text, into) or {}
    except GoJsonError as refusal:
        raise _Fault(prefix + refusal.text.decode()) from None


def _decoded(segment: bytes, prefix: str = "") -> bytes:
    """Decode base64url without padding as Go does, which allows line ends and any bits left over."""
    wrong = _NO_BASE64.search(segment)
    digits = segment.replace(b"\r", b"").replace(b"\n", b"")
    if wrong or len(digits) % 4 == 1:
        at = wrong.start() if wrong else len(segment) - 1
        raise _Fault(f"{prefix}illegal base64 data at input byte {at}")
    return base64.urlsafe_b64decode(digits + b"=" * (-len(digits) % 4))


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _signature(signed: bytes, secret: bytes, algorithm: str) -> bytes:
    return hmac.digest(secret, signed, _HASHES[algorithm])


def _check_signature(parts: list[bytes], signature: bytes, secret: bytes, algorithm: str, text: str) -> None:
    if not hmac.compare_digest(signature, _signature(parts[0] + b"." + parts[1], secret, algorithm)):
        raise _Fault(text)
