"""The mock as a target: started as a process, known only by its command line and its answers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from contract_tests.errors import NotJudged

_VARIABLES = "PGWATCH_MOCK_"


class MockProcess:
    """A mock server that was launched: it is on its way until its URL is asked for."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @cached_property
    def url(self) -> str:
        """Where it serves, once it does; raises NotJudged, with what it printed, where it does not start."""
        printed = []
        for line in self._process.stdout or ():
            printed.append(line)
            with contextlib.suppress(json.JSONDecodeError, TypeError):
                banner = json.loads(line)
                if "url" in banner:
                    return str(banner["url"])
        raise NotJudged(f"the mock did not start: {' '.join(''.join(printed).split())}")

    def tell_to_stop(self) -> None:
        """Send SIGTERM and come back at once."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once: there is nothing in it that anybody would miss."""
        self._process.kill()
        self._process.communicate()


def launch_mock(spec: Path, options: Sequence[str] = (), secrets: Mapping[str, str] | None = None) -> MockProcess:
    """Launch a mock on a free port of this machine, and come back before it serves.

    ``secrets`` are options that other users of the machine are not to see: name (``user``) to value.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_VARIABLES)}
    environment |= {_VARIABLES + name.upper(): value for name, value in (secrets or {}).items()}
    command = [sys.executable, "-m", "mockserver", "--port", "0", "--console", "json", "--quiet", "--spec", str(spec)]
    # In a session of its own: Ctrl-C is for the run, which has to clean up before the mock ends.
    return MockProcess(
        subprocess.Popen(  # noqa: S603  # our own program
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
            start_new_session=True,
        )
    )  # fmt: skip
