"""The guard: decides, before a request is sent, whether the target may get it.

Against a URL the suite reads. Beyond reading, POST /login is let out, and with more permission:

* ``OWN``: POST, PUT and DELETE on sources, metrics and presets whose every name begins with the run's prefix and whose
  body is harmless (``harmless.py``), POST /test-connect with a string that holds the prefix and leads nowhere, or is
  the one that was given, and PATCH, which no release has, without a body.
* ``THROWAWAY``: everything. The mock that the suite starts is such a target.
"""

import enum
import json
import posixpath
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from contract_tests.contract.document import SAFE_METHODS
from contract_tests.target.harmless import TEXT_IN_JSON, Pairs, is_at_rest, mentions_only_nowhere, unreadable_text

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAME_KEY = re.compile(r"\bname\b", re.IGNORECASE)
_COLLECTIONS = ("source", "metric", "preset")


class Permission(enum.IntEnum):
    """What may be sent to a target."""

    READ = 0
    OWN = 1
    THROWAWAY = 2


@dataclass(frozen=True)
class Guard:
    """What one run may send.

    ``prefix`` begins the names of all that the run adds, ``base`` every path. ``names_in_query``: POST /metric and
    /preset have the name in the query (up to release 3.5), not as a key of the body; a run finds out whether that is
    so before it sends any (``definitions.prepare``). ``database`` is a connection string that the server may be asked
    to connect by.
    """

    permission: Permission
    prefix: str
    base: str = ""
    names_in_query: bool = False
    database: str | None = None

    def refusal(self, method: str, url: str, body: bytes) -> str | None:
        """Return why a request must not be sent, None if it may."""
        path = urlsplit(url).path.removeprefix(self.base)
        if self.permission is Permission.THROWAWAY or method in SAFE_METHODS or (method, path) == ("POST", "/login"):
            return None
        if self.permission is Permission.READ:
            return f"{method} {path} is not read-only: allow writes with --allow-writes"
        if not self._is_own(method, path, urlsplit(url).query, body):
            return f"{method} {path} could touch what this run did not create: only --throwaway allows it"
        if harm := _harm_in(path, body):
            return f"{method} {path} {harm}: only --throwaway allows it"
        return None

    def _is_own(self, method: str, path: str, query: str, body: bytes) -> bool:
        if method == "PATCH":
            return not body
        if path == "/test-connect" and method == "POST":
            return self._is_own_connection(body)
        collection, _, segment = path[1:].partition("/")
        if segment and method in ("DELETE", "PUT"):
            name = unquote(segment)
            is_own = quote(name, safe="") == segment and self._is_own_name(name)
            has_name = collection == "source" and method == "PUT"
            return collection in _COLLECTIONS and is_own and (not has_name or self._names_are_own(body))
        if path == "/source" and method in ("POST", "PUT"):
            return self._names_are_own(body)
        if path in ("/metric", "/preset") and method == "POST" and not self.names_in_query:
            return self._keys_are_own(body) and "name" not in {key.lower() for key, _ in parse_qsl(query)}
        is_by_query = method == "DELETE" or (method == "POST" and path != "/source")
        return is_by_query and path[1:] in _COLLECTIONS and self._query_names_are_own(query)

    def _is_own_connection(self, body: bytes) -> bool:
        text = body.decode("utf-8", "replace")
        is_given = bool(self.database) and text.startswith(str(self.database))
        return self.prefix in text and (is_given or mentions_only_nowhere(text))

    def _query_names_are_own(self, query: str) -> bool:
        # Go's server leaves out pairs that it cannot read, and then deletes the source with the empty name.
        if ";" in query or _BAD_ESCAPE.search(query):
            return False
        pairs = parse_qsl(query, keep_blank_values=True)
        names = [value for name, value in pairs if name.lower() == "name"]
        return any(name == "name" for name, _ in pairs) and all(map(self._is_own_name, names))

    def _names_are_own(self, body: bytes) -> bool:
        """Say whether whatever a server could read as the name of a source in a body is the run's own."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return False
        try:
            pairs = json.loads(text, object_pairs_hook=Pairs)
        except (ValueError, RecursionError):
            # Not JSON to us, but perhaps to a tolerant server.
            names_itself = re.match(rf'\s*\{{\s*"Name"\s*:\s*"{re.escape(self.prefix)}', text) is not None
            return names_itself and len(_NAME_KEY.findall(text)) == 1 and "\\" not in text
        if isinstance(pairs, str):
            return self._is_own_name(pairs)
        escaped = [key for key, colon in TEXT_IN_JSON.findall(text) if colon and "\\" in key]
        if any(json.loads(f'"{key}"').lower() == "name" for key in escaped):
            # Releases from 3.5 on do not recognise an escaped key: they would find no name, which is an empty one.
            return False
        names = [value for key, value in pairs if key.lower() == "name"] if isinstance(pairs, Pairs) else []
        return bool(names) and all(map(self._is_own_name, names))

    def _keys_are_own(self, body: bytes) -> bool:
        """Say whether whatever a server could read as the name of a metric or preset in a body is the run's own."""
        text = body.decode("utf-8", "replace")
        try:
            pairs = json.loads(text, object_pairs_hook=Pairs)
        except (ValueError, RecursionError):
            # Not JSON to us, but perhaps to a tolerant server: without quotes there is no name for any.
            return '"' not in text
        if isinstance(pairs, Pairs):
            return all(self._is_own_name(key) for key, _ in pairs)
        return not any(colon for _, colon in TEXT_IN_JSON.findall(text))

    def _is_own_name(self, name: Any) -> bool:
        if not isinstance(name, str) or not name.startswith(self.prefix) or not name.isprintable():
            return False
        # A proxy may decode a path and resolve the dots in it: /source/own%2F..%2Fother would be another's.
        resolved = posixpath.normpath(f"/x/{name}")
        return resolved in ("/", "/x") or resolved.startswith(f"/x/{self.prefix}")


def _harm_in(path: str, body: bytes) -> str | None:
    """Return in words what harm a body of the run's own could do, None for none."""
    collection = path[1:].partition("/")[0]
    if not body or collection not in _COLLECTIONS:
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "could be stored as bytes that nobody can read back"
    if unreadable_text(text) is not None:
        return "holds a text that a YAML store cannot read back"
    if collection == "source" and not is_at_rest(text):
        return "could be monitored: it is not IsEnabled false with a ConnStr that leads nowhere"
    return None
