"""The mock as a process of its own, known by its command line and its answers alone."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

_VARIABLES = "PGWATCH_MOCK_"
_ROOT = Path(__file__).parent.parent
_START = """\
import sys
sys.path.insert(0, {root!r})
import mockserver, pgwatch_contract
del sys.path[0]
sys.path += [each for each in {path!r} if each not in sys.path]
from mockserver.command.cli import main
sys.exit(main())
"""
"""Our packages count, whatever stands in the folder or in PYTHONPATH; what only the latter has is found after all."""


class NotStarted(Exception):
    """The mock does not serve; the text says, in one line, what it printed."""


class Process(Protocol):
    """What is asked of a process, as ``subprocess.Popen[str]`` does it."""

    @property
    def stdout(self) -> Iterable[str] | None:
        """What it prints."""

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """End it."""

    def communicate(self) -> object:
        """Wait for its end."""


class MockProcess:
    """A mock server that was launched: it is on its way until its URL is asked for. It ends with this process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @cached_property
    def url(self) -> str:
        """Where it serves, once it does; raises NotStarted where it does not start."""
        printed = []
        for line in self._process.stdout or ():
            printed.append(line)
            with contextlib.suppress(json.JSONDecodeError, TypeError):
                banner = json.loads(line)
                if "url" in banner:
                    return str(banner["url"])
        raise NotStarted(f"the mock did not start: {' '.join(''.join(printed).split())}")

    def tell_to_stop(self) -> None:
        """Send SIGTERM and come back at once."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once: there is nothing in it that anybody would miss."""
        self._process.kill()
        self._process.communicate()


def launch_mock(options: Sequence[str] = (), secrets: Mapping[str, str] | None = None) -> MockProcess:
    """Launch a mock on a free port of this machine, and come back before it serves.

    ``secrets`` are options that other users of the machine are not to see: name (``user``) to value.
    """
    left_out = ("PYTHONPATH", "PYTHONWARNINGS", "PYTHONINSPECT")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_VARIABLES) and name not in left_out
    }
    environment |= {_VARIABLES + name.upper(): value for name, value in (secrets or {}).items()}
    told = ["--port", "0", "--console", "json", "--quiet", "--end-with-stdin", *options]
    return MockProcess(start(told, environment))


def _in_an_interpreter(options: Sequence[str], environment: Mapping[str, str]) -> Process:
    code = _START.format(root=str(_ROOT), path=[each for each in sys.path if each])
    # In a session of its own: Ctrl-C is for whoever launched it, who has to clean up before the mock ends. The pipe is
    # what it ends by if that one is killed.
    return subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-P", "-c", code, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )


start: Callable[[Sequence[str], Mapping[str, str]], Process] = _in_an_interpreter
"""Starts a mock by its options and its environment; where thousands are started, something quicker takes its place."""
