"""How long and how often things are measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Rounds of each part, and seconds of one measurement in it.

    ``log_rates`` are, by the number of readers, the lines a second that the mock is told to write: each is tried, and
    the one that delivers most is measured in rounds. Beyond the last there is only loss.
    """

    http_rounds: int
    http_seconds: float
    start_rounds: int
    suite_rounds: int
    sources_rounds: int
    memory_seconds: float
    log_rounds: int
    log_warm_up: float
    log_seconds: float
    log_rates: dict[int, tuple[int, ...]]


FULL = Plan(
    http_rounds=7,
    http_seconds=0.4,
    start_rounds=9,
    suite_rounds=3,
    sources_rounds=5,
    memory_seconds=1,
    log_rounds=3,
    log_warm_up=1,
    log_seconds=3,
    log_rates={1: (20_000, 40_000, 60_000), 100: (20_000, 40_000, 60_000), 1000: (5_000, 10_000)},
)

QUICK = Plan(
    http_rounds=3,
    http_seconds=0.15,
    start_rounds=3,
    suite_rounds=1,
    sources_rounds=1,
    memory_seconds=0.1,
    log_rounds=1,
    log_warm_up=0.3,
    log_seconds=0.8,
    log_rates={1: (40_000,), 100: (30_000,), 1000: (5_000,)},
)
