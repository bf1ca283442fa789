"""A release is the one before it and what it changed: the chain of ``releases/*/overlay.yaml``, made one content."""

from collections.abc import Mapping
from typing import Any

Content = Mapping[str, Any]
_GROWING = ("watch-out", "dialect", "deviations")
"""The parts of ``x-release`` that a release has of the one that it follows, but for what it changes."""


class FollowingError(Exception):
    """A release changes what the one before it does not have; its text is one line."""


def following(before: Content, own: Content) -> Content:
    """Return the whole content of a release: that of the one it follows, whole too, and after it what its file says.

    Actions of ``before`` stay, but for those whose ``x-name`` the release ``leaves-out``. Of the growing parts a value
    replaces that of the same key, and null removes it (RFC 7386). Raises FollowingError for what is not there.
    """
    extension = own["x-release"]
    actions = [*_kept(before["actions"], extension.get("leaves-out", ())), *own.get("actions", ())]
    parts = {
        part: _merged(before["x-release"][part], extension.get(part, {}), f"x-release.{part}") for part in _GROWING
    }
    return {**own, "actions": actions, "x-release": {**extension, **parts}}


def _kept(actions: list[Content], left_out: list[str]) -> list[Content]:
    names = [action.get("x-name") for action in actions]
    for name in left_out:
        if name not in names:
            there = ", ".join(sorted(filter(None, names)))
            raise FollowingError(f"x-release.leaves-out: the release before has no action {name!r}; it has {there}")
    return [action for action, name in zip(actions, names, strict=True) if name not in left_out]


def _merged(old: Any, new: Any, where: str) -> Any:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    merged = dict(old)
    for key, value in new.items():
        if value is not None:
            merged[key] = _merged(old.get(key), value, f"{where}.{key}")
        elif key not in old:
            raise FollowingError(f"{where}.{key}: null, and the release before has no {key}: leave it out")
        else:
            del merged[key]
    return merged
