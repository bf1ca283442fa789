"""``docs/proof.md``: what the suite, layer by layer, and Schemathesis alone catch of the catalogue."""

from collections.abc import Mapping

from contract_tests.clauses import LAYERS
from proof.catalogue import Deviation
from proof.plain import EXAMPLES
from proof.verify import Outcome

_HEAD = """\
# The proof of the suite

Every deviation of `deviations.yaml` was shown by a fresh mock, and the whole suite was run against it
(`tox -e proof`). A deviation counts as caught if the run ends red with a failure on a clause that the deviation
breaks; the columns say which layers found such a failure.
"""
_HEAD_OF_PLAIN = f"""\
The last column says whether `schemathesis run` alone, with all its phases and checks and {EXAMPLES} random examples for
each operation, reports anything on the same contract that it does not report on the clean mock.
"""


def page(outcomes: Mapping[Deviation, Outcome], plain: Mapping[str, bool], clean: tuple[int, int], options: str) -> str:
    """Return the page.

    ``plain`` says by a deviation's name whether Schemathesis alone caught it; ``clean`` how many clean runs were
    made and how many of them were green; ``options`` what the runs were given.
    """
    caught = sum(outcome.catches(deviation) for deviation, outcome in outcomes.items())
    runs, green = clean
    columns = [*LAYERS, *(["Schemathesis alone"] if plain else [])]
    lines = [
        _HEAD,
        *([_HEAD_OF_PLAIN] if plain else []),
        f"* **{caught} of {len(outcomes)}** deviations are caught by the suite (`verify {options}`).",
        *([f"* **{sum(plain.values())} of {len(plain)}** are caught by Schemathesis alone."] if plain else []),
        f"* **{green} of {runs}** runs against the clean mock, each with another seed, are green.",
        "",
        f"| deviation | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for deviation, outcome in outcomes.items():
        layers = outcome.layers_for(deviation)
        marks = [layer in layers for layer in LAYERS] + ([plain[deviation.name]] if plain else [])
        missed = "" if outcome.catches(deviation) else " **missed**"
        lines.append(f"| `{deviation.name}`{missed} | {' | '.join('x' if mark else '' for mark in marks)} |")
    lines += ["", "## What each deviation is", ""]
    lines += [
        f"* `{each.name}`: {each.title} Breaks {', '.join(f'`{name}`' for name in each.breaks)}." for each in outcomes
    ]
    return "\n".join(lines) + "\n"
