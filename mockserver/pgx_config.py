"""Connection strings as pgx (pgconn.ParseConfig) reads them, with its texts for what it cannot read."""

import getpass
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

NEWEST = 10
"""The minor version of pgx 5 in the newest release of pgwatch."""
SOCKET_FOLDER = "/var/run/postgresql"
_SPACE = " \t\n\r\v\f"
_KEYS = {"dbname": "database"}
_URI = re.compile(r"(postgres(?:ql)?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_USER_INFO = re.compile(r"(?:[A-Za-z0-9\-._:~!$&'()*+,;=%@])*")
_PORT = re.compile(r":[0-9]*|")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})(.{0,2})", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST_CHARACTER = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff]")
_HOST_ESCAPE = re.compile(r"%(?!25)[0-7][0-9A-Fa-f]")
_SESSION_ATTRS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_PROTOCOLS = ("", "3.0", "3.2", "latest")
_BINDINGS = ("", "prefer", "disable", "require")
_QUERY_MODES = ("cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol")
_METHODS = ("password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none")
_TLS = {
    "disable": (False,),
    "allow": (False, True),
    "prefer": (True, False),
    "require": (True,),
    "verify-ca": (True,),
    "verify-full": (True,),
}


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


class _Fault(Exception):
    """Something is wrong: pgx's message, the error in parentheses after it, and both in plain words."""

    def __init__(self, message: str, reason: str, plain: str) -> None:
        super().__init__(message)
        self.text = f"{message} ({reason})" if reason else message
        self.plain = plain


def parse_config(text: str, pgx: int = NEWEST, defaults: Mapping[str, str] | None = None) -> Config:
    """Return what a connection string says, with pgx's defaults or others; raises ParseError.

    ``pgx`` is the minor version of pgx 5: white space at the end is ignored since 10, for example.
    """
    try:
        return _config(text.rstrip(_SPACE) if pgx >= 10 else text, pgx, defaults or _defaults())
    except _Fault as fault:
        raise ParseError(f"cannot parse `{_masked(text)}`: {fault.text}", fault.plain) from None


def _defaults() -> dict[str, str]:
    return {"host": SOCKET_FOLDER, "user": getpass.getuser()}


def _config(text: str, pgx: int, defaults: Mapping[str, str]) -> Config:
    given: dict[str, str] = {}
    if text.startswith(("postgres://", "postgresql://")):
        given = _url_settings(text)
    elif text:
        given = _pair_settings(text)
    settings = {"port": "5432", "database": "", **defaults, **given}
    if "service" in settings:
        reason = f"failed to read service file: {settings.get('servicefile', Path.home() / '.pg_service.conf')}"
        raise _Fault("failed to read service", reason, "it names a service, and there is no service file here")
    timeout = _timeout(settings.get("connect_timeout", ""))
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
        raise _Fault("failed to configure TLS", "sslmode is invalid", plain)
    if modes != (False,):
        _check_certificates(settings)
    return modes


def _check_choices(settings: Mapping[str, str], pgx: int) -> None:
    """Refuse what is none of the values that a key can have."""
    wanted = settings.get("target_session_attrs", "any")
    if wanted not in _SESSION_ATTRS:
        raise _Fault(
            f"unknown target_session_attrs value: {wanted}", "", _none_of("target_session_attrs", _SESSION_ATTRS)
        )
    if pgx >= 9:
        for key in ("min_protocol_version", "max_protocol_version"):
            if (value := settings.get(key, "")) not in _PROTOCOLS:
                reason = f'invalid protocol version: "{value}"'
                raise _Fault(f'invalid {key}: "{value}"', reason, _none_of(key, _PROTOCOLS[1:]))
        if (value := settings.get("channel_binding", "")) not in _BINDINGS:
            raise _Fault(f"unknown channel_binding value: {value}", "", _none_of("channel_binding", _BINDINGS[1:]))
    if pgx >= 10:
        for method in filter(None, settings.get("require_auth", "").split(",")):
            if method.removeprefix("!") not in _METHODS:
                reason = f'invalid require_auth method: "{method}"'
                raise _Fault("invalid require_auth", reason, _none_of("require_auth", _METHODS))
    for key in ("statement_cache_capacity", "description_cache_capacity"):
        if not re.fullmatch(r"[+-]?[0-9]+", value := settings.get(key, "0")):
            reason = f'strconv.ParseInt: parsing "{value}": invalid syntax'
            raise _Fault(f"cannot parse {key}", reason, f"{key} is not a whole number")
    if (value := settings.get("default_query_exec_mode", "exec")) not in _QUERY_MODES:
        plain = _none_of("default_query_exec_mode", _QUERY_MODES)
        raise _Fault("invalid default_query_exec_mode", f'unknown value "{value}"', plain)


def _none_of(key: str, values: tuple[str, ...]) -> str:
    return f"{key} is none of {', '.join(values)}"


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
        raise _Fault("failed to configure TLS", reason, plain)


def _timeout(text: str) -> float | None:
    if not text:
        return None
    plain = "connect_timeout is not a whole number of seconds"
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise _Fault("invalid connect_timeout", f'strconv.ParseInt: parsing "{text}": invalid syntax', plain)
    if int(text) < 0:
        raise _Fault("invalid connect_timeout", "negative timeout", plain)
    return float(text) or None


def _port(text: str) -> int:
    plain = "the port is not a number from 1 to 65535"
    if not re.fullmatch(r"[0-9]+", text):
        raise _Fault("invalid port", f'strconv.ParseUint: parsing "{text}": invalid syntax', plain)
    if len(text.lstrip("0")) > 5 or int(text) > 65535:
        raise _Fault("invalid port", f'strconv.ParseUint: parsing "{text}": value out of range', plain)
    if int(text) == 0:
        raise _Fault("invalid port", "outside range", plain)
    return int(text)


def _pair_settings(text: str) -> dict[str, str]:
    """Read pairs of key=value."""
    settings = {}
    rest = text
    while rest:
        key, equals, rest = rest.partition("=")
        if not equals:
            raise _fault_of_pairs("invalid keyword/value")
        value, rest = _pair_value(rest.lstrip(_SPACE))
        key = _KEYS.get(key.strip(_SPACE), key.strip(_SPACE))
        if not key:
            raise _fault_of_pairs("invalid keyword/value")
        settings[key] = value
    return settings


def _pair_value(rest: str) -> tuple[str, str]:
    """Return a value and what comes after it."""
    is_quoted = rest.startswith("'")
    rest = rest[1:] if is_quoted else rest
    end = 0
    while end < len(rest) and rest[end] not in ("'" if is_quoted else _SPACE):
        end += 2 if rest[end] == "\\" else 1
        if end > len(rest):
            raise _fault_of_pairs(
                "unterminated quoted string in connection info string" if is_quoted else "invalid backslash"
            )
    if is_quoted and end >= len(rest):
        raise _fault_of_pairs("unterminated quoted string in connection info string")
    value = rest[:end].replace("\\\\", "\\").replace("\\'", "'")
    return value, rest[end + 1 :]


def _fault_of_pairs(reason: str) -> _Fault:
    plain = "it is neither a URI nor pairs of key=value" if reason == "invalid keyword/value" else reason
    return _Fault("failed to parse as keyword/value", reason, plain)


def _url_settings(text: str) -> dict[str, str]:
    """Read a URI."""
    parts = _URI.fullmatch(text)
    fault = None if parts is None else _url_fault(text, parts)
    if parts is None or fault:
        reason, plain = fault or ("invalid URL", "it is no URI")
        raise _Fault("failed to parse as URL", reason, plain)
    info, at, address = parts[2].rpartition("@")
    settings = {}
    if at:
        user, colon, password = info.partition(":")
        settings["user"] = _plain(user)
        if colon:
            settings["password"] = _plain(password)
    settings |= _hosts(_plain(address))
    if database := _plain(parts[3]).lstrip("/"):
        settings["database"] = database
    for pair in (parts[4] or "").split("&"):
        key, _, value = pair.partition("=")
        if key and ";" not in pair and not _BAD_ESCAPE.search(pair):
            plain = _plain(key.replace("+", " "))
            settings[_KEYS.get(plain, plain)] = _plain(value.replace("+", " "))
    return {key: value for key, value in settings.items() if value or key not in ("user", "password")}


def _hosts(address: str) -> dict[str, str]:
    """Return hosts and ports of a URI's address, each as one list in a text."""
    hosts, ports = [], []
    for host in filter(None, address.split(",")):
        name, _, port = host.rpartition(":") if not _is_address_alone(host) else (host, "", "")
        if ":" in name and not name.startswith("[") and not _is_address_alone(name):
            reason = f"failed to split host:port in '{host}', err: address {host}: too many colons in address"
            raise _Fault("failed to parse as URL", reason, "the host is not a host name or an address")
        hosts += [name.strip("[]")] if name else []
        ports += [port] if port else []
    found = {"host": ",".join(hosts)} if any(hosts) else {}
    return found | ({"port": ",".join(ports)} if ports else {})


def _is_address_alone(host: str) -> bool:
    """Say whether a host has no port: an address, or a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return ":" not in host
    return True


def _url_fault(text: str, parts: re.Match[str]) -> tuple[str, str] | None:
    """Return what net/url finds wrong, and the same in plain words; None for nothing."""
    info, at, address = parts[2].rpartition("@")
    if _CONTROL.search(text):
        return "net/url: invalid control character in URL", "it contains a control character"
    if fault := _host_fault(address):
        return fault
    if at and not _USER_INFO.fullmatch(info):
        plain = "user or password has a character that must be written as a percent sign and two hexadecimal digits"
        return "net/url: invalid userinfo", plain
    for piece in (info, parts[3]):
        if bad := _BAD_ESCAPE.search(piece):
            return f'invalid URL escape "%{bad[1]}"', "a percent sign is not followed by two hexadecimal digits"
    return None


def _host_fault(address: str) -> tuple[str, str] | None:
    plain = "the host is not a host name or an address"
    if address.startswith("[") and "]" not in address:
        return "missing ']' in host", plain
    port = re.search(r":[^\]:]*$", address)
    if port and not _PORT.fullmatch(port[0]):
        return f'invalid port "{port[0]}" after host', "the port is not a number from 1 to 65535"
    if bad := _BAD_ESCAPE.search(address):
        return f'invalid URL escape "%{bad[1]}"', plain
    if bad := _HOST_ESCAPE.search(address):
        return f'invalid URL escape "{bad[0]}"', f"{plain}: a folder with a socket is written as ?host=/FOLDER"
    if bad := _HOST_CHARACTER.search(address):
        return f'invalid character "{bad[0]}" in host name', plain
    return None


def _plain(text: str) -> str:
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _masked(text: str) -> str:
    """Return a string as pgx shows it: one way for a URI that can be read, three patterns for all else."""
    parts = _URI.fullmatch(text)
    if parts is not None and not _url_fault(text, parts):
        info, at, address = parts[2].rpartition("@")
        user, colon, _ = info.partition(":")
        return text.replace(parts[2], f"{user}:xxxxx@{address}", 1) if at and colon else text
    text = re.sub(r"password='[^']*'", "password=xxxxx", text)
    text = re.sub(r"password=[^ ]*", "password=xxxxx", text)
    return re.sub(r":[^:@]+?@", ":xxxxxx@", text)
