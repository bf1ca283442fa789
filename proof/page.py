"""``docs/proof.md``: what the suite, layer by layer, and Schemathesis alone catch of the catalogue."""

from collections.abc import Mapping, Sequence

from contract_tests.contract.clauses import LAYERS
from mockserver.deviations.kinds.values import KINDS
from proof.catalogue import Deviation
from proof.pairs import EQUIVALENT
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


def _of_pairs(pairs: Mapping[str, bool]) -> list[str]:
    """Return a table of kinds: at how many places each was shown, and found by itself."""
    if not pairs:
        return []
    rows = [
        "",
        "## What becomes of stored values",
        "",
        f"* {len(KINDS)} kinds of what careless servers make of a value, each at every place of a source that has one",
        "  of its sort, many on one server; a pair of kind and place counts as found if a failure names its place.",
        f"* **{sum(pairs.values())} of {len(pairs)}** pairs are found by the layer `operations` alone.",
        "",
        "| kind | places | found | what becomes of the value |",
        "|---|---|---|---|",
    ]
    for name, kind in KINDS.items():
        shown = [is_found for pair, is_found in pairs.items() if pair.startswith(f"value-{name}@")]
        rows.append(f"| `value-{name}` | {len(shown)} | {sum(shown)} | {kind.title} |")
    rows += ["", "Not counted, for a server with them keeps the contract:", ""]
    return [*rows, *(f"* `{name}`: {why}." for name, why in EQUIVALENT.items())]


def _private(leaks: Mapping[str, Sequence[str]]) -> str:
    kept = [name for name, found in leaks.items() if not found]
    return (
        f"* In **{len(kept)} of {len(leaks)}** cases no output of two runs, one of them with `--allow-writes`, shows"
        " any of the connection strings, hosts, passwords, tags and tokens that were planted in a server with the"
        " deviation."
    )
