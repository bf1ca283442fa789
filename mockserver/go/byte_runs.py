"""Runs of bytes or characters that belong together, such as spaces or digits."""

import re
from typing import AnyStr


def run_end(pattern: re.Pattern[AnyStr], text: AnyStr, at: int) -> int:
    """Return where the run that matches ends, beginning at `at`; that place itself where there is none."""
    match = pattern.match(text, at)
    return match.end() if match else at
