"""The target: the server under test, and what is known of it."""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlsplit

from contract_tests.contract import Contract
from contract_tests.guard import Permission

_PASSWORD_IN_TEXT = re.compile(r"(?<=://)([^:/@\s]+):[^@\s]+(?=@)|(?<=password=)('[^']*'|\S+)")


@dataclass(repr=False)  # pytest would show its secrets where a test fails to judge
class Target:
    """A server under test.

    ``url`` has no slash at its end. ``user`` and ``password`` are None where any login is accepted. ``jwt_secret``
    signs tokens; None where it is not known. ``database`` is a connection string that the server can connect by.
    ``placeholders`` maps secrets to what reports show in their place.
    """

    url: str
    contract: Contract
    permission: Permission = Permission.READ
    user: str | None = None
    password: str | None = None
    jwt_secret: str | None = None
    database: str | None = None
    cors_origin: str = ""
    is_mock: bool = False
    prefix: str = ""
    verify: bool | str = True
    seconds_to_wait: float = 10
    token: str = ""
    used_names: int = 0
    placeholders: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The path below which the server's paths begin; empty for most."""
        return urlsplit(self.url).path

    @property
    def credentials(self) -> dict[str, str]:
        """The body of a login: what is configured, or anything."""
        if self.user is None and self.password is None:
            return {"user": "", "password": ""}
        return {"user": self.user or "", "password": self.password or ""}

    def hide(self, secret: str, variable: str) -> None:
        """Have reports show a shell variable in place of a secret, also as it is written in JSON or in a URL."""
        for spelled in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)):
            if spelled:
                self.placeholders[spelled] = variable

    def masked(self, text: str) -> str:
        """Return a text without secrets: those that are known, and what looks like a password of another."""
        for secret, variable in self.placeholders.items():
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", f"${variable}", text)
        return _PASSWORD_IN_TEXT.sub(lambda match: f"{match[1]}:***" if match[1] else "***", text)

    def name(self, *rest: object) -> str:
        """Return a name for a source of this run's own."""
        return self.prefix + "-".join(str(part) for part in rest)
