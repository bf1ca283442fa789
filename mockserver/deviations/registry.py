"""The functions of all deviations, by name, and the plan of a server that has some of them."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping

import mockserver.deviations
from mockserver.deviations.kinds.every_pair import all_pairs
from mockserver.deviations.plan import Plan

Show = Callable[[Plan], None]
"""Tells a plan what a deviation changes."""
_SHOWS: dict[str, Show] = {}


def deviation(show: Show) -> Show:
    """Register a deviation's function (a decorator); its name is the deviation's with underscores."""
    return register(show.__name__.replace("_", "-"), show)


def register(name: str, show: Show) -> Show:
    """Register the function of a deviation under its name."""
    if name in _SHOWS:
        raise ValueError(f"two functions show the deviation {name}")
    _SHOWS[name] = show
    return show


@functools.cache
def all_shows() -> Mapping[str, Show]:
    """Return the functions that all themes register: every module below this package."""
    for module in pkgutil.walk_packages(mockserver.deviations.__path__, "mockserver.deviations."):
        importlib.import_module(module.name)
    return _SHOWS


def plan_of(names: Iterable[str]) -> Plan:
    """Return the plan of a server with these deviations, each once."""
    plan = Plan()
    for name in dict.fromkeys(names):
        if "@" in name:
            all_pairs()[name].show(plan)
        elif name in all_shows():  # the others are those that a release shows anyway
            all_shows()[name](plan)
    return plan
