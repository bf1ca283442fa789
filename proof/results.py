"""What the proof has shown so far: kept in a file, so that a long proof can be made in several goes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_tests.contract.clauses import LAYERS


@dataclass(frozen=True)
class Shown:
    """What the suite made of a deviation: whether it was caught, and the layers that found a clause it breaks."""

    caught: bool
    layers: frozenset[str]


@dataclass
class Results:
    """All results: of deviations by name, of Schemathesis alone by name, of clean runs (green or not) by seed.

    ``pairs`` has by name the effort that found one of kind and place, empty for none.
    ``leaks`` has by name what the outputs of runs against a server with planted values and that deviation showed.
    """

    shown: dict[str, Shown] = field(default_factory=dict)
    plain: dict[str, bool] = field(default_factory=dict)
    clean: dict[int, bool] = field(default_factory=dict)
    leaks: dict[str, list[str]] = field(default_factory=dict)
    pairs: dict[str, str] = field(default_factory=dict)

    @property
    def greens(self) -> int:
        """How many clean runs were green."""
        return sum(self.clean.values())


def read_results(file: Path) -> Results:
    """Return the results in a file; none where there is no such file."""
    if not file.exists():
        return Results()
    data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Results(
        {name: Shown(each["caught"], frozenset(each["layers"])) for name, each in data["deviations"].items()},
        dict(data["schemathesis alone"]),
        {int(seed): is_green for seed, is_green in data["clean"].items()},
        dict(data["leaks"]),
        {f"{kind}@{place}": effort for kind, places in data["pairs"].items() for place, effort in places.items()},
    )


def write_results(file: Path, results: Results) -> None:
    """Write the results, a line for each."""
    data: dict[str, dict[str, Any]] = {
        "deviations": {
            name: {"caught": each.caught, "layers": [layer for layer in LAYERS if layer in each.layers]}
            for name, each in results.shown.items()
        },
        "schemathesis alone": results.plain,
        "clean": {str(seed): is_green for seed, is_green in sorted(results.clean.items())},
        "leaks": results.leaks,
        "pairs": _by_kind(results.pairs),
    }
    parts = (f"{json.dumps(name)}: {_in_lines(part)}" for name, part in data.items())
    file.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def _by_kind(pairs: Mapping[str, str]) -> dict[str, dict[str, str]]:
    by_kind: dict[str, dict[str, str]] = {}
    for name, effort in pairs.items():
        kind, _, place = name.partition("@")
        by_kind.setdefault(kind, {})[place] = effort
    return by_kind


def _in_lines(part: Mapping[str, Any]) -> str:
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in part.items()) + "\n}"
