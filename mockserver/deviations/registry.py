"""The functions of all deviations, by name."""

from collections.abc import Callable

from mockserver.deviations.plan import Plan

Show = Callable[[Plan], None]
"""Tells a plan what a deviation changes."""
SHOWS: dict[str, Show] = {}
"""The functions that were registered. Import ``mockserver.deviations.shows`` to have all of them here."""


def deviation(show: Show) -> Show:
    """Register a deviation's function (a decorator); its name is the deviation's with underscores."""
    return register(show.__name__.replace("_", "-"), show)


def register(name: str, show: Show) -> Show:
    """Register the function of a deviation under its name."""
    if name in SHOWS:
        raise ValueError(f"two functions show the deviation {name}")
    SHOWS[name] = show
    return show
