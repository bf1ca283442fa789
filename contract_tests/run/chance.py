"""Hypothesis, which draws what is drawn by chance, kept apart from where the suite runs."""

import os
from typing import Any

import platformdirs


def keep_chance_apart() -> None:
    """Let what is drawn depend on the seed alone, and leave nothing of it in the user's folder.

    Hypothesis draws words and numbers that stand in the code of all modules outside site-packages, and has no setting
    for that. The cases of a seed would be others in a checkout than in an installation, secrets that the suite plants
    would occur in other requests too, and what stands in a user's conftest.py would be sent to the server.
    """
    cache = platformdirs.user_cache_path("pgwatch-contract") / "hypothesis"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache))
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415  # it takes its folder when it is imported

    inside: Any = providers
    nothing = type(inside._local_constants)()
    inside._get_local_constants = lambda: nothing
