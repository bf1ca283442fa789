"""How much memory the servers hold once they have worked."""

from collections.abc import Callable

from benchmarks.contenders import BARE, CONNEXION, MOCK, contenders
from benchmarks.http_part import use
from benchmarks.plan import Plan
from benchmarks.report import Goal, Part, number, table
from benchmarks.workloads import WORKLOADS

MOST_MB = 90


def measure_memory(plan: Plan, say: Callable[[str], None]) -> Part:
    """Read the resident memory of fresh servers, and again after each workload was put on them for some seconds."""
    rows = []
    part = Part()
    with contenders() as servers:
        for name in (MOCK, BARE, CONNEXION):
            say(f"memory: {name}")
            server = servers[name].server
            before = server.resident_mb()
            for workload in WORKLOADS:
                use(workload, servers[name], plan.memory_seconds)
            after = server.resident_mb()
            rows.append([name, number(before), number(after), f"< {MOST_MB}" if name == MOCK else ""])
            part.numbers[name] = {"before_mb": before, "after_mb": after}
    title = f"Resident memory in MB, before and after {plan.memory_seconds:g} s of each of the workloads"
    part.text = [title, table(["", "before", "after", "goal"], rows)]
    part.goals = [Goal("Resident memory after the load", part.numbers[MOCK]["after_mb"], MOST_MB, " MB")]
    return part
