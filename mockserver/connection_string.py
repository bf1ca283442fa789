"""Connection strings: read as libpq reads them, and never shown with what may be a secret."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from mockserver.errors import Refusal

_UNKNOWN_KEY = re.compile(r'(invalid connection option|invalid URI query parameter:) "([a-z_]+)"')
_URI = re.compile(r"\w+://(?P<authority>[^/?]*)(?P<rest>.*)", re.DOTALL)
_HOST_NAME = re.compile(r"[\w.:/%-]*")
_PASSWORD_KEY = re.compile(r"password\s*=", re.IGNORECASE)
_URI_HOST = re.compile(r"postgres(?:ql)?://(?:[^/?]*@)?([\w.-]+)", re.ASCII)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:\\.|[^'\\])*)'|((?:\\.|[^\s\\'])*))(?=\s|$)", re.DOTALL)
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
MASK = "xxxxxx"
MOST_HOSTS = 100
MOST_FOR_THE_LOG = 1000
"""Characters; a longer string is not read for the log: pairs are looked for at each of its places."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place a connection string leads to, with libpq's defaults; ``timeout`` in seconds, None for no limit."""

    host: str
    port: str
    user: str
    database: str
    timeout: float | None
    password: str


def parse(text: str) -> list[Target]:
    """Return the places that a URI or a string of key=value pairs names, in the order they are tried.

    Raises Refusal (400) with the reason for a string that libpq does not understand, or that it understands otherwise
    than it is meant, taking a piece of the password for something else. The reason repeats nothing of the string but
    an unknown key that is nearly a known one.
    """
    # psycopg takes 80 ms and 10 MB to import; most runs of the mock never see a connection string.
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    if "\0" in text:
        raise _unreadable("it contains a NUL character")
    if _is_ambiguous(text):
        raise _unreadable("it has an @ too many: write @, / and ? in a user, password or database as %40, %2F and %3F")
    try:
        given = {key: str(value) for key, value in conninfo_to_dict(text).items()}
    except ProgrammingError as error:
        raise _unreadable(_without_values(str(error).strip(), text)) from None
    if given.get("sslmode", "prefer") not in _SSL_MODES:
        raise _unreadable(f"sslmode is none of {', '.join(_SSL_MODES)}")
    hosts = (given.get("host") or given.get("hostaddr") or "localhost").split(",")
    if len(hosts) > MOST_HOSTS:
        raise _unreadable(f"it names more than {MOST_HOSTS} hosts")
    if not all(_HOST_NAME.fullmatch(host) for host in hosts):
        raise _unreadable("the host is not a host name or an address")
    ports = _ports(given.get("port", "5432"), len(hosts))
    timeout = _seconds(given.get("connect_timeout", "0"))
    user = given.get("user", "postgres")
    return [
        Target(host or "localhost", port, user, given.get("dbname", user), timeout, given.get("password", ""))
        for host, port in zip(hosts, ports, strict=True)
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
    """Say whether a URI has an @ where libpq may take a piece of the password for the host or the database."""
    uri = _URI.match(text.strip())
    return uri is not None and (uri["authority"].count("@") > 1 or "@" in uri["rest"])


def _ports(text: str, hosts: int) -> list[str]:
    ports = [port or "5432" for port in text.split(",")]
    if not all(port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536 for port in ports):
        raise _unreadable("the port is not a number from 1 to 65535")
    if len(ports) not in (1, hosts):
        raise _unreadable(f"it names {hosts} host(s) but {len(ports)} ports")
    return ports * hosts if len(ports) == 1 else ports


def _seconds(text: str) -> float | None:
    try:
        seconds = int(text)
    except ValueError:
        raise _unreadable("connect_timeout is not a whole number of seconds") from None
    return seconds if seconds > 0 else None


def _without_values(reason: str, text: str) -> str:
    """Keep only names that are nearly those of keys: libpq quotes what it stumbles over, a password even."""
    from psycopg.pq import Conninfo  # noqa: PLC0415  # see parse

    unknown_key = _UNKNOWN_KEY.fullmatch(reason)
    if unknown_key and unknown_key[2] not in _secret_part(text):
        keys = [option.keyword.decode() for option in Conninfo.get_defaults()]
        if alike := get_close_matches(unknown_key[2], keys, n=1):
            return f"{reason}: is {alike[0]} meant?"
    return re.sub(r'".*"', f'"{MASK}"', reason.replace('"="', "="), flags=re.DOTALL)


def _secret_part(text: str) -> str:
    """Return the part of a string in which a password can be."""
    if "://" in text:
        return text[text.index("://") : text.rfind("@") + 1]
    password = _PASSWORD_KEY.search(text)
    return text[password.end() :] if password else ""


def _unreadable(reason: str) -> Refusal:
    return Refusal(400, f"cannot parse the connection string: {reason}")
