"""Which operations of the contract a release has: ``x-since`` names the first one that has it; without, none has.

So an operation that is added to the contract touches no release.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Action = Mapping[str, Any]
SINCE = "x-since"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_COMPONENT = re.compile(r"#/components/([^/]+)/([^/]+)")


def actions_of_absence(document: Document, release: str) -> list[Action]:
    """Return the overlay's actions that take what a release does not have out of a contract, and ``x-since``.

    Raises LookupError where no operation is left: the document is none of ours, or says nowhere when one came. What
    else is wrong with it is for others to say.
    """
    actions: list[Action] = []
    is_empty = True
    for path, operations in _operations(document):
        absent = {method: part.get(SINCE) for method, part in operations.items() if not _has(release, part.get(SINCE))}
        if len(absent) == len(operations):
            actions.append(_removal(f"$.paths[{_quoted(path)}]", absent))
            continue
        is_empty = False
        if absent:
            methods = ", ".join(map(_quoted, absent))
            actions.append(_removal(f"$.paths[{_quoted(path)}][{methods}]", absent))
    if is_empty:
        raise LookupError(
            f"{release} has none of the contract's operations: {SINCE} at each says since which release it is there"
        )
    return [*actions, {"target": f"$.paths.*.*[{_quoted(SINCE)}]", "remove": True}]


def actions_of_tidiness(before: Document, after: Document) -> list[Action]:
    """Return the actions that take out what nothing needs any more, after what used it in ``before`` is gone.

    That is: components, tags, and paths that answer HEAD.
    """
    unused = _unused(after) - _unused(before)
    parts = [part for _, operations in _operations(after) for part in operations.values()]
    tags = {tag for part in parts for tag in _list(part.get("tags"))}
    answering_head = _list(_map(_map(after.get("x-http-manners")).get("head")).get("paths"))
    targets = [f"$.components.{section}[{_quoted(name)}]" for section, name in sorted(unused)]
    gone = [tag["name"] for tag in _list(after.get("tags")) if "name" in _map(tag) and tag["name"] not in tags]
    targets += [f"$.tags[?@.name == {_quoted(tag)}]" for tag in gone]
    targets += [
        f"$['x-http-manners'].head.paths[?@ == {_quoted(path)}]"
        for path in answering_head
        if path not in _map(after.get("paths"))
    ]
    return [{"target": target, "remove": True} for target in dict.fromkeys(targets)]


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield each path that has operations, with them by their methods."""
    for path, item in _map(_map(document).get("paths")).items():
        operations = {method: part for method, part in _map(item).items() if method in METHODS and _map(part)}
        if operations:
            yield path, operations


def _map(value: Any) -> Document:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _has(release: str, since: Any) -> bool:
    return since is not None and _numbers(since) <= _numbers(release)


def _numbers(version: Any) -> list[int]:
    try:
        return [int(part) for part in version.split(".")]
    except (AttributeError, ValueError):
        raise LookupError(f"{SINCE} {version!r}: it must be the name of a release, such as '3.1'") from None


def _removal(target: str, absent: Mapping[str, str | None]) -> Action:
    first = next(iter(absent.values()))
    why = f"It came with {first}." if first else "No release of pgwatch has it."
    return {"target": target, "description": why, "remove": True}


def _quoted(name: str) -> str:
    """Return a name as it stands in a JSONPath."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _unused(document: Document) -> set[tuple[str, str]]:
    """Return section and name of each component to which nothing leads from outside of the components."""
    components = {section: _map(parts) for section, parts in _map(document.get("components")).items()}
    every = {(section, name) for section in components if section != "securitySchemes" for name in components[section]}
    used: set[tuple[str, str]] = set()
    new = set(_referred({part: each for part, each in document.items() if part != "components"}))
    while new:
        used |= new
        leading = [components.get(section, {}).get(name) for section, name in new]
        new = {each for part in leading for each in _referred(part)} - used
    return every - used


def _referred(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            found = _COMPONENT.match(value) if key == "$ref" and isinstance(value, str) else None
            if found:
                yield found[1], found[2]
            yield from _referred(value)
    elif isinstance(part, list):
        for each in part:
            yield from _referred(each)
