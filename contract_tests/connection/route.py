"""The route to a server: its address, the proxy in between, and whom TLS trusts.

Requests, raw requests and the log stream are all sent over ``dial``, so that what holds for one holds for all.
"""

import base64
import errno
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import certifi
from python_socks import ProxyError, ProxyTimeoutError
from python_socks.sync import Proxy

from contract_tests.errors import NotJudged, OutOfMeans

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Where other clients look for authorities, the first that is set."""
_PORTS = {"http": 80, "https": 443}
_OWN_FAULTS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""What has nothing to do with who is to be reached: no more files or memory on this machine."""
_PROXY_SCHEMES = ("http", "socks4", "socks5")


class CannotConnect(OSError):
    """There is no connection to the server; the text says what is in the way, in one line."""


@dataclass(frozen=True)
class Trust:
    """What TLS is told: files of authorities and of the client's own certificate, or to accept any certificate."""

    ca_bundle: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    insecure: bool = False


@dataclass(frozen=True, repr=False)
class Route:
    """How to reach a server. ``proxy`` is the URL of one, with its password, or empty; ``tls`` is None for http."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy: str = ""

    @property
    def is_forwarded(self) -> bool:
        """Whether plain requests are given to an HTTP proxy, whole, instead of passing through a tunnel."""
        return self.tls is None and self.proxy.startswith("http:")

    @property
    def proxy_credentials(self) -> str:
        """What an HTTP proxy is to be told about who asks; empty where its URL names nobody."""
        parts = urlsplit(self.proxy)
        if parts.username is None:
            return ""
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    @property
    def proxy_in_words(self) -> str:
        """The proxy without user and password."""
        parts = urlsplit(self.proxy)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def direct_route(url: str) -> Route:
    """Return the route to a server on this machine, whatever the environment says."""
    parts = urlsplit(url)
    return Route(parts.hostname or "", parts.port or _PORTS[parts.scheme])


def route_to(url: str, trust: Trust) -> Route:
    """Return the route to a server, by the environment's variables for proxies and authorities.

    Raises NotJudged, with one line, for a file or a proxy that cannot be used.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    is_encrypted = parts.scheme == "https"
    # Files that were named are to be right also where the URL has no use for them.
    tls = _context(trust) if is_encrypted or trust.ca_bundle or trust.client_cert else None
    return Route(host, port, tls if is_encrypted else None, _proxy_for(parts.scheme, host, port))


def dial(route: Route, seconds: float, *, forwarded: bool = False) -> socket.socket:
    """Return a connection to the server, encrypted where its URL says so.

    Raises CannotConnect where there is none, and OutOfMeans where this machine is at its end instead of the server.
    With ``forwarded``, and where the route is so, it ends at the proxy, which takes whole requests; otherwise what is
    sent reaches the server as it is, through a tunnel.
    """
    if forwarded and route.is_forwarded:
        parts = urlsplit(route.proxy)
        connection = _to_proxy(
            route, lambda: socket.create_connection((parts.hostname or "", parts.port or 80), seconds)
        )
    elif route.proxy:
        connection = _to_proxy(route, lambda: Proxy.from_url(route.proxy).connect(route.host, route.port, seconds))
    else:
        connection = _plain(route, seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _encrypted(route, connection) if route.tls else connection


def _plain(route: Route, seconds: float) -> socket.socket:
    try:
        return socket.create_connection((route.host, route.port), seconds)
    except socket.gaierror as error:
        raise CannotConnect(f"the name {route.host} cannot be resolved: {error.strerror}") from None
    except TimeoutError:
        raise CannotConnect(f"{route.host}:{route.port} takes no connection within {seconds:g} s") from None
    except OSError as error:
        _tell_own_fault(error)
        raise CannotConnect(f"nothing listens at {route.host}:{route.port}: {error.strerror or error}") from None


def _tell_own_fault(error: OSError) -> None:
    if error.errno in _OWN_FAULTS:
        raise OutOfMeans(f"this machine opens no more connections: {os.strerror(error.errno)}; see ulimit -n") from None


def _to_proxy(route: Route, connect: Callable[[], socket.socket]) -> socket.socket:
    named = f"the proxy {route.proxy_in_words} (from the environment)"
    advice = f"set NO_PROXY={route.host} to go without it"
    try:
        return connect()
    except (ProxyTimeoutError, TimeoutError):
        raise CannotConnect(f"{named} does not answer: {advice}") from None
    except ProxyError as error:
        raise CannotConnect(f"{named} lets no connection to {route.host}:{route.port} through: {error}") from None
    except OSError as error:
        _tell_own_fault(error)
        raise CannotConnect(f"{named} cannot be reached: {error.strerror or error}; {advice}") from None


def _encrypted(route: Route, connection: socket.socket) -> ssl.SSLSocket:
    where = f"{route.host}:{route.port}"
    assert route.tls is not None  # noqa: S101  # the caller has looked
    try:
        return route.tls.wrap_socket(connection, server_hostname=route.host)
    except TimeoutError:
        connection.close()
        raise CannotConnect(f"{where} does not answer to TLS: is it https?") from None
    except ssl.SSLCertVerificationError as error:
        raise CannotConnect(
            f"the certificate of {where} is not accepted ({error.verify_message}): name its authority with --ca-bundle"
        ) from None
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise CannotConnect(f"{where} and this client find no common TLS ({reason}): is it https?") from None
    except OSError as error:
        raise CannotConnect(f"{where} ends the connection during TLS: {error.strerror or error}") from None


def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if trust.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if trust.ca_bundle or not trust.insecure:
        _load_authorities(context, trust.ca_bundle)
    if trust.client_cert:
        try:
            context.load_cert_chain(trust.client_cert, trust.client_key)
        except OSError as error:
            reason = error.strerror or "not a certificate with its key in PEM"
            raise NotJudged(f"--client-cert {trust.client_cert} cannot be used: {reason}") from None
    return context


def _load_authorities(context: ssl.SSLContext, given: Path | None) -> None:
    named = next((name for name in _CA_VARIABLES if os.environ.get(name)), None)
    source, bundle = ("--ca-bundle", str(given)) if given else (named, os.environ[named] if named else certifi.where())
    try:
        is_folder = Path(bundle).is_dir()
        context.load_verify_locations(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except OSError as error:
        reason = error.strerror or "no certificates in PEM"
        raise NotJudged(f"{source} {bundle} cannot be used: {reason}") from None


def _proxy_for(scheme: str, host: str, port: int) -> str:
    """Return the URL of the proxy for a server; empty for none."""
    proxies = getproxies_environment()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy or proxy_bypass_environment(f"{host}:{port}", proxies) or _is_in_networks(host, proxies.get("no", "")):
        return ""
    url = proxy if "://" in proxy else f"http://{proxy}"
    url = url.replace("socks5h:", "socks5:").replace("socks4a:", "socks4:")
    try:
        is_usable = urlsplit(url).scheme in _PROXY_SCHEMES and bool(urlsplit(url).hostname) and urlsplit(url).port
    except ValueError:
        is_usable = False
    if not is_usable:
        shown = url.partition("://")[0]
        raise NotJudged(
            f"the proxy for {scheme}:// in the environment ({shown}://…) cannot be used: it is to be a URL with a port,"
            f" of {', '.join(_PROXY_SCHEMES)}; NO_PROXY={host} goes without it"
        )
    return url


def _is_in_networks(host: str, listed: str) -> bool:
    """Say whether an address is in one of the networks of NO_PROXY, such as 10.0.0.0/8."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for each in listed.split(","):
        try:
            if address in ipaddress.ip_network(each.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False
