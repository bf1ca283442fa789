"""Tokens that a server must refuse, and those that it must accept: forged by the suite itself."""

import base64
import json
import re
import time
import warnings
from typing import Any

import jwt

from contract_tests.target import canaries

_PARTS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)

# Releases with a fixed secret have one of 13 bytes.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)


def forge(secret: str, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a token with the claims of pgwatch's own, valid for an hour; a claim that is given as None is left out."""
    every = {"authorized": True, "exp": int(time.time()) + 3600, "username": "contract", **claims}
    kept = {name: value for name, value in every.items() if value is not None}
    return jwt.encode(kept, secret, algorithm)


def unsigned(algorithm: str | None, signature: str = "") -> str:
    """Return a token with an algorithm of any name in its header (None: without one) and a signature of any text."""
    header = {"typ": "JWT"} if algorithm is None else {"alg": algorithm, "typ": "JWT"}
    claims = {"authorized": True, "exp": int(time.time()) + 3600, "username": "contract"}
    return ".".join([*map(_encoded, map(json.dumps, (header, claims))), signature])


def decoy() -> str:
    """Return a token that is in order but for its signature: it is of a secret that no server has."""
    return forge("another secret of the contract suite", username="nobody of the contract suite")


def with_broken_signature(token: str) -> str:
    """Return a token with half of another's signature; what is left of its own does not give that away."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{_halves(signature, decoy().rpartition('.')[2])}"


def malformed(token: str) -> dict[str, str]:
    """Return values that are no JSON Web Token, by what they are; two of them hold the one that counts."""
    head, claims, signature = decoy().split(".")
    return {
        "a canary": canaries.TOKEN,
        "Bearer and a token": f"Bearer {token}",
        "a word": "x",
        "null": "null",
        "dots": "..",
        "three parts that are not base64": "a.b.c",
        "two parts of a token": f"{head}.{claims}",
        "a token with a part too many": f"{token}.x",
        "a token in reverse": f"{signature}.{claims}.{head}",
        "a token without its header": f".{claims}.{signature}",
        "a header that is not JSON": f"{_encoded('not JSON')}.{claims}.{signature}",
        "a header that is an array": f"{_encoded('[]')}.{claims}.{signature}",
        "claims that are not JSON": f"{head}.{_encoded('not JSON')}.{signature}",
        "claims that are a number": f"{head}.{_encoded('1')}.{signature}",
        "a long word": "x" * 5000,
    }


def wrongly_signed(token: str) -> dict[str, str]:
    """Return tokens whose signature is not that of the server, by what is wrong with it."""
    head, claims, signature = token.split(".")
    other_head, other_claims, other = decoy().split(".")
    return {
        "a token with another end of its signature": with_broken_signature(token),
        "a token with another beginning of its signature": f"{head}.{claims}.{_halves(other, signature)}",
        "a token of another secret": f"{other_head}.{other_claims}.{other}",
        "a token with another's claims": f"{head}.{other_claims}.{signature}",
        "a token with half of its signature": f"{head}.{claims}.{signature[: len(signature) // 2]}",
        "a token that names RS256": unsigned("RS256", other),
        "a token that names ES256": unsigned("ES256", other),
        "a token without its signature": f"{other_head}.{other_claims}.",
    }


def _halves(first: str, second: str) -> str:
    """Return the first half of one text and the second of another, of the same length."""
    return first[: len(first) // 2] + second[len(second) // 2 :]


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of a token, unverified; raises ValueError for what is no token."""
    # PyJWT passes over characters that are not of the alphabet.
    if not _PARTS.fullmatch(token):
        raise ValueError("it is not three parts of base64url")
    try:
        return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError) as error:
        raise ValueError(str(error)) from None


def is_signed_with(secret: str, token: str) -> bool:
    """Say whether a token is signed with a secret by HS256, expired or not."""
    try:
        jwt.decode(token, secret, ["HS256"], {"verify_exp": False})
    except (jwt.PyJWTError, RecursionError):
        return False
    return True


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
