"""Where the function for an operation stands."""

import re

from connexion.operations import AbstractOperation
from connexion.resolver import Resolver


class HandlerResolver(Resolver):  # type: ignore[misc]  # Connexion's resolver module is not typed
    """Finds an operation's handler in a package: ``addSource`` with the tag ``sources`` is ``sources.add_source``."""

    def __init__(self, package: str) -> None:
        super().__init__()
        self._package = package

    def resolve_operation_id(self, operation: AbstractOperation) -> str:
        """Return the full name of the function for an operation."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation.operation_id or "operation_without_id").lower()
        (tag, *_) = operation._operation.get("tags") or ["untagged"]
        return f"{self._package}.{tag}.{name}"
