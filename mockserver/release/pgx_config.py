"""Connection strings as pgx (pgconn.ParseConfig) reads them, with its texts for what it cannot read."""

import getpass
import re
from dataclasses import dataclass

from mockserver.release.byte_runs import run_end
from mockserver.release.go_url import unescape

SOCKET_FOLDER = "/var/run/postgresql"
_SPACE = " \t\n\r\v\f"
_SPACES = re.compile(r"[ \t\n\r\v\f]*+")
_QUOTED = re.compile(r"(?:[^'\\]|\\.)*+", re.DOTALL)
_BARE = re.compile(r"(?:[^ \t\n\r\v\f\\]|\\.)*+", re.DOTALL)
_KEYS = {"dbname": "database"}
_URI = re.compile(r"(postgres(?:ql)?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_USER_INFO = re.compile(r"(?:[A-Za-z0-9\-._:~!$&'()*+,;=%@])*")
_PORT = re.compile(r":[0-9]*|")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})(.{0,2})", re.DOTALL)
_MOST_DIGITS = 18
"""What has more is out of every range."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SESSION_ATTRS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_TLS = {
    "disable": (False,),
    "allow": (False, True),
    "prefer": (True, False),
    "require": (True,),
    "verify-ca": (True,),
    "verify-full": (True,),
}


class ParseError(Exception):
    """A connection string that pgx refuses; the text is pgx's, with passwords masked as pgx masks them."""


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


class _Fault(Exception):
    """Something is wrong: pgx's message, and the error in parentheses after it."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.text = f"{message} ({reason})" if reason else message


def parse_config(text: str, trims: bool = False) -> Config:
    """Return what a connection string says, with pgx's defaults; raises ParseError.

    ``trims``: whether white space at its end is ignored, as in newer versions of pgx.
    """
    try:
        return _config(text.rstrip(_SPACE) if trims else text)
    except _Fault as fault:
        raise ParseError(f"cannot parse `{_masked(text)}`: {fault.text}") from None


def _config(text: str) -> Config:
    given: dict[str, str] = {}
    if text.startswith(("postgres://", "postgresql://")):
        given = _url_settings(text)
    elif text:
        given = _pair_settings(text)
    settings = {"host": SOCKET_FOLDER, "port": "5432", "user": getpass.getuser(), "database": ""} | given
    timeout = _timeout(settings.get("connect_timeout", ""))
    ports = settings["port"].split(",")
    attempts: list[Attempt] = []
    for index, host in enumerate(settings["host"].split(",")):
        port = _port(ports[index] if index < len(ports) else ports[0])
        modes = _TLS.get(settings.get("sslmode") or "prefer")
        if host.startswith("/"):
            modes = (False,)
        elif modes is None:
            raise _Fault("failed to configure TLS", "sslmode is invalid")
        elif modes != (False,):
            _check_certificates(settings)
        attempts += [Attempt(host, port, is_tls) for is_tls in modes]
    wanted = settings.get("target_session_attrs", "any")
    if wanted not in _SESSION_ATTRS:
        raise _Fault(f"unknown target_session_attrs value: {wanted}")
    return Config(settings["user"], settings["database"], tuple(attempts), timeout)


def _check_certificates(settings: dict[str, str]) -> None:
    """Refuse files of certificates: the machine that is imagined here has none."""
    root, certificate, key = (settings.get(name, "") for name in ("sslrootcert", "sslcert", "sslkey"))
    reason = ""
    if root:
        reason = f"unable to read CA file: open {root}: no such file or directory"
    elif bool(certificate) != bool(key):
        reason = 'both "sslcert" and "sslkey" are required'
    elif key:
        reason = f"unable to read sslkey: open {key}: no such file or directory"
    if reason:
        raise _Fault("failed to configure TLS", reason)


def _timeout(text: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise _Fault("invalid connect_timeout", f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if len(text.lstrip("+-0")) > _MOST_DIGITS:
        raise _Fault("invalid connect_timeout", f'strconv.ParseInt: parsing "{text}": value out of range')
    if int(text) < 0:
        raise _Fault("invalid connect_timeout", "negative timeout")
    return float(text) or None


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text):
        raise _Fault("invalid port", f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if len(text.lstrip("0")) > _MOST_DIGITS or int(text) > 65535:
        raise _Fault("invalid port", f'strconv.ParseUint: parsing "{text}": value out of range')
    if int(text) == 0:
        raise _Fault("invalid port", "outside range")
    return int(text)


def _pair_settings(text: str) -> dict[str, str]:
    """Read pairs of key=value."""
    settings = {}
    at = 0
    while at < len(text):
        equals = text.find("=", at)
        key = text[at:equals].strip(_SPACE)
        if equals < 0 or not key:
            raise _fault_of_pairs("invalid keyword/value")
        value, at = _pair_value(text, run_end(_SPACES, text, equals + 1))
        settings[_KEYS.get(key, key)] = value
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


def _fault_of_pairs(reason: str) -> _Fault:
    return _Fault("failed to parse as keyword/value", reason)


def _url_settings(text: str) -> dict[str, str]:
    """Read a URI."""
    parts = _URI.fullmatch(text)
    if parts is None or (reason := _url_fault(text, parts)):
        raise _Fault("failed to parse as URL", reason if parts is not None else "invalid URL")
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
    for host in address.split(",") if address else []:
        name, _, port = host.rpartition(":") if ":" in host.rpartition("]")[2] else (host, "", "")
        hosts.append(name.strip("[]"))
        if port:
            ports.append(port)
    found = {"host": ",".join(hosts)} if any(hosts) else {}
    return found | ({"port": ",".join(ports)} if ports else {})


def _url_fault(text: str, parts: re.Match[str]) -> str:
    """Return what net/url finds wrong, empty for nothing."""
    info, at, address = parts[2].rpartition("@")
    if _CONTROL.search(text):
        return "net/url: invalid control character in URL"
    if at and not _USER_INFO.fullmatch(info):
        return "net/url: invalid userinfo"
    for piece in (address, info, parts[3]):
        if bad := _BAD_ESCAPE.search(piece):
            return f'invalid URL escape "%{bad[1]}"'
    if " " in address:
        return 'invalid character " " in host name'
    port = re.search(r":[^\]:]*$", address)
    if port and not _PORT.fullmatch(port[0]):
        return f'invalid port "{port[0]}" after host'
    return ""


def _plain(text: str) -> str:
    return unescape(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


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
