"""What the tests share: mock servers on real ports."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from proof.forked import Process
from proof.forked import start as start_process
from proof.forked import use as use_forks

use_forks()
ROOT = Path(__file__).parent.parent
JSON = {"Content-Type": "application/json"}


@dataclass
class Server:
    """A mock server in a process of its own."""

    process: Process
    url: str
    banner: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        url = httpx.URL(self.url)
        return url.host, url.port or 80

    @property
    def log_url(self) -> str:
        """Where its log stream is."""
        return self.url.replace("http:", "ws:") + "/log"

    def login(self, user: str = "someone", password: str = "something") -> str:
        """Return a token."""
        answer = httpx.post(f"{self.url}/login", json={"user": user, "password": password})
        assert answer.status_code == 200, answer.text
        return answer.text

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client that sends a token (a new one by default) with every request."""
        return httpx.Client(base_url=self.url, headers={"Token": token or self.login()}, timeout=30)

    def stop(self, with_signal: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop it; return its exit code and what it printed since the banner."""
        self.process.send_signal(with_signal)
        out, _ = self.process.communicate(timeout=20)
        return self.process.returncode, out


def start_server(
    *options: str,
    module: Sequence[str] = ("mockserver",),
    python: str = sys.executable,
    cwd: Path = ROOT,
    **environment: str,
) -> Server:
    """Start a mock server on a free port and wait until it serves; ``module`` is what starts it."""
    command = [*module, "--port", "0", "--console", "json", "--log-rate", "0", *options]
    given = {**os.environ, **environment}
    if python == sys.executable:
        process = start_process(command, cwd=cwd, environment=given)
    else:
        process = subprocess.Popen(
            [python, "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd, env=given
        )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        with contextlib.suppress(json.JSONDecodeError):
            banner: dict[str, Any] = json.loads(line)
            if "url" in banner:
                return Server(process, banner["url"], banner)
    raise AssertionError(f"the server did not start: {''.join(lines)}")


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Start servers with options of the test's own; they end with it."""
    servers: list[Server] = []

    def start_one(*options: str, **environment: str) -> Server:
        servers.append(start_server(*options, **environment))
        return servers[-1]

    yield start_one
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for the tests of one module, with default settings; it prints nothing."""
    started = start_server("--quiet")
    yield started
    started.stop()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in at the module's server."""
    with server.client() as logged_in:
        yield logged_in
