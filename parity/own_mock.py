"""The mock as the server to compare with: started as a process, known by its command line alone."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator

from parity.errors import NotPossible
from pgwatch_contract.files import data_file

USER, PASSWORD = "admin", "pgwatchadmin"
"""The login of a server whose answers are recorded, as far as nobody says another."""

_VARIABLES = "PGWATCH_MOCK_"


@contextlib.contextmanager
def running_mock(*options: str) -> Iterator[str]:
    """Start a mock with the sources and metrics of ``fixtures/parity``; give its URL, and end it afterwards.

    Takes further options, such as ``--release 5.3``. Raises NotPossible, with what it printed, where it does not start.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_VARIABLES)}
    environment |= {f"{_VARIABLES}USER": USER, f"{_VARIABLES}PASSWORD": PASSWORD}
    files = ["--sources", str(data_file("fixtures/parity/sources.yaml"))]
    files += ["--metrics", str(data_file("fixtures/parity/metrics.yaml"))]
    command = [sys.executable, "-m", "mockserver", "--port", "0", "--console", "json", "--quiet", "--log-rate", "0"]
    with subprocess.Popen(  # noqa: S603  # our own program
        [*command, *files, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            yield _url(process)
        finally:
            process.kill()


def _url(process: subprocess.Popen[str]) -> str:
    printed = []
    for line in process.stdout or ():
        printed.append(line)
        with contextlib.suppress(json.JSONDecodeError, TypeError):
            banner = json.loads(line)
            if "url" in banner:
                return str(banner["url"])
    raise NotPossible(f"the mock did not start: {' '.join(''.join(printed).split())}")
