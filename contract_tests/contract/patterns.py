"""Patterns as JSON Schema means them: ``$`` is the very end of a text, and no line end follows."""

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator


def fits(pattern: str, text: str) -> bool:
    """Say whether a text fits a pattern of the document, somewhere in it."""
    return re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), text) is not None


def _find_misfit(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not fits(pattern, value):
        yield ValidationError(f"does not match {pattern!r}")


ReadValidator: Any = extend(OAS30ReadValidator, {"pattern": _find_misfit})  # type: ignore[no-untyped-call]
"""Validates answers."""
WriteValidator: Any = extend(OAS30WriteValidator, {"pattern": _find_misfit})  # type: ignore[no-untyped-call]
"""Validates requests."""
