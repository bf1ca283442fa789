"""The servers that are compared, all of them running: the mock, the bare function and plain Connexion."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http_client import ask
from benchmarks.processes import ROOT, NotMeasuredError, Server, running, stopping
from benchmarks.recording import record
from benchmarks.workloads import LIVENESS, LOGIN, WORKLOADS, write_sources

MOCK, BARE, CONNEXION, WITH_CONSOLE = "mock", "bare uvicorn", "plain Connexion", "mock with console"
SECONDS_TO_START = 10


@dataclass(frozen=True)
class Contender:
    """A server, and a token that it accepts."""

    server: Server
    token: str


def mock_arguments(folder: Path, log_rate: float = 0) -> list[str]:
    """Return the arguments for a quiet mock with twenty sources, whose file is put into a folder."""
    sources = folder / "sources.yaml"
    write_sources(sources)
    common = ["-m", "mockserver", "--port", "0", "--console", "json", "--quiet"]
    return [*common, "--sources", str(sources), "--log-rate", f"{log_rate:g}"]


@contextlib.contextmanager
def contenders() -> Iterator[dict[str, Contender]]:
    """Run the servers until the block ends; the block gets them by name."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        recording = folder / "recording.json"
        mock = _logged_in(stack.enter_context(running(MOCK, mock_arguments(folder))))
        requests = [part for workload in WORKLOADS for part in workload.cycle(mock.token, "recorded")]
        record(mock.server.port, requests, recording)
        bare = stack.enter_context(running(BARE, ["-m", "benchmarks.bare_server", str(recording)]))
        connexion = stack.enter_context(running(CONNEXION, ["-m", "benchmarks.plain_connexion", str(recording)]))
        talking = stack.enter_context(_mock_with_console(folder))
        yield {MOCK: mock, BARE: _logged_in(bare), CONNEXION: _logged_in(connexion), WITH_CONSOLE: _logged_in(talking)}


def _logged_in(server: Server) -> Contender:
    return Contender(server, ask(server.port, LOGIN).body.decode())


@contextlib.contextmanager
def _mock_with_console(folder: Path) -> Iterator[Server]:
    """Run a mock that prints its requests into nothing, so that its port must be chosen here."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--log-rate", "0", "--sources", str(folder / "sources.yaml")]
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", *options], cwd=ROOT, stdout=subprocess.DEVNULL, text=True
    )
    with stopping(process):
        end = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                ask(port, LIVENESS)
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.monotonic() > end:
                    raise NotMeasuredError(f"{WITH_CONSOLE} did not start") from None
                time.sleep(0.02)
        yield Server(process.pid, port)
