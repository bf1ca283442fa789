"""What the mock prints while it runs: a line for each request, remarks, and the log itself when asked for."""

import asyncio
import json
import os
import re
import sys
import time
from typing import TextIO

FLUSH_SECONDS = 0.05
_MOST_OF_A_NAME = 60
_ARGUMENTS = re.compile(r"(\[args:\[).*(?=\]\])", re.DOTALL)
_UNASKED = "/favicon.ico"
_BOLD, _DIM, _GREEN, _YELLOW, _RED = "1", "2", "32", "33", "31"


class Console:
    """Collects lines and writes them in one go a few times a second, so that a request does not wait for a terminal.

    Takes where to write; whether as JSON, one object a line; and how much: -1 only what keeps the mock from working,
    0 requests and remarks, 1 the log's entries too.
    """

    def __init__(self, out: TextIO = sys.stdout, as_json: bool = False, verbosity: int = 0) -> None:
        self._out = out
        self._as_json = as_json
        self._colour = not as_json and out.isatty() and "NO_COLOR" not in os.environ
        self._lines: list[str] = []
        self.shows_requests = verbosity >= 0
        self.shows_log = verbosity >= 1

    def request(  # noqa: PLR0913, PLR0917  # all that a line says
        self, method: str, path: str, status: int, seconds: float, reason: str, name: str = ""
    ) -> None:
        """Show one request: its path without the query, which can hold a token, and the name of what it is about.

        ``reason`` says why it was refused, if it was. What browsers ask for unasked is not shown.
        """
        if path.endswith(_UNASKED):
            return
        if self._as_json:
            self._write(
                json.dumps(
                    {
                        "time": round(time.time(), 3),
                        "method": method,
                        "path": path,
                        "status": status,
                        "ms": round(seconds * 1000, 3),
                        **({"name": name} if name else {}),
                        **({"reason": reason} if reason else {}),
                    }
                )
            )
            return
        colour = _GREEN if status < 400 else _YELLOW if status < 500 else _RED
        clock = self._paint(_DIM, time.strftime("%H:%M:%S"))
        line = f"{clock} {method:<7} {self._paint(colour, str(status))} {seconds * 1000:>6.1f} ms  {_printable(path)}"
        self._write(f"{line}{about(name)}{'  ' if reason else ''}{reason}")

    def note(self, text: str) -> None:
        """Show a remark."""
        if self.shows_requests:
            self._write(json.dumps({"note": text}) if self._as_json else f"{self._paint(_YELLOW, 'note:')} {text}")

    def error(self, text: str) -> None:
        """Show what must not be missed, however quiet the console is."""
        self._write(json.dumps({"error": text}) if self._as_json else f"{self._paint(_RED, 'error:')} {text}")

    def log_entry(self, entry: str) -> None:
        """Show an entry of the log, where the log is shown, without the values that a release tells of a query."""
        if self.shows_log:
            text = _ARGUMENTS.sub(r"\1***", entry.rstrip("\n"))
            self._write(json.dumps({"log": text}) if self._as_json else self._paint(_DIM, text))

    def banner(self, title: str, facts: dict[str, str]) -> None:
        """Show that the server is up: a title, and facts by their name. In JSON the facts are one object."""
        if self._as_json:
            self._write(json.dumps(facts))
        else:
            width = max(map(len, facts))
            lines = [f"  {self._paint(_DIM, name.ljust(width))}  {value}" for name, value in facts.items()]
            self._write("\n".join([self._paint(_BOLD, title), *lines]))
        self.flush()

    def flush(self) -> None:
        """Write what was collected. A reader that went away is no reason to stop serving."""
        text, self._lines = "\n".join(self._lines), []
        if text:
            try:
                self._out.write(text + "\n")
                self._out.flush()
            except (BrokenPipeError, ValueError):
                self.shows_requests = self.shows_log = False

    def _write(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
            except RuntimeError:  # no loop is running yet
                self.flush()

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def about(name: str) -> str:
    """Return the name of what a line is about as it stands behind method and path; empty for none."""
    return f" {shortened(name)!r}" if name else ""


def shortened(name: str) -> str:
    """Return a name, cut where it is longer than a line bears."""
    return name if len(name) <= _MOST_OF_A_NAME else f"{name[:_MOST_OF_A_NAME]}..."


def _printable(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode()
