"""Writes the log of a server that monitors the sources there are now: steadily, and upon what the API does."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import yaml

from mockserver.memory.connection_string import first_host
from mockserver.memory.connector import Outcome, outcome_of
from mockserver.memory.state import Source, State
from pgwatch_contract.files import data_file

TICK_SECONDS = 0.01
SERVER_VERSION = "PostgreSQL 17.2 on x86_64-pc-linux-gnu, 64-bit"
MOST_LINES_AT_ONCE = 100
"""Making a line takes 14 us, and a request waits until all of them are made."""


@dataclass(frozen=True, slots=True)
class Template:
    """A line with placeholders, its level, how often it comes up beside the others, and its name if it has one."""

    level: str
    line: str
    weight: int = 1
    name: str = ""


class LogWriter:
    """Chooses lines by a seeded generator and hands each, complete, to ``publish``.

    Lines are made only while somebody reads them, as ``wanted`` says: those of an added and deleted source cost 40 us,
    more than both requests.
    """

    def __init__(
        self,
        state: State,
        outcomes: Sequence[Outcome],
        seed: int,
        publish: Callable[[str], None],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        lines = yaml.load(data_file("fixtures/log_lines.yaml").read_bytes(), yaml.CSafeLoader)
        self._background = _templates(lines["background"])
        self._weights = [template.weight for template in self._background]
        self._unreachable = _templates(lines["unreachable"])
        self._events = {name: _templates(entries) for name, entries in lines["events"].items()}
        self._state = state
        self._outcomes = outcomes
        self._random = random.Random(seed)
        self._publish = publish
        self._wanted = wanted

    def reword(self, wording: Mapping[str, str]) -> None:
        """Put other lines in the place of those that have a name, which ``wording`` has them by."""
        for templates in (self._background, self._unreachable, *self._events.values()):
            templates[:] = [replace(one, line=wording.get(one.name, one.line)) for one in templates]

    async def run(self, lines_per_second: float) -> None:
        """Write background lines at a rate, for ever."""
        if lines_per_second <= 0:
            return
        due = 0.0
        pause = max(TICK_SECONDS, 1 / lines_per_second)
        clock = asyncio.get_running_loop().time
        before = clock()
        while True:
            await asyncio.sleep(pause if due < 1 else 0)
            now = clock()
            # A loop that is late catches up, but never for more than a second, and lets requests through meanwhile.
            due = min(due + (now - before) * lines_per_second, (pause + 1) * lines_per_second)
            before = now
            for _ in range(min(int(due), MOST_LINES_AT_ONCE)):
                due -= 1
                self.background()

    def background(self) -> None:
        """Write one line of a server at work; one that needs a source only while there is an enabled one."""
        if not self._wanted():
            return
        source = self._some_source()
        values = self._values_of(source) if source is not None else {}
        if values.get("reason"):
            self._write(self._random.choice(self._unreachable), values)
            return
        template = self._random.choices(self._background, self._weights)[0]
        while source is None and "{source}" in template.line:
            template = self._random.choices(self._background, self._weights)[0]
        self._write(template, values)

    def source_added(self, source: Source) -> None:
        """Write what adding a source leaves in the log."""
        if not self._wanted():
            return
        name = "source-unreachable" if self._reason(source) else "source-added"
        self._event(name if source["IsEnabled"] else "source-added-disabled", source)

    def source_updated(self, source: Source) -> None:
        """Write what replacing a source leaves in the log."""
        self._event("source-updated" if source["IsEnabled"] else "source-updated-disabled", source)

    def source_deleted(self, source: Source) -> None:
        """Write what deleting a source leaves in the log."""
        self._event("source-deleted", source)

    def connect_failed(self, host: str, reason: str) -> None:
        """Write that a tried connection failed."""
        self._event("connect-failed", None, host=host, reason=reason)

    def origin_refused(self) -> None:
        """Write that a page of another host wanted to follow the log."""
        self._event("origin-refused", None)

    def line(self, level: str, text: str) -> None:
        """Write a line that is no template."""
        if self._wanted():
            self._publish_line(level, text)

    def _event(self, name: str, source: Source | None, **values: str) -> None:
        if not self._wanted():
            return
        if source is not None:
            values |= self._values_of(source)
        for template in self._events[name]:
            self._write(template, values)

    def _some_source(self) -> Source | None:
        enabled = [source for source in self._state.sources if source["IsEnabled"]]
        return self._random.choice(enabled) if enabled else None

    def _values_of(self, source: Source) -> dict[str, Any]:
        """Return what lines about a source can say; the reason is empty where its host can be reached."""
        metrics = list(self._state.metrics_of(source).items()) or [("instance_up", 60)]
        metric, interval = self._random.choice(metrics)
        return {
            "source": source["Name"],
            "host": first_host(source["ConnStr"]),
            "reason": self._reason(source),
            "metric": metric,
            "interval": interval,
        }

    def _reason(self, source: Source) -> str:
        host = first_host(source["ConnStr"])
        reason = outcome_of(host, "", self._outcomes).reason
        return reason.format(host=host, port="5432", user="pgwatch", database="postgres")

    def _write(self, template: Template, values: dict[str, Any]) -> None:
        line = template.line.format(
            sources=len(self._state.sources),
            metrics=len(self._state.metrics),
            presets=len(self._state.presets),
            rows=self._random.randint(1, 60),
            elapsed=f"{self._random.uniform(0.3, 90):.3f}",
            sink="postgres",
            version=SERVER_VERSION,
            error=values.get("reason", ""),
            **values,
        )
        self._publish_line(template.level, line)

    def _publish_line(self, level: str, text: str) -> None:
        now = datetime.now()
        stamp = f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}"
        self._publish(f"{stamp} [{level}] {text}\n")


def _templates(entries: list[dict[str, Any]]) -> list[Template]:
    return [Template(**entry) for entry in entries]
