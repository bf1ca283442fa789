"""Where values stand: the places of a schema, by sort, and how the value of one is changed.

``Group`` is a field, ``CustomTags.*`` each value of a map, ``HostConfig.DcsEndpoints.*`` each item of a list.
"""

from collections.abc import Callable, Iterator
from typing import Any

from mockserver.deviations.kinds.values import BOOLEAN, CHOICE, LIST, MAP, NUMBER, TEXT

EACH = "*"
_TYPES: dict[str, tuple[type, ...]] = {
    TEXT: (str,),
    CHOICE: (str,),
    NUMBER: (int, float),
    BOOLEAN: (bool,),
    LIST: (list,),
    MAP: (dict,),
}


def places_of(schema: dict[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Give the places in a schema without references, and the sort of each."""
    schema = schema["allOf"][0] if "allOf" in schema else schema
    if "properties" in schema:
        for name, part in schema["properties"].items():
            yield from places_of(part, f"{at}.{name}" if at else name)
        return
    yield at, _sort_of(schema)
    inner = schema.get("items") or schema.get("additionalProperties")
    if isinstance(inner, dict):
        yield from places_of(inner, f"{at}.{EACH}")


def _sort_of(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return CHOICE
    return {"string": TEXT, "boolean": BOOLEAN, "array": LIST, "object": MAP}.get(schema["type"], NUMBER)


def changed_at(value: Any, place: str, sort: str, change: Callable[[Any], Any]) -> Any:
    """Return a value with what stands at a place changed; what is null there, or of another sort, stays."""
    step, _, rest = place.partition(".")
    if not place:
        is_of_sort = isinstance(value, _TYPES[sort]) and (sort == BOOLEAN or not isinstance(value, bool))
        return change(value) if is_of_sort else value
    if step == EACH:
        if isinstance(value, list):
            return [changed_at(each, rest, sort, change) for each in value]
        return {name: changed_at(each, rest, sort, change) for name, each in value.items()} if value else value
    if not isinstance(value, dict) or step not in value:
        return value
    return {**value, step: changed_at(value[step], rest, sort, change)}
