"""What the body of a write may hold at a server that is not there to be thrown away.

* **Texts that a store reads back.** pgwatch keeps its sources and metrics in YAML by yaml.v3, which writes some texts
  so that it cannot read them again: then every request for the file is a 500, and after a restart nothing is loaded.
  Those are: a text that holds a line feed and begins with a tab, a blank, a line feed, U+2028 or U+2029, as value or
  as key; and ``<<`` as a key. (Found with yaml.v3 3.0.1, which all releases use: 7 million files of random sources,
  metrics and presets without such texts were read back as they were written; each such text alone is lost or breaks
  the file at one of 14 places.)
* **No monitoring.** What is stored is never enabled, and its connection string leads to a host that cannot exist
  (RFC 6761 keeps ``.invalid`` for that): a source that is left without one is monitored at libpq's defaults.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

NOWHERE = "host=unknown.invalid"
"""A connection string that leads to a host that cannot exist."""

TEXT_IN_JSON = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?', re.DOTALL)
"""A text in JSON, or what a tolerant reader may take for one, and the colon after a key."""
_BEFORE_A_LINE = "\t \n\u2028\u2029"
_HOST = r"(?:[\w-]+\.)+invalid(?::\d+)?"
_URI = re.compile(rf"postgres(?:ql)?://(?:[^/?#@]*@)?{_HOST}(?:,{_HOST})*(?:[/?#].*)?", re.DOTALL)
_AUTHORITY = re.compile(r"//([^/?#\s]*)")
_FIELDS = ("IsEnabled", "ConnStr")
_OF_MONITORING = ("isenabled", "connstr")
_PLACE = re.compile(r"(?<![\w$])(host|hostaddr|service|servicefile)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&]*)", re.IGNORECASE)


class Pairs(list[tuple[str, Any]]):
    """A JSON object with all its keys, repeated ones included."""


def is_read_back(text: str, is_key: bool = False) -> bool:
    """Say whether yaml.v3 reads a text again as it has written it, as far as the rest of the file goes."""
    return not (is_key and text == "<<") and not ("\n" in text and text[0] in _BEFORE_A_LINE)


def unreadable_text(body: str) -> str | None:
    """Return a text that a store might not read back, of all keys and values in a body; None if it has none.

    What is no JSON is looked through all the same, for a tolerant server may read it.
    """
    try:
        value = json.loads(body, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        texts: Iterator[tuple[str, bool]] = (
            (_lenient(token), bool(colon)) for token, colon in TEXT_IN_JSON.findall(body)
        )
    else:
        texts = iter(_texts(value))
    return next((text for text, is_key in texts if not is_read_back(text, is_key)), None)


def is_at_rest(body: str) -> bool:
    """Say whether a body, in whatever spelling its fields are, makes no source that a server would monitor.

    It names IsEnabled, as false, and a ConnStr that leads nowhere; JSON of any other kind than an object makes none.
    """
    keys = [token for token, colon in TEXT_IN_JSON.findall(body) if colon]
    if any("\\" in key and _plain(_lenient(key)) in _OF_MONITORING for key in keys):
        return False  # releases from 3.5 on do not recognise an escaped key, and find no field
    try:
        source = json.loads(body, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        return _text_is_at_rest(body)
    if not isinstance(source, Pairs):
        return True
    enabled = [value for key, value in source if _plain(key) == "isenabled"]
    places = [value for key, value in source if _plain(key) == "connstr"]
    return enabled != [] and not any(enabled) and places != [] and all(map(leads_nowhere, places))


def _text_is_at_rest(body: str) -> bool:
    """Say whether a body that is no JSON says of a source, to a tolerant reader, that it is at rest."""
    keys = [_plain(token) for token, colon in TEXT_IN_JSON.findall(body) if colon]
    enabled = re.findall(r'"IsEnabled"\s*:\s*false\b', body)
    places = re.findall(r'"ConnStr"\s*:\s*"([^"\\]*)"', body)
    named = re.findall(r"is_?enabled|conn_?str", body, re.IGNORECASE)
    return (
        keys.count("isenabled") == len(enabled) == 1
        and keys.count("connstr") == len(places) == 1
        and len(named) == 2
        and leads_nowhere(places[0])
    )


def at_rest(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source that no server would monitor, in whatever spelling it reads the fields."""
    kept = {key: value for key, value in source.items() if key in _FIELDS or _plain(key) not in _OF_MONITORING}
    place = source.get("ConnStr")
    return {**kept, "ConnStr": place if leads_nowhere(place) else NOWHERE, "IsEnabled": False}


def leads_nowhere(connection: Any) -> bool:
    """Say whether a connection string, pairs or a URI, names hosts that cannot exist and none besides."""
    if not isinstance(connection, str):
        return False
    places = [(key.lower(), value.strip("'")) for key, value in _PLACE.findall(connection)]
    if not all(key == "host" and _all_invalid(value) for key, value in places):
        return False
    return bool(places) if "://" not in connection else bool(_URI.fullmatch(connection))


def mentions_only_nowhere(text: str) -> bool:
    """Say whether a text that may be no connection string at all leads nowhere, however it is read."""
    places = [(key.lower(), value.strip("'")) for key, value in _PLACE.findall(text)]
    hosts = [host for authority in _AUTHORITY.findall(text) for host in authority.rpartition("@")[2].split(",")]
    return (
        ".invalid" in text
        and all(key == "host" and _all_invalid(value) for key, value in places)
        and all(".invalid" in host for host in hosts)
    )


def _all_invalid(hosts: str) -> bool:
    return all(host.lower().endswith(".invalid") for host in hosts.split(","))


def _plain(key: str) -> str:
    """Return a key as the most tolerant reader compares it: Go takes a long s for an s."""
    return key.replace("_", "").casefold()


def _lenient(token: str) -> str:
    try:
        return str(json.loads(f'"{token}"', strict=False))
    except ValueError:
        return token


def _texts(value: Any) -> Iterator[tuple[str, bool]]:
    """Give all texts in a value and whether each is a key."""
    if isinstance(value, str):
        yield value, False
    elif isinstance(value, Pairs):
        for key, each in value:
            yield key, True
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
