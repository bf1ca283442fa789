"""``--release auto``: finds out which release of pgwatch answers, by requests that only read.

A run that may write adds a source of its own where those leave several: what comes of it tells more of them apart.

The facts behind the questions were measured on real servers of each family.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from contract_tests.asking import definitions, sources
from contract_tests.asking.transport import Http
from contract_tests.contract.clauses import read_clauses
from contract_tests.contract.document import NOBODY, load_contract
from contract_tests.errors import Gone, Harm, NotJudged
from contract_tests.judging.suite import Suite
from contract_tests.run.start import reach, watch_neighbours
from contract_tests.target import tokens
from contract_tests.target.guard import Permission
from contract_tests.target.settings import Settings
from pgwatch_contract.releases.release import read_release, release_names

_OF_ALL_BUILT_IN = {"db_size", "instance_up", "stat_statements", "vmstat", "wal", "settings"}
"""Some of the metrics that are built in in every release: a set of the user's own is told by them from those."""
Ask = Callable[[Http], set[str] | None]
"""Asks a server something; returns the releases that answer so, or None where the answer does not tell them apart."""


@dataclass(frozen=True)
class Recognised:
    """The releases that a server can be, the likeliest first; none where it is no release of pgwatch."""

    candidates: tuple[str, ...] = ()
    has_written: bool = False

    @property
    def best(self) -> str | None:
        """The likeliest of them, as which the server is judged."""
        return next(iter(self.candidates), None)

    @property
    def names(self) -> str:
        """All of them, the oldest first: ``5.3 or 6.0``."""
        return " or ".join(name for name in release_names() if name in self.candidates)

    @property
    def in_words(self) -> str:
        """The release, and how sure that is."""
        if not self.candidates:
            return "this is no release of pgwatch that is known"
        if len(self.candidates) > 1:
            asked = "no request" if self.has_written else "no request that only reads"
            return f"pgwatch {self.names}: {asked} tells them apart here; judged as {self.best}"
        tags = read_release(self.candidates[0]).tags
        which = f", that is one of {', '.join(tags)}" if len(tags) > 1 else ""
        return f"pgwatch {self.best}, found by what it answers{which}"


def recognise(http: Http) -> Recognised:
    """Return the releases that answer as the server at a signed-in target does; a dozen GETs."""
    questions = (_items, _jwt, _login_get, _log_refusal, _secret, _probes, _fields, _escapes, _fractions)
    left = _narrowed(set(release_names()), questions, http)
    # Somebody may have changed some of those built in: what they tell is a hint.
    return Recognised(_likeliest_first(left & (_built_in(http) or left) or left))


def told_apart(suite: Suite, found: Recognised) -> Recognised:
    """Return those of several releases that treat a source of the run's own as the server does.

    The source goes again. Raises NotJudged where a server takes none, and Harm where it harms what others have.
    """
    if suite.settings.permission is Permission.OWN:
        watch_neighbours(suite)
        sources.prepare(suite.unjudged, suite.before)
    questions = (_takes_fractions, _fields, _escapes)
    return Recognised(_likeliest_first(_narrowed(set(found.candidates), questions, suite.unjudged)), has_written=True)


def with_release(settings: Settings) -> tuple[Settings, Recognised]:
    """Return the settings with the release that the server at the URL turned out to be, and how sure that is.

    Raises NotJudged where the server cannot be reached, or is no release that is known.
    """
    reading = replace(settings, release=None, allow_writes=False, throwaway=False)
    found = _found(reading, lambda suite: recognise(suite.unjudged))
    if found.best is None:
        raise NotJudged(f"{found.in_words}: name the release with --release, or leave that out")
    if len(found.candidates) > 1 and settings.permission > Permission.READ:
        found = _found(replace(settings, release=found.best), partial(told_apart, found=found))
    return replace(settings, release=found.best), found


def _found(settings: Settings, find: Callable[[Suite], Recognised]) -> Recognised:
    """Reach the server, and return what is found of it; what was added for that is gone then."""
    suite = reach(settings, load_contract(settings.spec, settings.release), read_clauses(), (), None)
    is_untouchable = False
    try:
        return find(suite)
    except (Gone, Harm):
        is_untouchable = True
        raise
    finally:
        suite.end(is_untouchable)


def _narrowed(candidates: set[str], questions: Sequence[Ask], http: Http) -> set[str]:
    """Return those of some releases that no answer of the server speaks against."""
    for ask in questions:
        found = ask(http)
        candidates = candidates if found is None else candidates & found
    return candidates


def _likeliest_first(names: set[str]) -> tuple[str, ...]:
    newest_first = [name for name in reversed(release_names()) if name in names]
    return tuple(sorted(newest_first, key=_is_beta))


def _is_beta(name: str) -> bool:
    """Say whether nothing of a release but betas is out: then an older one is likelier."""
    return all("beta" in tag for tag in read_release(name).tags)


def _speaking(word: str, value: object) -> set[str]:
    """Return the releases whose file says that they do something in a certain way."""
    return {name for name in release_names() if read_release(name).dialect.get(word) == value}


def _from(first: str) -> set[str]:
    """Return a release and all later ones."""
    names = release_names()
    return set(names[names.index(first) :])


def _items(http: Http) -> set[str]:
    """From 4.0 on a source has a path of its own; before, the path is one of a page that is not there."""
    answer = http.send("GET", f"/source/{NOBODY}")
    texts = {"source not found\n": _from("4.0"), "404 page not found\n": set(release_names()) - _from("4.0")}
    return texts.get(answer.text, set()) if answer.status == 404 else set()


def _jwt(http: Http) -> set[str]:
    """Up to 3.2 a token that is none is refused in the words of golang-jwt 3, later in those of golang-jwt 5."""
    answer = http.send("GET", "/source", token="x")  # noqa: S106  # it is none
    texts = {
        "token contains an invalid number of segments\n": 3,
        "token is malformed: token contains an invalid number of segments\n": 5,
    }
    return _speaking("jwt", texts.get(answer.text))


def _login_get(http: Http) -> set[str]:
    """GET /login is 200 before 5.0, and 405 from then on."""
    return _speaking("login-get", http.send("GET", "/login", token="").status)


def _log_refusal(http: Http) -> set[str] | None:
    """Up to 3.2 a request for the log that is no handshake is refused in one line, from 3.3 on in two."""
    lines = http.send("GET", "/log").text.count("\n")
    return {1: _speaking("log-refusal", "plain"), 2: _speaking("log-refusal", "doubled")}.get(lines)


def _secret(http: Http) -> set[str] | None:
    """Tokens signed with the secret that stands in pgwatch's source count in 3.0 to 4.1 and in 5.0 to 5.2 alone."""
    secrets = {str(secret) for name in release_names() if (secret := read_release(name).dialect.get("secret"))}
    for secret in secrets:
        answer = http.send("GET", "/preset", token=tokens.forge(secret))
        if answer.status is None:
            return None
        # A storage that cannot be read is 500, but only to who has a token that counts.
        if answer.status != 401:
            return _speaking("secret", secret)
    # A server can also have been given another one.
    return _speaking("secret", None) if secrets else None


def _probes(http: Http) -> set[str] | None:
    """3.0 has no health probes: their path is one of a page that is not there."""
    answer = http.send("GET", "/liveness", token="")
    first = set(release_names()) - _from("3.1")
    return first if (answer.status, answer.text) == (404, "404 page not found\n") else _from("3.1")


def _built_in(http: Http) -> set[str] | None:
    """How many metrics and presets a server has that was started without any tells of some releases."""
    metrics, presets = (definitions.list_definitions(http, kind) for kind in ("metrics", "presets"))
    if metrics is None or presets is None or not metrics.keys() >= _OF_ALL_BUILT_IN:
        return None
    pair = len(metrics), len(presets)
    return {name for name in release_names() if pair in read_release(name).built_in}


def _fractions(http: Http) -> set[str] | None:
    """From 5.2 on intervals are whole numbers: one that is not tells that a release is older."""
    presets = definitions.list_definitions(http, "presets") or {}
    listed = sources.list_sources(http) or []
    maps = [
        each.get(field)
        for each in [*presets.values(), *listed]
        if isinstance(each, dict)
        for field in ("Metrics", "MetricsStandby")
    ]
    numbers = [number for each in maps if isinstance(each, dict) for number in each.values()]
    is_older = any(isinstance(number, float) and not number.is_integer() for number in numbers)
    return set(release_names()) - _from("5.2") if is_older else None


def _takes_fractions(http: Http) -> set[str] | None:
    """From 5.2 on a source is refused for an interval that is no whole number; that tells where others are taken."""
    name = http.target.name
    each = {"PresetMetrics": "", "CustomTags": {"signs": "<&>"}}
    taken = [
        http.send("POST", "/source", json=sources.source(http.target, name(what), Metrics={"a": number}, **each))
        for what, number in (("whole", 60), ("fraction", 60.5))
    ]
    if taken[0].status not in (200, 201):
        return None
    return set(release_names()) - _from("5.2") if taken[1].status in (200, 201) else _from("5.2")


def _fields(http: Http) -> set[str] | None:
    """IsSuperuser went with 3.3, HostConfig with 4.0; a server without sources does not tell."""
    try:
        listed = json.loads(http.send("GET", "/source").body)
    except ValueError:
        return None
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return None
    has = listed[0].keys()
    if "IsSuperuser" in has:
        return set(release_names()) - _from("3.3")
    return _from("3.3") - _from("4.0") if "HostConfig" in has else _from("4.0")


def _escapes(http: Http) -> set[str] | None:
    """Up to 3.4 ``<``, ``>`` and ``&`` are escaped in JSON, as encoding/json does it; from 3.5 on they are not."""
    answers = [http.send("GET", path) for path in ("/metric", "/source")]
    text = "".join(answer.text for answer in answers if answer.status == 200)
    if any(sign in text for sign in "<>&"):
        return _speaking("json", "jsoniter")
    has_escapes = any(escape in text for escape in ("\\u003c", "\\u003e", "\\u0026"))
    return _speaking("json", "go") if has_escapes else None
