"""What no output may show: the one place that all texts pass on their way to a report, a terminal or a file.

Three sorts: secrets that are known (password, token, secret of tokens), for which a shell variable stands; values that
a real server keeps for others (connection strings, hosts, passwords, tags), which are learned from its lists; and what
looks like a password or a token of anybody.
"""

import base64
import contextlib
import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from contract_tests.target.canaries import JWT, in_base64

STARS = "***"
_PASSWORD_IN_TEXT = re.compile(r"(?<=://)([^:/@\s]+):[^@\s]+(?=@)|(?<=password=)('[^']*'|\S+)")
_WINDOW = 8
"""So many characters of a token's signature in a row give too much of it away."""
_SHORT = 6
"""A shorter secret is looked for as a word of its own: it may be a part of many."""
_SHORTEST_LEARNED = 4
_PLAIN_FIELDS = ("Name", "Group", "Kind", "PresetMetrics", "PresetMetricsStandby", "IncludePattern", "ExcludePattern")
"""Fields of a source that hold no secret."""
_TEXT_IN_JSON = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
_HOST_AND_PORT = re.compile(r"[\w.-]+:\d+")
_PAIR = re.compile(r"\b(host|hostaddr|password|passfile|sslpassword)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s']+)")


class Hidden:
    """Hides secrets. ``public`` are texts that may be shown although they look like a secret of others."""

    def __init__(self, public: Iterable[str] = ()) -> None:
        self.placeholders: dict[str, str] = {}
        self._public = "\n".join(public).lower()
        self._others: dict[str, None] = {}
        self._windows: set[str] = set()
        self._shown: set[str] = set()
        self._learned: set[str] = set()
        self._seen: set[int] = set()

    def hide(self, secret: str, variable: str) -> None:
        """Show a shell variable in place of a secret, however it is written."""
        if not secret:
            return
        for spelled in _spelled(secret):
            self.placeholders[spelled] = variable
        self._others |= dict.fromkeys(_in_disguise(secret))
        if JWT.fullmatch(secret):
            signature = secret.rpartition(".")[2]
            self._windows |= {signature[start : start + _WINDOW] for start in range(len(signature) - _WINDOW + 1)}

    def hide_header(self, name: str, value: str) -> None:
        """Show a shell variable, named like a header, in place of its value: ``${AUTHORIZATION}``.

        What follows a scheme is hidden by itself too, and what a Basic one holds.
        """
        variable = re.sub(r"\W", "_", name).upper()
        self.hide(value, variable)
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):
                pair = base64.b64decode(rest).decode()
                for each in (pair, pair.partition(":")[2]):
                    self.hide(each, f"{variable}_IN_PLAIN")
        if rest:
            self.hide(rest, f"{variable}_VALUE")

    def show(self, token: str) -> str:
        """Let a token be shown that was made to be refused, and return it: it opens nothing."""
        self._shown.add(token)
        return token

    def learn(self, body: bytes, own: str) -> None:
        """Hide what a list of sources, whole or not, has of others: ``own`` begins the names of the run's own."""
        if hash(body) in self._seen:
            return
        self._seen.add(hash(body))
        text = body.decode("utf-8", "replace")
        try:
            values = set(_values_of_others(json.loads(text), own))
        except (ValueError, RecursionError):
            values = set() if own and own in text else set(_values_in_pieces(text))
        for value in values - self._learned:
            self._learned.add(value)
            if len(value) >= _SHORTEST_LEARNED and value.lower() not in self._public:
                self._others |= dict.fromkeys([*(each.lower() for each in _spelled(value)), *_in_disguise(value)])

    def masked(self, text: str) -> str:
        """Return a text without any of what is to be hidden."""
        for secret in sorted(self.placeholders, key=len, reverse=True):
            if secret in text:
                text = _pattern(secret).sub(f"${self.placeholders[secret]}", text)
        text = JWT.sub(lambda match: match[0] if match[0] in self._shown else STARS, text)
        lower = text.lower()
        for secret in sorted((each for each in self._others if each in lower), key=len, reverse=True):
            text = _pattern(secret, re.IGNORECASE).sub(STARS, text)
        text = _PASSWORD_IN_TEXT.sub(lambda match: f"{match[1]}:{STARS}" if match[1] else STARS, text)
        return self._without_windows(text)

    def _without_windows(self, text: str) -> str:
        """Return a text without pieces of the signatures of tokens that count."""
        places = range(len(text) - _WINDOW + 1) if self._windows else range(0)
        hits = {
            place + step
            for place in places
            if text[place : place + _WINDOW] in self._windows
            for step in range(_WINDOW)
        }
        if not hits:
            return text
        marked = "".join("\0" if place in hits else each for place, each in enumerate(text))
        return re.sub("\0+", STARS, marked)


@functools.cache
def _pattern(secret: str, flags: int = 0) -> re.Pattern[str]:
    escaped = re.escape(secret)
    return re.compile(escaped if len(secret) >= _SHORT else rf"(?<!\w){escaped}(?!\w)", flags)


def _spelled(secret: str) -> list[str]:
    """Return how a secret is written as it is, in JSON and in a URL."""
    in_json = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    return list(dict.fromkeys([secret, *in_json, quote(secret, safe=""), quote(secret), quote_plus(secret)]))


def _in_disguise(secret: str) -> Iterator[str]:
    """Give what else a secret can look like, in lower case: other case, quoted or in base64."""
    for spelled in _spelled(secret):
        yield spelled.lower()
    yield repr(secret)[1:-1].lower()
    if len(secret) >= _SHORT:
        yield base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("=").lower()
        yield from (each.lower() for each in in_base64(secret))


def _values_of_others(listed: Any, own: str) -> Iterator[str]:
    """Give all texts that a list of sources has of others, but for those of fields that hold no secret."""
    sources = listed if isinstance(listed, list) else [listed]
    for source in sources:
        name = source.get("Name") if isinstance(source, dict) else None
        if own and isinstance(name, str) and name.startswith(own):
            continue
        plain = {key: value for key, value in source.items() if key not in _PLAIN_FIELDS} if name else source
        for text in _texts(plain):
            yield from _parts(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            # The keys of tags are the user's own; those of fields are the contract's, which is public.
            yield key
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _values_in_pieces(text: str) -> Iterator[str]:
    """Give all texts in what is no JSON, as a list that is cut off or has a comma too many."""
    key = ""
    for token, colon in _TEXT_IN_JSON.findall(text):
        try:
            value = json.loads(f'"{token}"')
        except ValueError:
            value = token
        if colon:
            key = value
        elif key not in _PLAIN_FIELDS:
            yield from _parts(value)


def _parts(text: str) -> Iterator[str]:
    """Give a text, and the hosts and passwords in it where it is a connection string."""
    yield text
    if _HOST_AND_PORT.fullmatch(text):
        yield text.rpartition(":")[0]
    for _, value in _PAIR.findall(text):
        yield from value.strip("'").split(",")
    if "://" in text:
        try:
            parts = urlsplit(text)
            hosts = parts.netloc.rpartition("@")[2].split(",")
            password = parts.password or ""
        except ValueError:
            return
        yield from (password, unquote(password), *hosts, *(host.rpartition(":")[0] for host in hosts))
