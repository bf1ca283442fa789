"""What ``verify`` shows while it runs: on a terminal one line that changes, elsewhere a line for each layer."""

from typing import Any, TextIO

import pytest

from contract_tests.run.plan import layer_of, plan_of
from contract_tests.target.settings import Settings
from contract_tests.words import counted


def _label(item: pytest.Item) -> str:
    return "what had to be waited for" if item.get_closest_marker("late") else layer_of(item) or "own"


class Progress:
    """A pytest plugin in place of pytest's own output.

    ``settings`` are those of the run; ``stopped_by`` says why it ended before its end, empty if it did not.
    """

    def __init__(self, out: TextIO, settings: Settings) -> None:
        self.settings = settings
        self.config: pytest.Config | None = None
        self.stopped_by = ""
        self._out = out
        self._is_terminal = out.isatty()
        self._layers: dict[str, str] = {}
        self._total = self._done = 0
        self._layer = ""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Remember the run's configuration: the verdict hangs on it."""
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what there is to do."""
        self._layers = {item.nodeid: _label(item) for item in session.items}
        self._total = len(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say why a file could not be read."""
        if report.failed:
            self.stopped_by = f"{report.nodeid} could not be read"
            print(report.longreprtext, file=self._out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show how far the run is."""
        if report.when != "teardown":
            return
        layer = self._layers.get(report.nodeid, "own")
        if layer != self._layer and not self._is_terminal:
            self._end_layer()
        self._layer = layer
        self._done += 1
        if self._is_terminal:
            self._show(f"{self._done}/{self._total} {layer}{self._failures_in_words()}")

    def pytest_sessionfinish(self) -> None:
        """Say that the last layer is through."""
        if not self._is_terminal:
            self._end_layer()
        else:
            self._show("cleaning up")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember what ended the run."""
        text = str(excinfo.value).removeprefix("not judged: ")
        self.stopped_by = text or "interrupted"

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Show a mistake of the suite or of pytest."""
        self.stopped_by = "the suite failed; please report what stands above"
        print(excrepr, file=self._out)

    def clear(self) -> None:
        """Take the changing line away."""
        if self._is_terminal:
            self._show("")

    def _end_layer(self) -> None:
        if self._layer:
            plan = plan_of(self.config) if self.config else None
            seconds = plan.record.seconds.get(self._layer) if plan else None
            took = "done" if seconds is None else f"{seconds:.1f} s"
            print(f"{self._layer}: {took}{self._failures_in_words()}", file=self._out, flush=True)

    def _failures_in_words(self) -> str:
        plan = plan_of(self.config) if self.config else None
        known, new = plan.ledger.sorted_out(plan.record.failures.values()) if plan else ([], [])
        kinds = {failure.kind for failure in new}
        parts = [counted(len(kinds), "failure"), counted(len(known), "known deviation")]
        told = [part for part, found in zip(parts, (kinds, known), strict=True) if found]
        return f", {' and '.join(told)} so far" if told else ""

    def _show(self, text: str) -> None:
        self._out.write(f"\r\x1b[K{text}")
        self._out.flush()
