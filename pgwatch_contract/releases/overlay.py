"""OpenAPI Overlays: a document and a list of actions give another document.

As https://spec.openapis.org/overlay/v1.0.0.html has it, but for two things that are errors here: a target that matches
nothing (the specification lets it pass, and a typing error with it), and an update that would meet a list inside an
object (the specification does not say whether the list is replaced or grows, and tools differ).
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jsonpath import JSONPathEnvironment, JSONPathError, JSONPathMatch

Document = dict[str, Any]
_JSONPATH = JSONPathEnvironment(strict=True)  # RFC 9535, without the library's own additions


class OverlayError(Exception):
    """An action cannot be applied; its text names the action by its number, from 1, and its target."""


def apply_overlay(document: Mapping[str, Any], actions: Iterable[Mapping[str, Any]]) -> Document:
    """Return a document as it is after the actions, which are applied in turn; the one given stays as it is.

    Each action has a ``target`` (JSONPath, RFC 9535) and either ``remove: true`` or an ``update``, which is merged
    into the objects that the target selects, or appended to the lists. Raises OverlayError for a target that cannot
    be read or matches nothing, and for an update that does not fit what it selects.
    """
    changed = copy.deepcopy(dict(document))
    for number, action in enumerate(actions, 1):
        target = action.get("target")
        try:
            _apply(changed, action)
        except OverlayError as error:
            raise OverlayError(f"action {number}, target {target}: {error}") from None
    return changed


def _apply(document: Document, action: Mapping[str, Any]) -> None:
    matches = _select(document, action.get("target"))
    if action.get("remove"):
        # From the end, so that what is removed of a list does not move what is still to be removed.
        for match in reversed(matches):
            _remove(document, match.parts)
    elif "update" in action:
        for match in matches:
            _update(match.obj, copy.deepcopy(action["update"]))
    else:
        raise OverlayError("it has neither an update nor remove: true")


def _select(document: Document, target: object) -> list[JSONPathMatch]:
    if not isinstance(target, str):
        raise OverlayError("the target is not a text; give a JSONPath such as $.paths['/source'].put")
    try:
        matches = list(_JSONPATH.finditer(target, document))
    except JSONPathError as error:
        raise OverlayError(f"not a JSONPath (RFC 9535): {str(error).splitlines()[0]}") from None
    if not matches:
        raise OverlayError("it matches nothing; see whether it is spelt as in the document before this action")
    return matches


def _remove(document: Document, parts: Sequence[int | str]) -> None:
    if not parts:
        raise OverlayError("the whole document cannot be removed")
    parent: Any = document
    for step in parts[:-1]:
        parent = parent[step]
    del parent[parts[-1]]


def _update(selected: object, update: object) -> None:
    if isinstance(selected, list):
        selected.append(update)
    elif not isinstance(selected, dict):
        raise OverlayError(f"an update needs an object or a list, and this is {selected!r}; target what holds it")
    elif not isinstance(update, dict):
        raise OverlayError(f"an object cannot be updated by {update!r}; give an object")
    else:
        _merge(selected, update)


def _merge(old: Document, new: Document) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            _merge(old[key], value)
        elif isinstance(value, list) and isinstance(old.get(key), list):
            raise OverlayError(f"{key} is a list already: tools differ on what becomes of it; remove it before")
        else:
            old[key] = value
