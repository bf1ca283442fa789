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
    except Unresolvable:
        raise LookupError(f"the reference {reference} leads to nothing in the document itself") from None


def resolved(document: Document, node: Any) -> Any:
    """Return a node, or what it refers to in the end."""
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        node = target(document, node["$ref"])
    return node


def expanded(document: Document, node: Any) -> Any:
    """Return a node with all that it refers to in the place of the references."""
    node = resolved(document, node)
    if isinstance(node, list):
        return [expanded(document, each) for each in node]
    if isinstance(node, dict):
        return {key: expanded(document, each) for key, each in node.items()}
    return node
