"""Connection strings: read as pgx reads them, and never shown with what may be a secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.errors import Refusal
from mockserver.go.pgx_config import ParseError, parse_config

_URI = re.compile(r"\w+://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_HOST_NAME = re.compile(r"[\w.:/%-]*")
_URI_HOST = re.compile(r"postgres(?:ql)?://(?:[^/?#]*@)?+([\w.-]+)", re.ASCII)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:\\.|[^'\\])*)'|((?:\\.|[^\s\\'])*))(?=\s|$)", re.DOTALL)
_DEFAULTS = {"host": "localhost", "user": "postgres"}
MASK = "xxxxxx"
MOST_HOSTS = 100
MOST_FOR_THE_LOG = 1000
"""Characters; a longer string is not read for the log: pairs are looked for at each of its places."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place a connection string leads to, with defaults for what it leaves open; ``timeout`` in seconds, or None.

    ``settings`` are all that the string says, by pgx's names.
    """

    host: str
    port: str
    user: str
    database: str
    timeout: float | None
    password: str
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)


def parse(text: str) -> list[Target]:
    """Return the places that a URI or a string of key=value pairs names, in the order they are tried.

    Raises Refusal (400) with the reason for a string that the newest release's pgx does not understand, or that it
    understands otherwise than it is meant, taking a piece of the password for something else. The reason repeats
    nothing of the string.
    """
    if "\0" in text:
        raise _unreadable("it contains a NUL character")
    if _is_ambiguous(text):
        raise _unreadable(
            "it has an @ too many: write @, /, ? and # in a user, password or database as %40, %2F, %3F and %23"
        )
    if text.count(",") >= MOST_HOSTS:
        raise _unreadable(f"it names more than {MOST_HOSTS} hosts")
    try:
        config = parse_config(text, defaults=_DEFAULTS)
    except ParseError as error:
        raise _unreadable(error.plain) from None
    places = dict.fromkeys((attempt.host or "localhost", str(attempt.port)) for attempt in config.attempts)
    if not all(_HOST_NAME.fullmatch(host) for host, _ in places):
        raise _unreadable("the host is not a host name or an address")
    if "\0" in config.user + config.database:
        raise _unreadable("it contains a NUL character")
    database = config.database or config.user
    return [
        Target(host, port, config.user, database, config.timeout, config.password, config.settings)
        for host, port in places
    ]


def first_host(text: str) -> str:
    """Return the first host a string names, for the log, without libpq; ``localhost`` where it is not plain to see."""
    host: str | None = None
    if len(text) > MOST_FOR_THE_LOG:
        return "localhost"
    if uri := _URI_HOST.match(text):
        host = None if _is_ambiguous(text) else uri[1]
    elif pairs := list(_PAIR.finditer(text)):
        # Pairs must follow each other without a gap, or one of them may be a piece of a password.
        starts, ends = [pair.start() for pair in pairs], [0, *(pair.end() for pair in pairs)]
        host = next((pair[2] or pair[3] for pair in pairs if pair[1] == "host"), None) if starts == ends[:-1] else None
    return host if host and _HOST_NAME.fullmatch(host) else "localhost"


def _is_ambiguous(text: str) -> bool:
    """Say whether a URI has an @ where a piece of the password may be taken for the host or the database."""
    uri = _URI.match(text.strip())
    return uri is not None and "@" in uri["rest"]


def _unreadable(reason: str) -> Refusal:
    return Refusal(400, f"cannot parse the connection string: {reason}")
