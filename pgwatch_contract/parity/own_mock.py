"""The mock as the server to compare with: started as a process, known by its command line alone."""

import contextlib
from collections.abc import Iterator

from pgwatch_contract.files import data_file
from pgwatch_contract.mock_process import NotStarted, launch_mock
from pgwatch_contract.parity.errors import NotPossible

USER, PASSWORD = "admin", "pgwatchadmin"
"""The login of a server whose answers are recorded, as far as nobody says another."""


@contextlib.contextmanager
def running_mock(*options: str) -> Iterator[str]:
    """Start a mock with the sources and metrics of ``fixtures/parity``; give its URL, and end it afterwards.

    Takes further options, such as ``--release 5.3``. Raises NotPossible, with what it printed, where it does not start.
    """
    files = ["--sources", str(data_file("fixtures/parity/sources.yaml"))]
    files += ["--metrics", str(data_file("fixtures/parity/metrics.yaml"))]
    mock = launch_mock([*files, "--log-rate", "0", *options], {"user": USER, "password": PASSWORD})
    try:
        yield mock.url
    except NotStarted as error:
        raise NotPossible(str(error)) from None
    finally:
        mock.kill()
