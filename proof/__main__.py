"""``python -m proof``: shows every deviation to the suite, and the clean mock many times; exit code 1 for a miss."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from proof.catalogue import Deviation, read_catalogue
from proof.page import page
from proof.plain import run_schemathesis
from proof.verify import Outcome, verify

_SEED = 1


def main() -> int:
    """Run the proof and print a line for each run; return 0 if all were caught and no clean run was red."""
    given = _parser().parse_args()
    options = [f"--{given.effort}"] if given.effort != "default" else []
    catalogue = read_catalogue()
    chosen = [each for each in catalogue if not given.only or each.name in given.only]
    if given.part:
        number, count = given.part
        chosen = chosen[number - 1 :: count]
        print(f"part {number} of {count}: {len(chosen)} of {len(catalogue)} deviations", flush=True)
    with ThreadPoolExecutor(given.jobs) as pool:
        clean = list(pool.map(lambda seed: _show_clean(seed, options), range(1, given.clean + 1)))
        outcomes = dict(zip(chosen, pool.map(lambda each: _show(each, options), chosen), strict=True))
        plain = _plain(chosen, pool.map) if given.plain else {}
    missed = [each.name for each, outcome in outcomes.items() if not outcome.catches(each)]
    print(
        f"{len(outcomes) - len(missed)} of {len(outcomes)} deviations caught"
        + (f" (of {len(catalogue)} in all)" if len(chosen) < len(catalogue) else "")
        + f", {sum(clean)} of {len(clean)} clean runs green"
        + (f"; missed: {', '.join(missed)}" if missed else "")
    )
    if given.write:
        given.write.parent.mkdir(parents=True, exist_ok=True)
        given.write.write_text(page(outcomes, plain, (len(clean), sum(clean)), " ".join(options)), encoding="utf-8")
    return int(bool(missed) or not all(clean))


def _show(deviation: Deviation, options: list[str]) -> Outcome:
    outcome = verify(deviation.name, [*options, "--seed", str(_SEED)])
    word = "caught" if outcome.catches(deviation) else "MISSED"
    layers = ", ".join(sorted(outcome.layers_for(deviation)))
    print(f"{word} {deviation.name} ({outcome.seconds:.0f} s) {layers}", flush=True)
    if word == "MISSED":
        print(f"  exit {outcome.exit_code}; broken: {', '.join(sorted(outcome.caught_by)) or 'nothing'}", flush=True)
        if not outcome.caught_by:
            print(_indented(outcome.printed), flush=True)
    return outcome


def _show_clean(seed: int, options: list[str]) -> bool:
    outcome = verify(None, [*options, "--seed", str(seed)])
    print(f"{'green' if outcome.exit_code == 0 else 'RED'} clean, seed {seed} ({outcome.seconds:.0f} s)", flush=True)
    if outcome.exit_code != 0:
        print(_indented(outcome.printed), flush=True)
    return outcome.exit_code == 0


def _plain(chosen: list[Deviation], run: Callable[..., Iterable[frozenset[tuple[str, str]]]]) -> dict[str, bool]:
    clean = run_schemathesis(None, _SEED)
    found = run(lambda each: run_schemathesis(each.name, _SEED), chosen)
    return {deviation.name: bool(findings - clean) for deviation, findings in zip(chosen, found, strict=True)}


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
    parser.add_argument("--clean", type=int, default=3, metavar="N", help="runs against the clean mock; default: 3")
    parser.add_argument(
        "--part", type=_part, metavar="K/N",
        help="only every N-th deviation, beginning with the K-th; today/N takes another part each day",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time; default: 2")
    parser.add_argument("--plain", action="store_true", help="show them to Schemathesis alone, too")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page with the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
