"""Servers in processes of their own: how they are started and stopped, and what they take."""

import contextlib
import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 30
CPU_CLOCK_OF_PROCESS = 2


class NotMeasuredError(Exception):
    """Something could not be measured; the text is one line that says what and why."""


@dataclass(frozen=True)
class Server:
    """A running server: its process id, and its port on 127.0.0.1."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the CPU time of all the process's threads since its start, user and system, in seconds.

        It is the kernel's clock for the process. ``/proc/PID/stat`` has the same sum in steps of 10 ms only.
        """
        return time.clock_gettime_ns((~self.pid << 3) | CPU_CLOCK_OF_PROCESS) / 1e9

    def resident_mb(self) -> float:
        """Return the resident memory (VmRSS) in megabytes of a million bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
        return int(kilobytes) * 1024 / 1e6


@contextlib.contextmanager
def running(name: str, arguments: Sequence[str]) -> Iterator[Server]:
    """Run ``python ARGUMENTS`` until the block ends; the block gets the server.

    The server says where it listens in the first line it prints, a JSON object with ``url``. Raises NotMeasuredError
    where it does not.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        with stopping(process):
            try:
                port = urlsplit(read_object(process, name)["url"]).port
            except NotMeasuredError as error:
                errors.seek(0)
                (*_, reason) = [str(error), *errors.read().splitlines()]
                raise NotMeasuredError(f"{name} did not start: {reason}") from None
            yield Server(process.pid, port or 80)


def read_object(process: "subprocess.Popen[str]", name: str) -> dict[str, Any]:
    """Return the JSON object in the next line that a process prints.

    Raises NotMeasuredError where there is none, or one that tells of an ``error``.
    """
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], SECONDS_TO_START)
    line = process.stdout.readline() if ready else ""
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        raise NotMeasuredError(f"{name} said nothing that could be read: {line.strip()!r}") from None
    if "error" in found:
        raise NotMeasuredError(f"{name}: {found['error']}")
    return found


@contextlib.contextmanager
def stopping(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Kill a process when the block ends, whatever happened in it: it has nothing to lose."""
    try:
        yield
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
