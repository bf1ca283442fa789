"""``docs/proof.md``: what the suite, layer by layer, and Schemathesis alone catch of the catalogue."""

from collections.abc import Iterable, Mapping, Sequence

from contract_tests.contract.clauses import LAYERS
from mockserver.deviations.kinds.every_pair import all_pairs
from proof.catalogue import Deviation
from proof.pairs import EFFORTS, EQUIVALENT, pairs_to_find
from proof.plain import EXAMPLES
from proof.results import Results

_HEAD = """\
# The proof of the suite

Every deviation of `deviations.yaml` was shown by a fresh mock, and the whole suite was run against it
(`tox -e proof`). A deviation counts as caught if the run ends red with a failure on a clause that the deviation
breaks; the columns say which layers found such a failure.
"""
_HEAD_OF_PLAIN = f"""\
The last column says whether `schemathesis run` alone, with all its phases and checks and {EXAMPLES} random examples for
each operation, reports anything on the same contract that it does not report on the clean mock (x: it does, -: it was
not shown).
"""


def page(catalogue: Sequence[Deviation], results: Results, options: str) -> str:
    """Return the page on the deviations of a catalogue that were shown; ``options`` are those the runs were given."""
    rows = [each for each in catalogue if each.name in results.shown]
    plain = {each.name: results.plain[each.name] for each in rows if each.name in results.plain}
    private = {each.name: results.leaks[each.name] for each in rows if each.name in results.leaks}
    caught = sum(results.shown[each.name].caught for each in rows)
    columns = [*LAYERS, *(["Schemathesis alone"] if plain else [])]
    lines = [
        _HEAD,
        *([_HEAD_OF_PLAIN] if plain else []),
        f"* **{caught} of {len(rows)}** deviations are caught by the suite (`verify {options}`).",
        *([f"* **{sum(plain.values())} of {len(plain)}** are caught by Schemathesis alone."] if plain else []),
        f"* **{results.greens} of {len(results.clean)}** runs against the clean mock, each by another seed, are green.",
        *([_private(private)] if private else []),
        "",
        f"| deviation | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for deviation in rows:
        shown = results.shown[deviation.name]
        marks = ["x" if layer in shown.layers else "" for layer in LAYERS]
        marks += [{True: "x", False: "", None: "-"}[plain.get(deviation.name)]] if plain else []
        missed = "" if shown.caught else " **missed**"
        lines.append(f"| `{deviation.name}`{missed} | {' | '.join(marks)} |")
    lines += _of_pairs(results.pairs)
    lines += ["", "## What each deviation is", ""]
    lines += [
        f"* `{each.name}`: {each.title} Breaks {', '.join(f'`{name}`' for name in each.breaks)}." for each in rows
    ]
    return "\n".join(lines) + "\n"


def _of_pairs(pairs: Mapping[str, str]) -> list[str]:
    """Return a table of kinds: at how many places each was shown, and found by which effort."""
    if not pairs:
        return []
    there, wanted = all_pairs(), pairs_to_find()
    kinds: dict[str, list[str]] = {}
    for name in pairs:
        kinds.setdefault(there[name].kind, []).append(name)
    by_default = _found(pairs, pairs, "default")
    rows = [
        "",
        "## Faults by kind and place",
        "",
        f"* {len(kinds)} kinds of what goes wrong in careless servers, each at every place of the contract that it can",
        "  stand at; some places share a server. A pair of kind and place is found if a failure names its place.",
        *([f"* {len(pairs)} of {len(wanted)} pairs were shown."] if len(pairs) < len(wanted) else []),
        f"* **{_found(pairs, pairs, 'quick')} of {len(pairs)}** pairs are found by the layers that are there for them",
        f"  in `verify --quick`, **{by_default}** ({100 * by_default / len(pairs):.1f} %) in `verify`, and",
        f"  **{_found(pairs, pairs, 'thorough')}** in `verify --thorough`.",
        "",
        "| kind | places | quick | default | thorough | what the server does |",
        "|---|---|---|---|---|---|",
    ]
    for kind, names in kinds.items():
        counts = " | ".join(str(_found(pairs, names, effort)) for effort in EFFORTS)
        rows.append(f"| `{kind}` | {len(names)} | {counts} | {there[names[0]].title} |")
    if missed := [name for name, effort in pairs.items() if not effort]:
        rows += ["", "Not found:", "", *(f"* `{name}`" for name in missed)]
    rows += ["", "Not counted, for a server with them keeps the contract:", ""]
    return [*rows, *(f"* `{name}`: {why}." for name, why in EQUIVALENT.items())]


def _found(pairs: Mapping[str, str], names: Iterable[str], effort: str) -> int:
    """Return how many of some pairs an effort finds: what less effort finds is not shown to it again."""
    enough = EFFORTS[: EFFORTS.index(effort) + 1]
    return sum(pairs[name] in enough for name in names)


def _private(leaks: Mapping[str, Sequence[str]]) -> str:
    kept = [name for name, found in leaks.items() if not found]
    return (
        f"* In **{len(kept)} of {len(leaks)}** cases no output of two runs, one of them with `--allow-writes`, shows"
        " any of the connection strings, hosts, passwords, tags and tokens that were planted in a server with the"
        " deviation."
    )
