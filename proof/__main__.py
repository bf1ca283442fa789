"""``python -m proof``: shows every deviation to the suite, and the clean mock many times; exit code 1 for a miss."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

from mockserver.deviations.kinds.pair import Pair
from proof import forked
from proof.catalogue import Deviation, read_catalogue
from proof.groups import groups_of
from proof.page import page
from proof.pairs import pairs_to_find, sample, show_group
from proof.plain import run_schemathesis
from proof.privacy import leaks_of
from proof.results import Results, Shown, read_results, write_results
from proof.verify import verify

_SEED = 1
_DEFAULT_CLEAN = 3
_QUICKEST = ("cors", "authentication", "concurrency", "stateful", "secrets", "operations", "log", "generated", "http")
"""The layers, those first that take the least time."""
Key = TypeVar("Key")
Value = TypeVar("Value")


def main() -> int:
    """Run the proof and print a line for each run; return 0 if all were caught and no clean run was red."""
    given = _parser().parse_args()
    forked.use()
    options = [f"--{given.effort}"] if given.effort != "default" else []
    catalogue = read_catalogue()
    chosen = [each for each in catalogue if not given.only or each.name in given.only]
    if given.part:
        chosen = _part_of(chosen, given.part)
        print(f"part {given.part[0]} of {given.part[1]}: {len(chosen)} of {len(catalogue)} deviations", flush=True)
    results = read_results(given.resume) if given.resume else Results()
    known = dict(results.shown) if given.known_layers else {}
    if given.anew:
        due = {each.name for each in chosen}
        results.shown = {name: shown for name, shown in results.shown.items() if name not in due}
        results.clean = {}
        results.pairs = results.pairs if given.sample else {}
    _fill(results, chosen, given, options, known)
    missed = [name for name, shown in results.shown.items() if not shown.caught]
    missed += [name for name, effort in results.pairs.items() if not effort]
    print(
        f"{sum(each.caught for each in results.shown.values())} of {len(results.shown)} deviations caught"
        + (f" (of {len(catalogue)} in all)" if len(results.shown) < len(catalogue) else "")
        + (f", {sum(map(bool, results.pairs.values()))} of {len(results.pairs)} pairs found" if results.pairs else "")
        + f", {results.greens} of {len(results.clean)} clean runs green"
        + (f"; missed: {', '.join(missed)}" if missed else "")
    )
    if given.write:
        given.write.parent.mkdir(parents=True, exist_ok=True)
        given.write.write_text(page(catalogue, results, " ".join(options)), encoding="utf-8")
    leaking = [name for name, leaks in results.leaks.items() if leaks]
    if leaking:
        print(f"outputs that tell what a server keeps for others: {', '.join(leaking)}")
    return int(bool(missed or leaking) or not all(results.clean.values()))


def _fill(
    results: Results, chosen: list[Deviation], given: argparse.Namespace, options: list[str], known: dict[str, Shown]
) -> None:
    """Make the runs whose results are not there yet; each is kept as soon as it is known."""

    def keep() -> None:
        if given.resume:
            write_results(given.resume, results)

    names = {each.name: each for each in chosen}
    left = _missing(names, results.plain) if given.plain else []
    clean = run_schemathesis(None, _SEED) if left else frozenset()
    looked_at = [each.name for each in _part_of(chosen, given.privacy)] if given.privacy else []
    seeds = _missing(range(1, given.clean + 1), results.clean)
    with ThreadPoolExecutor(given.jobs) as pool:
        # All begin at once: what is waited for at the end of one sort of runs is beside the next.
        cleans = _begun(pool, seeds, lambda seed: _show_clean(seed, options))
        shown = _begun(pool, _missing(names, results.shown), lambda name: _show(names[name], options, known.get(name)))
        pairs = _begun(pool, _groups(given, results), show_group)
        plain = _begun(pool, left, lambda name: run_schemathesis(name, _SEED))
        leaks = _begun(pool, looked_at if given.anew else _missing(looked_at, results.leaks), _show_leaks)
        for seed, is_green in _ended(cleans):
            results.clean[seed] = is_green
            keep()
        for name, caught in _ended(shown):
            results.shown[name] = caught
            keep()
        for _, found_of_it in _ended(pairs):
            results.pairs |= found_of_it
            keep()
        for name, found in _ended(plain):
            results.plain[name] = bool(found - clean)
            keep()
        for name, told in _ended(leaks):
            results.leaks[name] = told
            keep()
    _put_in_order(results)
    keep()


def _put_in_order(results: Results) -> None:
    """Put the results in the order of the catalogue, whatever run ended first."""
    places = {each.name: number for number, each in enumerate(read_catalogue())}
    for part in ("shown", "plain", "leaks"):
        found = getattr(results, part)
        setattr(results, part, dict(sorted(found.items(), key=lambda pair: places.get(pair[0], -1))))
    results.pairs = {pair.name: results.pairs[pair.name] for pair in pairs_to_find() if pair.name in results.pairs}


def _groups(given: argparse.Namespace, results: Results) -> list[tuple[Pair, ...]]:
    """Return the groups of pairs that are to be shown: those that are not known yet, or a sample of the others."""
    if given.only or given.part:
        return []
    groups = [tuple(group) for group in groups_of(pairs_to_find())]
    if given.sample:
        seed = int(time.time()) if given.sample_seed is None else given.sample_seed
        print(f"pairs drawn by --sample-seed {seed}", flush=True)
        found = [group for group in groups if all(results.pairs.get(pair.name) for pair in group)]
        return [tuple(group) for group in sample(found, given.sample, seed)]
    return [group for group in groups if any(pair.name not in results.pairs for pair in group)]


def _part_of(deviations: list[Deviation], part: tuple[int, int]) -> list[Deviation]:
    number, count = part
    return deviations[number - 1 :: count]


def _missing(keys: Iterable[Key], there: dict[Key, Value]) -> list[Key]:
    return [key for key in keys if key not in there]


def _begun(pool: ThreadPoolExecutor, keys: Iterable[Key], run: Callable[[Key], Value]) -> dict[Future[Value], Key]:
    """Begin to run a function on each key, several at a time."""
    return {pool.submit(run, key): key for key in keys}


def _ended(running: dict[Future[Value], Key]) -> Iterable[tuple[Key, Value]]:
    """Give each result as it comes."""
    for future in as_completed(running):
        yield running[future], future.result()


def _show(deviation: Deviation, options: list[str], known: Shown | None) -> Shown:
    """Show a deviation to one layer that is known to catch it, if any, and where that misses it to all."""
    options = [*options, "--seed", str(_SEED)]
    quickest = next((layer for layer in _QUICKEST if known and layer in known.layers), None)
    if quickest and known:
        outcome = verify([deviation.name], [*options, "--layer", quickest])
        if outcome.catches(deviation):
            print(f"caught {deviation.name} ({outcome.seconds:.0f} s) {quickest}", flush=True)
            return known
    outcome = verify([deviation.name], options)
    shown = Shown(outcome.catches(deviation), outcome.layers_for(deviation))
    word = "caught" if shown.caught else "MISSED"
    print(f"{word} {deviation.name} ({outcome.seconds:.0f} s) {', '.join(sorted(shown.layers))}", flush=True)
    if not shown.caught:
        print(f"  exit {outcome.exit_code}; broken: {', '.join(sorted(outcome.caught_by)) or 'nothing'}", flush=True)
        if not outcome.caught_by:
            print(_indented(outcome.printed), flush=True)
    return shown


def _show_leaks(name: str) -> list[str]:
    leaks = leaks_of(name)
    print(f"{'LEAKS' if leaks else 'tells nothing of'} {name}{': ' if leaks else ''}{'; '.join(leaks)}", flush=True)
    return leaks


def _show_clean(seed: int, options: list[str]) -> bool:
    outcome = verify([], [*options, "--seed", str(seed)])
    print(f"{'green' if outcome.exit_code == 0 else 'RED'} clean, seed {seed} ({outcome.seconds:.0f} s)", flush=True)
    if outcome.exit_code != 0:
        print(_indented(outcome.printed), flush=True)
    return outcome.exit_code == 0


def _part(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    try:
        parts = int(count)
        part = int(time.time()) // 86400 % parts + 1 if number == "today" else int(number)
    except (ValueError, ZeroDivisionError):
        part = parts = 0
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(f"{text!r} is not a part, such as 3/12 or today/12")
    return part, parts


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines()[:60])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NAME", help="only these deviations")
    parser.add_argument("--effort", choices=("quick", "default", "thorough"), default="quick", help="of each run")
    parser.add_argument(
        "--clean",
        type=int,
        default=_DEFAULT_CLEAN,
        metavar="N",
        help=f"runs against the clean mock, with the seeds from 1 on; default: {_DEFAULT_CLEAN}",
    )
    parser.add_argument(
        "--part",
        type=_part,
        metavar="K/N",
        help="only every N-th deviation, beginning with the K-th; today/N takes another part each day",
    )
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="of the pairs of kind and place that were found before show at least N, drawn by chance",
    )
    parser.add_argument("--sample-seed", type=int, metavar="SEED", help="draw those that another run has drawn")
    jobs = 2 * (os.cpu_count() or 1)  # half of a run is waiting
    parser.add_argument("--jobs", type=int, default=jobs, metavar="N", help=f"runs at a time; default: {jobs}")
    parser.add_argument(
        "--privacy",
        type=_part,
        nargs="?",
        const=(1, 1),
        metavar="K/N",
        help="look for planted secrets in all outputs, too, with every deviation or with a part as of --part",
    )
    parser.add_argument("--plain", action="store_true", help="show them to Schemathesis alone, too")
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="take the results in this file as they are, make only the runs it lacks, and add theirs",
    )
    parser.add_argument(
        "--anew",
        action="store_true",
        help="of that file take only what Schemathesis and runs with planted secrets found; make all other runs anew",
    )
    parser.add_argument(
        "--known-layers",
        action="store_true",
        help="show a deviation to one of the layers that are known to catch it, and to all where that one misses it",
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page with the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
