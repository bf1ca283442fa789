"""The placeholders of requests: tokens that are right, and tokens with one fault each."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pgwatch_contract.parity.errors import NotPossible

_PLACEHOLDER = re.compile(rb"\$\{([A-Z][A-Z0-9_]*)\}")
_LONG_AGO, _FAR_AWAY = 1_000_000_000, 4_000_000_000
_HS256 = {"alg": "HS256", "typ": "JWT"}
_CLAIMS = {"authorized": True, "exp": _FAR_AWAY, "username": "admin"}
_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}

FORGED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "FORGED": (_HS256, _CLAIMS),
    "EXPIRED": (_HS256, _CLAIMS | {"exp": _LONG_AGO}),
    "EXP_MISSING": (_HS256, {"authorized": True, "username": "admin"}),
    "EXP_ZERO": (_HS256, _CLAIMS | {"exp": 0}),
    "EXP_TEXT": (_HS256, _CLAIMS | {"exp": "tomorrow"}),
    "NBF_FUTURE": (_HS256, _CLAIMS | {"nbf": _FAR_AWAY}),
    "IAT_FUTURE": (_HS256, _CLAIMS | {"iat": _FAR_AWAY}),
    "OTHER_USER": (_HS256, _CLAIMS | {"username": "somebody", "authorized": False}),
    "HS384": ({"alg": "HS384", "typ": "JWT"}, _CLAIMS),
    "HS512": ({"alg": "HS512", "typ": "JWT"}, _CLAIMS),
}
"""Tokens signed with the server's own secret: header and claims of each. Possible where that secret is known."""

WRONG: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "WRONG_KEY": (_HS256, _CLAIMS),
    "WRONG_KEY_EXPIRED": (_HS256, _CLAIMS | {"exp": _LONG_AGO}),
    "WRONG_KEY_HS512": ({"alg": "HS512", "typ": "JWT"}, _CLAIMS),
    "RS256": ({"alg": "RS256", "typ": "JWT"}, _CLAIMS),
    "NONE": ({"alg": "none", "typ": "JWT"}, _CLAIMS),
    "ALG_MISSING": ({"typ": "JWT"}, _CLAIMS),
    "ALG_UNKNOWN": ({"alg": "HS1", "typ": "JWT"}, _CLAIMS),
}
"""Tokens signed with a secret that is nobody's."""

CHANGED: Mapping[str, Callable[[list[str]], list[str]]] = {
    "SIGNATURE_CHANGED": lambda parts: [*parts[:2], _swapped(parts[2])],
    "SIGNATURE_CUT": lambda parts: [*parts[:2], parts[2][:20]],
    "SIGNATURE_EMPTY": lambda parts: [*parts[:2], ""],
    "SIGNATURE_PADDED": lambda parts: [*parts[:2], parts[2] + "="],
    "SIGNATURE_ODD": lambda parts: [*parts[:2], "$$"],
    "SIGNATURE_MISSING": lambda parts: parts[:2],
    "CLAIMS_CHANGED": lambda parts: [parts[0], _encoded(_CLAIMS | {"username": "root"}), parts[2]],
    "CLAIMS_NO_BASE64": lambda parts: [parts[0], "$$$", parts[2]],
    "CLAIMS_NO_JSON": lambda parts: [parts[0], _base64(b"zzz"), parts[2]],
    "CLAIMS_LIST": lambda parts: [parts[0], _base64(b"[]"), parts[2]],
    "HEADER_NO_BASE64": lambda parts: ["$$$", *parts[1:]],
    "HEADER_NO_JSON": lambda parts: [_base64(b"zzz"), *parts[1:]],
    "FOUR_PARTS": lambda parts: [*parts, "x"],
}
"""Tokens made of a right one by changing its parts."""


class Tokens:
    """The tokens for one server, by the name of their placeholder; ``TOKEN`` is one it gave out itself.

    Takes what logs in, and the secret the server signs with, or None where nobody knows it.
    """

    def __init__(self, log_in: Callable[[], str], secret: str | None) -> None:
        self._log_in = log_in
        self._secret = secret
        self._own: str | None = None

    def __getitem__(self, name: str) -> str:
        """Return a token; raises NotPossible for a name there is not, or that takes a secret nobody knows."""
        if name in FORGED:
            if self._secret is None:
                raise NotPossible(f"${{{name}}} takes the secret of the server, which this release makes up by itself")
            return signed(*FORGED[name], self._secret)
        if name in WRONG:
            return signed(*WRONG[name], "a secret of nobody")
        if name != "TOKEN" and name not in CHANGED:
            names = ", ".join(["HOST", "TOKEN", *FORGED, *WRONG, *CHANGED])
            raise NotPossible(f"no placeholder ${{{name}}}: there are {names}")
        if self._own is None:
            self._own = self._log_in()
        return self._own if name == "TOKEN" else ".".join(CHANGED[name](self._own.split(".")))

    def forget(self) -> None:
        """Log in anew for the next token."""
        self._own = None


def fill_in(text: bytes, value: Callable[[str], str]) -> bytes:
    """Return a text with each ``${NAME}`` replaced by the value of the name."""
    return _PLACEHOLDER.sub(lambda match: value(match[1].decode()).encode(), text)


def placeholders(text: bytes) -> set[str]:
    """Return the names of the placeholders in a text."""
    return {name.decode() for name in _PLACEHOLDER.findall(text)}


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], secret: str) -> str:
    """Return a JWT, signed as its header says, or with HMAC-SHA256 where that names another way (RFC 7515)."""
    message = f"{_encoded(header)}.{_encoded(claims)}"
    digest = _HASHES.get(str(header.get("alg")), hashlib.sha256)
    return f"{message}.{_base64(hmac.digest(secret.encode(), message.encode(), digest))}"


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _swapped(signature: str) -> str:
    # In the middle: of the last character only some bits count, so another one may mean the same.
    middle = len(signature) // 2
    return signature[:middle] + ("A" if signature[middle] != "A" else "B") + signature[middle + 1 :]
