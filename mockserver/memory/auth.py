"""Who may log in, and which tokens count."""

import hmac
import math
import re
import secrets
import time
import warnings
from typing import Any

import jwt

ALGORITHM = "HS256"
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_MOST_REMEMBERED = 1024

# A short secret is the user's choice: releases of pgwatch with a fixed secret have one of 13 bytes.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)


class TokenError(Exception):
    """A token that does not count; the text says why, without the token."""


class Credentials:
    """The configured user and password. Where neither is configured any login is accepted, as in every release."""

    def __init__(self, user: str | None, password: str | None) -> None:
        self._open = user is None and password is None
        self._expected = f"{user or ''}\0{password or ''}".encode()

    @property
    def accept_anyone(self) -> bool:
        """Whether any user and password are accepted."""
        return self._open

    def accept(self, user: str, password: str) -> bool:
        """Compare in constant time; the answer is exact and case-sensitive."""
        return self._open or hmac.compare_digest(self._expected, f"{user}\0{password}".encode())


class Tokens:
    """Issues and verifies JSON Web Tokens with the claims that pgwatch gives them.

    Takes the signing secret (None: a random one, so that tokens end with the process) and the time to live in
    seconds.
    """

    def __init__(self, secret: str | None, ttl: float) -> None:
        self._secret = secret.encode() if secret is not None else secrets.token_bytes(32)
        self._ttl = ttl
        self._expiry_of_verified: dict[str, float] = {}

    def issue(self, user: str) -> str:
        """Return a new token for a user."""
        claims = {"authorized": True, "exp": math.ceil(time.time() + self._ttl), "username": user}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def verify(self, token: str) -> None:
        """Raise TokenError unless the token is signed with the secret by HS256 and not expired.

        A verified token is remembered until it expires, where that is to come: PyJWT takes 35 us for each check, more
        than the rest of the request.
        """
        expiry = self._expiry_of_verified.get(token)
        if expiry is not None:
            if time.time() < expiry:
                return
            del self._expiry_of_verified[token]
        expiry = self._decode(token)
        if time.time() >= expiry:
            return
        if len(self._expiry_of_verified) >= _MOST_REMEMBERED:
            self._expiry_of_verified.clear()
        self._expiry_of_verified[token] = expiry

    def _decode(self, token: str) -> float:
        # PyJWT skips characters that are not of the alphabet, so a token must be checked for them first.
        if not _TOKEN.fullmatch(token):
            raise TokenError("token is malformed: it must be three base64url parts joined by dots")
        options: Any = {
            "require": ["exp"],
            "verify_iat": False,
            "verify_aud": False,
            "verify_sub": False,
            "verify_jti": False,
            "verify_iss": False,
        }
        try:
            expiry = jwt.decode(token, self._secret, [ALGORITHM], options)["exp"]
            if not isinstance(expiry, (int, float)):
                raise TokenError("token is malformed: its exp claim is not a number")
            return float(expiry)
        except jwt.ExpiredSignatureError:
            raise TokenError("token is expired: sign in again") from None
        except jwt.MissingRequiredClaimError:
            raise TokenError("token has no exp claim") from None
        except jwt.ImmatureSignatureError:
            raise TokenError("token is not valid yet") from None
        except jwt.InvalidSignatureError:
            raise TokenError("token has a wrong signature") from None
        except jwt.InvalidAlgorithmError:
            raise TokenError(f"token is not signed with {ALGORITHM}") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise TokenError("token is malformed: it is not a JSON Web Token") from None
