"""Connection strings as pgx (pgconn.ParseConfig) reads them, with its texts for what it cannot read.

Source: pgconn/config.go of pgx 5.7 to 5.10, the newest where they differ; samples:
``tests/mockserver/memory/test_connector.py``.
"""

import getpass
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mockserver.go.byte_runs import run_end
from mockserver.go.pgx_url import KEYS, Fault, masked, url_settings

NEWEST = 10
"""The minor version of pgx 5 in the newest release of pgwatch."""
SOCKET_FOLDER = "/var/run/postgresql"
_SPACE = " \t\n\r\v\f"
_SPACES = re.compile(r"[ \t\n\r\v\f]*+")
_QUOTED = re.compile(r"(?:[^'\\]|\\.)*+", re.DOTALL)
_BARE = re.compile(r"(?:[^ \t\n\r\v\f\\]|\\.)*+", re.DOTALL)
_MOST_DIGITS = 18
"""What has more is out of every range."""
_TLS = {
    "disable": (False,),
    "allow": (False, True),
    "prefer": (True, False),
    "require": (True,),
    "verify-ca": (True,),
    "verify-full": (True,),
}


@dataclass(frozen=True)
class _Choice:
    """A key that has one of some values, or with ``is_list`` several; the first is what it has if it is left out."""

    key: str
    values: tuple[str, ...]
    message: str
    reason: str = ""
    since: int = 0
    is_list: bool = False


_PROTOCOLS = ("", "3.0", "3.2", "latest")
_INVALID_PROTOCOL = 'invalid protocol version: "{}"'
_CHOICES = (
    _Choice(
        "target_session_attrs",
        ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
        "unknown target_session_attrs value: {}",
    ),
    _Choice("min_protocol_version", _PROTOCOLS, 'invalid min_protocol_version: "{}"', _INVALID_PROTOCOL, since=9),
    _Choice("max_protocol_version", _PROTOCOLS, 'invalid max_protocol_version: "{}"', _INVALID_PROTOCOL, since=9),
    _Choice("channel_binding", ("", "prefer", "disable", "require"), "unknown channel_binding value: {}", since=9),
    _Choice(
        "require_auth",
        ("", "password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"),
        "invalid require_auth",
        'invalid require_auth method: "{}"',
        since=10,
        is_list=True,
    ),
    _Choice(
        "default_query_exec_mode",
        ("cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"),
        "invalid default_query_exec_mode",
        'unknown value "{}"',
    ),
)
"""In the order in which they are asked; ``since`` is the minor version of pgx 5 (pgconn/config.go, conn.go)."""


class ParseError(Exception):
    """A connection string that pgx refuses; the text is pgx's, with passwords masked as pgx masks them.

    ``plain`` says the same in other words, and repeats nothing of the string.
    """

    def __init__(self, text: str, plain: str) -> None:
        super().__init__(text)
        self.plain = plain


@dataclass(frozen=True, slots=True)
class Attempt:
    """One place to connect to, and whether over TLS."""

    host: str
    port: int
    is_tls: bool

    @property
    def is_socket(self) -> bool:
        """Whether the host is a folder with a Unix socket."""
        return self.host.startswith("/")


@dataclass(frozen=True, slots=True)
class Config:
    """Who connects, to what, by which attempts in this order, and the time limit in seconds (None: none)."""

    user: str
    database: str
    attempts: tuple[Attempt, ...]
    timeout: float | None
    password: str
    settings: Mapping[str, str]


def parse_config(text: str, pgx: int = NEWEST, defaults: Mapping[str, str] | None = None) -> Config:
    """Return what a connection string says, with pgx's defaults or others; raises ParseError.

    ``pgx`` is the minor version of pgx 5: white space at the end is ignored since 10, for example.
    """
    try:
        return _config(text.rstrip(_SPACE) if pgx >= 10 else text, pgx, defaults or _defaults())
    except Fault as fault:
        raise ParseError(f"cannot parse `{masked(text)}`: {fault.text}", fault.plain) from None


def _defaults() -> dict[str, str]:
    return {"host": SOCKET_FOLDER, "user": getpass.getuser()}


def _config(text: str, pgx: int, defaults: Mapping[str, str]) -> Config:
    given: dict[str, str] = {}
    if text.startswith(("postgres://", "postgresql://")):
        given = url_settings(text)
    elif text:
        given = _pair_settings(text, pgx)
    settings = {"port": "5432", "database": "", **defaults, **given}
    if "service" in settings:
        reason = f"failed to read service file: {settings.get('servicefile', Path.home() / '.pg_service.conf')}"
        raise Fault("failed to read service", reason, "it names a service, and there is no service file here")
    timeout = _timeout(settings["connect_timeout"]) if "connect_timeout" in settings else None
    ports = settings["port"].split(",")
    attempts: list[Attempt] = []
    for index, host in enumerate(settings["host"].split(",")):
        port = _port(ports[index] if index < len(ports) else ports[0])
        modes = (False,) if host.startswith("/") else _tls_modes(settings)
        attempts += [Attempt(host, port, is_tls) for is_tls in modes]
    _check_choices(settings, pgx)
    password = settings.get("password", "")
    return Config(settings["user"], settings["database"], tuple(attempts), timeout, password, settings)


def _tls_modes(settings: Mapping[str, str]) -> tuple[bool, ...]:
    """Return whether the attempts at a host are over TLS; the system's certificates make it the only way."""
    mode = settings.get("sslmode") or "prefer"
    if settings.get("sslnegotiation") == "direct" and mode == "prefer":
        mode = "require"
    root = settings.get("sslrootcert")
    if root and root != "system":
        _check_certificates(settings)
    modes = _TLS.get("verify-full" if root == "system" else mode)
    if modes is None:
        plain = f"sslmode is none of {', '.join(_TLS)}"
        raise Fault("failed to configure TLS", "sslmode is invalid", plain)
    if modes != (False,):
        _check_certificates(settings)
    return modes


def _check_choices(settings: Mapping[str, str], pgx: int) -> None:
    """Refuse what is none of the values that a key can have."""
    for choice in _CHOICES:
        value = settings.get(choice.key, choice.values[0])
        parts = filter(None, value.split(",")) if choice.is_list else [value]
        for part in parts:
            if pgx >= choice.since and part.removeprefix("!" if choice.is_list else "") not in choice.values:
                allowed = ", ".join(filter(None, choice.values))
                plain = f"{choice.key} is none of {allowed}"
                raise Fault(choice.message.format(part), choice.reason.format(part), plain)
    for key in ("statement_cache_capacity", "description_cache_capacity"):
        if not re.fullmatch(r"[+-]?[0-9]+", value := settings.get(key, "0")):
            reason = f'strconv.ParseInt: parsing "{value}": invalid syntax'
            raise Fault(f"cannot parse {key}", reason, f"{key} is not a whole number")


def _check_certificates(settings: Mapping[str, str]) -> None:
    """Refuse files of certificates: the machine that is imagined here has none but the system's."""
    root, certificate, key = (settings.get(name, "") for name in ("sslrootcert", "sslcert", "sslkey"))
    reason = ""
    if root and root != "system":
        reason = f"unable to read CA file: open {root}: no such file or directory"
    elif bool(certificate) != bool(key):
        reason = 'both "sslcert" and "sslkey" are required'
    elif key:
        reason = f"unable to read sslkey: open {key}: no such file or directory"
    if reason:
        plain = "it names files of certificates, and none are read here: leave sslrootcert, sslcert and sslkey out"
        raise Fault("failed to configure TLS", reason, plain)


def _timeout(text: str) -> float | None:
    plain = "connect_timeout is not a whole number of seconds"
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise Fault("invalid connect_timeout", f'strconv.ParseInt: parsing "{text}": invalid syntax', plain)
    if len(text.lstrip("+-0")) > _MOST_DIGITS:
        raise Fault("invalid connect_timeout", f'strconv.ParseInt: parsing "{text}": value out of range', plain)
    if int(text) < 0:
        raise Fault("invalid connect_timeout", "negative timeout", plain)
    return float(text) or None


def _port(text: str) -> int:
    plain = "the port is not a number from 1 to 65535"
    if not re.fullmatch(r"[0-9]+", text):
        raise Fault("invalid port", f'strconv.ParseUint: parsing "{text}": invalid syntax', plain)
    if len(text.lstrip("0")) > 5 or int(text) > 65535:
        raise Fault("invalid port", f'strconv.ParseUint: parsing "{text}": value out of range', plain)
    if int(text) == 0:
        raise Fault("invalid port", "outside range", plain)
    return int(text)


def _pair_settings(text: str, pgx: int) -> dict[str, str]:
    """Read pairs of key=value."""
    settings = {}
    at = 0
    while at < len(text):
        equals = text.find("=", at)
        key = text[at:equals].strip(_SPACE)
        if equals < 0 or not key:
            raise _fault_of_pairs("invalid keyword/value")
        value, at = _pair_value(text, run_end(_SPACES, text, equals + 1))
        if key != "user" or value or pgx < 9:  # since 5.9 an empty user is none
            settings[KEYS.get(key, key)] = value
    return settings


def _pair_value(text: str, at: int) -> tuple[str, int]:
    """Return the value that begins at a place, and where the next pair begins."""
    is_quoted = text.startswith("'", at)
    begin = at + 1 if is_quoted else at
    end = run_end(_QUOTED if is_quoted else _BARE, text, begin)
    if text.startswith("\\", end) and not is_quoted:
        raise _fault_of_pairs("invalid backslash")
    if is_quoted and not text.startswith("'", end):
        raise _fault_of_pairs("unterminated quoted string in connection info string")
    return text[begin:end].replace("\\\\", "\\").replace("\\'", "'"), end + 1


def _fault_of_pairs(reason: str) -> Fault:
    plain = "it is neither a URI nor pairs of key=value" if reason == "invalid keyword/value" else reason
    return Fault("failed to parse as keyword/value", reason, plain)
