"""Connection strings that are URIs, as pgx reads them by Go's net/url, and as it shows them in errors.

Source: pgconn/config.go and pgconn/errors.go of pgx 5.7 to 5.10, net/url of Go 1.24; samples:
``tests/mockserver/memory/test_connector.py``.
"""

import ipaddress
import re
from urllib.parse import quote, unquote_to_bytes

KEYS = {"dbname": "database"}
_URI = re.compile(r"(postgres(?:ql)?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_USER_INFO = re.compile(r"(?:[A-Za-z0-9\-._:~!$&'()*+,;=%@])*")
_PORT = re.compile(r":[0-9]*|")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})(.{0,2})", re.DOTALL)
_VALID_PATH = re.compile(r"[A-Za-z0-9\-_.~$&+,/:;=@!'()*\[\]%]*")
_KEPT_IN_PATHS = "$&+,/:;=@"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST_CHARACTER = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff]")
_HOST_ESCAPE = re.compile(r"%(?!25)[0-7][0-9A-Fa-f]")


class Fault(Exception):
    """Something is wrong: pgx's message, the error in parentheses after it, and in ``plain`` words without values."""

    def __init__(self, message: str, reason: str, plain: str) -> None:
        super().__init__(message)
        self.text = f"{message} ({reason})" if reason else message
        self.plain = plain


def url_settings(text: str) -> dict[str, str]:
    """Return what a URI says, by pgx's keys; raises Fault for what net/url refuses."""
    parts = _URI.fullmatch(text)
    fault = None if parts is None else _url_fault(text, parts)
    if parts is None or fault:
        reason, plain = fault or ("invalid URL", "it is no URI")
        raise Fault("failed to parse as URL", reason, plain)
    info, at, address = parts[2].rpartition("@")
    settings: dict[str, str] = {}
    if at:
        user, colon, password = info.partition(":")
        settings |= {"user": _plain(user)} if user else {}
        if colon:
            settings["password"] = _plain(password)
    settings |= _hosts(_plain(address))
    if database := _plain(parts[3]).lstrip("/"):
        settings["database"] = database
    for pair in (parts[4] or "").split("&"):
        key, _, value = pair.partition("=")
        if key and ";" not in pair and not _BAD_ESCAPE.search(pair):
            plain = _plain(key.replace("+", " "))
            settings[KEYS.get(plain, plain)] = _plain(value.replace("+", " "))
    return settings


def _hosts(address: str) -> dict[str, str]:
    """Return hosts and ports of a URI's address, each as one list in a text."""
    hosts, ports = [], []
    for host in filter(None, address.split(",")):
        name, _, port = host.rpartition(":") if not _is_address_alone(host) else (host, "", "")
        if ":" in name and not name.startswith("[") and not _is_address_alone(name):
            reason = f"failed to split host:port in '{host}', err: address {host}: too many colons in address"
            raise Fault("failed to parse as URL", reason, "the host is not a host name or an address")
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
    return _bytes(text).decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape"))


def masked(text: str) -> str:
    """Return a string as pgx shows it: one way for a URI that can be read, three patterns for all else."""
    parts = _URI.fullmatch(text)
    if parts is not None and not _url_fault(text, parts):
        info, at, address = parts[2].rpartition("@")
        user, colon, _ = info.partition(":")
        path = parts[3] if _VALID_PATH.fullmatch(parts[3]) else quote(_bytes(parts[3]), _KEPT_IN_PATHS)
        place = f"{user}:xxxxx@{address}" if at and colon else parts[2]
        return f"{parts[1]}://{place}{path}{text[parts.end(3) :]}"
    text = re.sub(r"password='[^']*'", "password=xxxxx", text)
    text = re.sub(r"password=[^ ]*", "password=xxxxx", text)
    return re.sub(r":[^:@]+?@", ":xxxxxx@", text)
