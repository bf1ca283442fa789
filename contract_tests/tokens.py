"""Tokens that a server must refuse, and those that it must accept: forged by the suite itself."""

import base64
import json
import re
import time
import warnings
from typing import Any

import jwt

from contract_tests import canaries

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


def with_broken_signature(token: str) -> str:
    """Return a token with another signature of the same length.

    A middle character is changed: the last one has several spellings of the same bytes.
    """
    head, _, signature = token.rpartition(".")
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    return f"{head}.{signature[:middle]}{other}{signature[middle + 1 :]}"


def malformed(token: str) -> dict[str, str]:
    """Return values that are no JSON Web Token, by what they are; some are made of one."""
    head, claims, signature = token.split(".")
    return {
        "a canary": canaries.TOKEN,
        "Bearer and a token": f"Bearer {token}",
        "a word": "x",
        "null": "null",
        "dots": "..",
        "three parts that are not base64": "a.b.c",
        "two parts of a token": f"{head}.{claims}",
        "a token with a part too many": f"{token}.{signature}",
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
    return {
        "a token with a changed signature": with_broken_signature(token),
        "a token of another secret": forge("another secret of the contract suite"),
        "a token with another's claims": f"{head}.{unsigned('HS256').split('.')[1]}.{signature}",
        "a token with half of its signature": f"{head}.{claims}.{signature[: len(signature) // 2]}",
        "a token without its signature": f"{head}.{claims}.",
    }


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
