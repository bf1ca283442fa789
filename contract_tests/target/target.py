"""The target: the server under test, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from contract_tests.connection.route import Route, direct_route
from contract_tests.contract.document import Contract
from contract_tests.target.guard import Permission
from contract_tests.target.hidden import Hidden


@dataclass(repr=False)  # pytest would show its secrets where a test fails to judge
class Target:
    """A server under test.

    ``url`` has no slash at its end. ``user`` and ``password`` are None where any login is accepted. ``jwt_secret``
    signs tokens; None where it is not known. ``database`` is a connection string that the server can connect by.
    ``headers`` go with every request, for what is in front. ``route`` is how to get there. ``hidden`` knows what no
    output shows. ``names_origin``: the server's answers name the allowed origin, as a proxy's own do not. ``front`` is
    what names itself in front of the server, which perhaps ``changes_paths``. ``has_answered``: it was there when the
    run began. Reports show ``seed`` in the names of the run's own, whose ``prefix`` no other run has.
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
    seed: int = 0
    seconds_to_wait: float = 10
    token: str = ""
    used_names: int = 0
    headers: Sequence[tuple[str, str]] = ()
    names_origin: bool = False
    front: str = ""
    changes_paths: bool = False
    has_answered: bool = False
    hidden: Hidden = field(default_factory=Hidden)
    way: Route | None = None

    @property
    def base(self) -> str:
        """The path below which the server's paths begin; empty for most."""
        return urlsplit(self.url).path

    @property
    def origin(self) -> str:
        """The URL without its path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def route(self) -> Route:
        """How to get there: directly, unless a way was given."""
        return self.way or direct_route(self.url)

    @property
    def credentials(self) -> dict[str, str]:
        """The body of a login: what is configured, or anything."""
        if self.user is None and self.password is None:
            return {"user": "", "password": ""}
        return {"user": self.user or "", "password": self.password or ""}

    def name(self, *rest: object) -> str:
        """Return a name for a source of this run's own."""
        return self.prefix + "-".join(str(part) for part in rest)
