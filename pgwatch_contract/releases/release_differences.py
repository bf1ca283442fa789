"""What changed between two releases of pgwatch beside their documents: known deviations, wording, tokens, the log."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pgwatch_contract.catalogue import read_entries
from pgwatch_contract.releases.differences import Change, operation_ids
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import Known, Release

_PARSERS = {"go": "Go's own JSON parser", "jsoniter": "jsoniter"}
_STORES = {"yaml": ", with a YAML file", "postgres": ", with PostgreSQL", None: ""}


def release_differences(old: Release, new: Release) -> Iterator[Change]:
    """Return what a release does unlike another although the contract is silent on it, or is against it.

    A deviation that comes breaks a client, unless it is at operations that the old release does not have; so does a
    token that no longer survives a restart.
    """
    yield from _deviations(old, new)
    for where, key, words in _HABITS:
        ours, theirs = old.dialect.get(key), new.dialect.get(key)
        if ours != theirs:
            is_breaking = key == "secret" and theirs is None
            yield Change(where, words(ours, theirs), is_breaking, "habit")
    yield from _log_lines(old.dialect["log"], new.dialect["log"])


def _deviations(old: Release, new: Release) -> Iterator[Change]:
    catalogue = read_entries()
    before, after = ({(each.name, each.store): each for each in one.deviations} for one in (old, new))
    there = operation_ids(release_document(old.name))
    for known in [after[key] for key in after if key not in before]:
        entry = catalogue.get(known.name, {})
        shown_at = set(known.operations or entry.get("operations") or entry.get("at", ()))
        is_breaking = not shown_at or bool(shown_at & there)
        yield Change("known deviations", f"new: {_in_words(known, catalogue)}", is_breaking, "habit")
    for known in [before[key] for key in before if key not in after]:
        text = f"no longer: {_in_words(known, catalogue)}"
        yield Change("known deviations", text, is_breaking=False, kind="habit")


def _in_words(known: Known, catalogue: Mapping[str, Any]) -> str:
    title = catalogue.get(known.name, {}).get("title", "")
    return f"{title} ({known.name}{_STORES[known.store]})".strip()


def _log_lines(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in [name for name in new if old.get(name) not in (None, new[name])]:
        text = f"has the line {new[name]}, no longer {old[name]}"
        yield Change("the log", text, is_breaking=False, kind="habit")


def _secret(_: Any, now: Any) -> str:
    if now is None:
        return "no longer survive a restart of the server: they are signed with a secret that each process draws"
    return "survive a restart of the server, and can be made by anyone: the secret that signs them is a published one"


def _duplicates(_: Any, now: Any) -> str:
    if now:
        return "of one name in a YAML file are all listed now"
    return "of one name in a YAML file keep it from being read now; before, all of them were listed"


_HABITS: tuple[tuple[str, str, Callable[[Any, Any], str]], ...] = (
    ("tokens", "secret", _secret),
    ("error texts", "json", lambda was, now: f"of bodies are those of {_PARSERS[now]}, no longer of {_PARSERS[was]}"),
    ("error texts", "jwt", lambda was, now: f"of tokens are those of golang-jwt {now}, no longer of version {was}"),
    (
        "all paths",
        "redirect",
        lambda was, now: f"with superfluous parts are redirected with {now}, no longer with {was}",
    ),
    ("sources", "lists-duplicates", _duplicates),
)
"""Where a reader looks for it, the key of ``dialect``, and the words. What a deviation tells already is not here."""
