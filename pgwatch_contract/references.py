"""What the references of a document lead to, which is always in the document itself."""

from collections.abc import Mapping
from typing import Any

from referencing import Registry, Specification
from referencing.exceptions import Unresolvable

Document = Mapping[str, Any]


def target(document: Document, reference: str) -> Any:
    """Return what a ``$ref`` of the document points at; raises LookupError, with words, where there is nothing."""
    registry: Registry[Any] = Registry().with_resource("", Specification.OPAQUE.create_resource(document))
    try:
        return registry.resolver().lookup(reference).contents
    except (Unresolvable, TypeError, ValueError):  # the last two of a pointer into a text or past a list
        raise LookupError(f"the reference {reference} leads to nothing in the document itself") from None


def resolved(document: Document, node: Any) -> Any:
    """Return a node, or what it refers to in the end; raises LookupError as ``target`` does, and for a circle."""
    return _followed(document, node, ())[0]


def expanded(document: Document, node: Any, within: tuple[str, ...] = ()) -> Any:
    """Return a node with all that it refers to in the place of the references; raises LookupError as ``resolved`` does.

    ``within`` are the references that lead to the node.
    """
    node, within = _followed(document, node, within)
    if isinstance(node, list):
        return [expanded(document, each, within) for each in node]
    if isinstance(node, dict):
        return {key: expanded(document, each, within) for key, each in node.items()}
    return node


def _followed(document: Document, node: Any, within: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in within:
            raise LookupError(f"the reference {reference} leads back to itself, which cannot be followed to an end")
        node, within = target(document, reference), (*within, reference)
    return node, within
