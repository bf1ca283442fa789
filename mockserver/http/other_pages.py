"""Other pages in the browser of whoever runs the mock: what they may ask it for.

A page of any site can send requests to a server on the same machine. What it can read of the answers, CORS says, with
two gaps. A site can let its own name lead to 127.0.0.1 (DNS rebinding), and its pages are then of this server's origin:
so only names count that no site can have. And a request that looks like a form's is sent before CORS is asked, with
the cookie: so one that may change something counts only from pages that are allowed to.
"""

import ipaddress
import re
from collections.abc import Callable, Collection
from functools import lru_cache

from mockserver.console import shortened
from mockserver.http.cors import Cors
from mockserver.http.exchange import Request

_HOST = re.compile(r"(\[[^]]*\]|[^:]*)(?::\d*)?")
_SAFE = ("GET", "HEAD", "OPTIONS")
_OWN_PAGES = (b"same-origin", b"none")
"""What browsers say in Sec-Fetch-Site of a page of the same origin, and of an address that a person has typed."""
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_LONGEST_NAME = 253
MOST_HOSTS = 64
"""So many answers about names are kept."""


def host_filter(address: str, allowed: Collection[str]) -> Callable[[bytes], bool]:
    """Return what says whether a server at an address answers to a Host header, whatever the port in it.

    On a loopback address these are the names of this machine, and those that are allowed; elsewhere all are.
    """
    if not _is_loopback(address):
        return lambda host: True

    @lru_cache(MOST_HOSTS)
    def answers_to(host: bytes) -> bool:
        name = _name_in(host)
        # Without a name there is no page: a browser always sends one.
        return not host or name in allowed or name.split(".")[-1] == "localhost" or _is_loopback(name.strip("[]"))

    return answers_to


def fault_of_host(host: bytes) -> str:
    """Return what to answer a request for a host that is not this server's."""
    name = _name_in(host)
    if not is_host(name):
        return f"this server does not answer to {shortened(name)!r}: it is not the name of a host"
    return f"this server does not answer to the name {name}: start it with --allowed-host {name}"


def name_of(host: bytes) -> str:
    """Return the name in a Host header as people are told of it."""
    return shortened(_name_in(host))


def is_host(text: str) -> bool:
    """Say whether a text is a name or an address as it stands in a Host header, without a port."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def fault_of_page(request: Request, cors: Cors) -> str:
    """Return what to answer a request that a page of a foreign origin must not send; empty for any other.

    The questions are those of Go's http.CrossOriginProtection: browsers say whence a page is in Sec-Fetch-Site, older
    ones in Origin alone.
    """
    origin = request.headers.get(b"origin")
    if request.method in _SAFE or origin is None or cors.allows(origin):
        return ""
    site = request.headers.get(b"sec-fetch-site")
    own = origin.partition(b"://")[2].lower() == request.headers.get(b"host", b"").lower()
    if site in _OWN_PAGES or (site is None and own):
        return ""
    shown = shortened(origin.decode("latin-1"))
    # What has no origin, such as a file, can be let in with all others alone.
    hint = "'*'" if "://" not in shown else shown
    return f"pages of {shown} may not use {request.method} here: start the server with --cors-origin {hint}"


def _name_in(host: bytes) -> str:
    """Return the name in a Host header, in lower case and without its port; all of it where it is no name and port."""
    text = host.decode("latin-1").strip().lower()
    found = _HOST.fullmatch(text)
    return found[1].rstrip(".") if found else text


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
