"""Runs of bytes that belong together, such as spaces or digits."""

import re


def run_end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    """Return where the run of bytes that match ends, beginning at `at`; that place itself where there is none."""
    match = pattern.match(text, at)
    return match.end() if match else at
