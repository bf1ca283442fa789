"""CPU and requests a second of the HTTP operations, of all servers in turns."""

import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from benchmarks.contenders import BARE, CONNEXION, MOCK, WITH_CONSOLE, Contender, contenders
from benchmarks.http_client import LANES, Lane, load
from benchmarks.plan import Plan
from benchmarks.report import Goal, Part, number, ratio, spread, table
from benchmarks.workloads import WORKLOADS, Workload

COLUMNS = (MOCK, BARE, CONNEXION)


@dataclass(frozen=True)
class Round:
    """What a server did with a workload: CPU microseconds for each cycle, cycles a second, and the client's CPU."""

    cpu: float
    rate: float
    client_cpu: float


Found = dict[tuple[str, str], list[Round]]
"""Rounds by the workload's key and the server's name."""


def measure_http(plan: Plan, say: Callable[[str], None]) -> Part:
    """Run the rounds; the servers take turns within each, so that what disturbs one disturbs all."""
    found: Found = {}
    with contenders() as servers:
        for turn in range(plan.http_rounds):
            say(f"http: round {turn + 1} of {plan.http_rounds}")
            for workload in WORKLOADS:
                for name in _servers_of(workload):
                    done = use(workload, servers[name], plan.http_seconds)
                    found.setdefault((workload.key, name), []).append(done)
    rounds = f"median (least..most) of {plan.http_rounds} rounds of {plan.http_seconds:g} s"
    client = statistics.median(done.client_cpu for done in found["liveness", MOCK])
    part = Part(goals=_goals(found), numbers=_numbers(found))
    part.text = [
        f"CPU of the server's process, microseconds for each request or pair; {rounds}",
        _cpu_table(found),
        "",
        f"Requests or pairs a second; {rounds}",
        _rate_table(found),
        f"{LANES} connections; the client itself takes {number(client)} us for a GET /liveness",
    ]
    return part


def use(workload: Workload, contender: Contender, seconds: float) -> Round:
    """Load a server for some seconds and return what it did."""
    with contextlib.ExitStack() as stack:
        lanes = []
        for index in range(LANES):
            cycle = workload.cycle(contender.token, f"lane-{index}")
            lanes.append(stack.enter_context(contextlib.closing(Lane(contender.server.port, cycle))))
        before, mine_before = contender.server.cpu_seconds(), time.process_time()
        requests, took = load(lanes, seconds)
        spent, mine = contender.server.cpu_seconds() - before, time.process_time() - mine_before
    cycles = requests / len(cycle)
    return Round(spent / cycles * 1e6, cycles / took, mine / cycles * 1e6)


def _servers_of(workload: Workload) -> tuple[str, ...]:
    return (*COLUMNS, WITH_CONSOLE) if workload.key == "list" else COLUMNS


def _cpu(found: Found, workload: Workload, name: str) -> list[float]:
    return [done.cpu for done in found[workload.key, name]]


def _ratio_to_bare(found: Found, workload: Workload, name: str) -> float:
    return ratio(_cpu(found, workload, name), _cpu(found, workload, BARE))


def _cpu_table(found: Found) -> str:
    rows: list[Sequence[str]] = []
    for workload in WORKLOADS:
        ratios = {name: f"{_ratio_to_bare(found, workload, name):.2f}x" for name in _servers_of(workload)}
        figures = [spread(_cpu(found, workload, name)) for name in COLUMNS]
        goal = "" if workload.goal is None else f"<= {workload.goal:g}x"
        rows.append([workload.title, *figures, ratios[MOCK], goal, ratios[CONNEXION]])
        if WITH_CONSOLE in ratios:
            console = spread(_cpu(found, workload, WITH_CONSOLE))
            rows.append(["  with the mock's console", console, "", "", ratios[WITH_CONSOLE], "", ""])
    return table(["", *COLUMNS, "mock/bare", "goal", "Connexion/bare"], rows)


def _rate_table(found: Found) -> str:
    rows: list[Sequence[str]] = []
    for workload in WORKLOADS:
        rates = {name: spread([done.rate for done in found[workload.key, name]]) for name in _servers_of(workload)}
        rows.append([workload.title, *(rates[name] for name in COLUMNS)])
        if WITH_CONSOLE in rates:
            rows.append(["  with the mock's console", rates[WITH_CONSOLE], "", ""])
    return table(["", *COLUMNS], rows)


def _goals(found: Found) -> list[Goal]:
    return [
        Goal(f"CPU of {workload.title}, mock/bare", _ratio_to_bare(found, workload, MOCK), workload.goal, "x")
        for workload in WORKLOADS
        if workload.goal is not None
    ]


def _numbers(found: Found) -> dict[str, object]:
    return {
        workload.key: {
            name: {
                "cpu_ratio_to_bare": _ratio_to_bare(found, workload, name),
                "rounds": [asdict(done) for done in found[workload.key, name]],
            }
            for name in _servers_of(workload)
        }
        for workload in WORKLOADS
    }
