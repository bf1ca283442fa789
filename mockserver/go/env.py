"""Environment variables in texts, as Go's os.ExpandEnv puts them in.

Source: os/env.go of Go 1.24; samples: ``tests/mockserver/memory/test_config_files.py``.
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"\$(?:\{([*#$@!?\-0-9])\}|\{([^}]*)\}|(\{)|([*#$@!?\-0-9])|([A-Za-z_][A-Za-z0-9_]*))", re.DOTALL)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Return a text with its variables replaced; one that is not set is empty, and so is what is no name.

    A text that does not begin with a dollar sign stays as it is: that is pgwatch's rule, not Go's.
    """
    if not text.startswith("$"):
        return text
    return _NAME.sub(lambda match: environment.get(_name(match), ""), text)


def names_in(text: str) -> list[str]:
    """Return the names that expanding a text asks for."""
    return [name for match in _NAME.finditer(text) if (name := _name(match))] if text.startswith("$") else []


def _name(match: re.Match[str]) -> str:
    special, braced, _brace, single, plain = match.groups()
    return special or braced or single or plain or ""
