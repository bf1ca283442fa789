"""Commands of ours in forks of a warm process: as in processes of their own, without the seconds that imports take.

Where there is no fork (Windows) they are run in processes of their own.
"""

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pgwatch_contract import mock_process

_ROOT = Path(__file__).parent.parent
CAN_FORK = hasattr(os, "fork")
_address = ""


def use(address: str = "") -> None:
    """Have all mocks forked that ``mock_process`` is asked for, by the warm process at an address or one of our own."""
    global _address  # noqa: PLW0603  # a process has one
    _address = address
    if CAN_FORK:
        mock_process.start = start_mock


def run(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and return its exit code and what it printed; raises TimeoutExpired.

    A command is a module, as after ``python -m``, and its arguments.
    """
    if not CAN_FORK:
        in_full = [sys.executable, "-m", *command]
        return subprocess.run(
            in_full, capture_output=True, text=True, check=False, timeout=timeout, cwd=cwd, env=environment
        )
    with contextlib.ExitStack() as stack:
        nothing = stack.enter_context(Path(os.devnull).open(encoding="utf-8"))
        out, err = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(2))
        process = Forked(command, (nothing, out, err), cwd, environment)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        printed = []
        for file in (out, err):
            file.seek(0)
            printed.append(file.read())
        return subprocess.CompletedProcess(command, code, *printed)


def start(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], session: bool = False) -> "Process":
    """Start a command, with pipes for its standard input and for all it prints, on either stream."""
    if CAN_FORK:
        return Streamed(command, cwd, environment, session=session)
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=environment,
    )


def start_mock(options: Sequence[str], environment: Mapping[str, str]) -> mock_process.Process:
    """Start a mock as ``mock_process`` does."""
    return start(["mockserver", *options], cwd=Path.cwd(), environment=environment, session=True)


class Forked:
    """A process that was forked by the warm one, with files for its standard streams; like ``subprocess.Popen``."""

    def __init__(
        self,
        command: Sequence[str],
        files: Sequence[IO[str]],
        cwd: Path,
        environment: Mapping[str, str],
        *,
        session: bool = False,
    ) -> None:
        self.args = command
        self.returncode: int | None = None
        job = {"command": command, "folder": str(cwd), "environment": dict(environment), "session": session}
        text = json.dumps(job).encode()
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(_address or _warm_process())
        socket.send_fds(self._connection, [struct.pack("!I", len(text))], [file.fileno() for file in files])
        self._connection.sendall(text)
        self.pid = self._number()
        self._lock = threading.Lock()

    def _number(self) -> int:
        data = self._connection.recv(4, socket.MSG_WAITALL)
        if len(data) < 4:
            raise RuntimeError("the warm process is gone: what it printed stands above")
        (number,) = struct.unpack("!i", data)
        return int(number)

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, once it has ended; raises TimeoutExpired."""
        with self._lock:
            if self.returncode is None:
                self._connection.settimeout(timeout)
                try:
                    self.returncode = self._number()
                except (TimeoutError, BlockingIOError):
                    raise subprocess.TimeoutExpired(list(self.args), timeout or 0) from None
                self._connection.close()
            return self.returncode

    def poll(self) -> int | None:
        """Return its exit code; None while it runs, and while another thread waits for its end."""
        if self._lock.locked():
            return self.returncode
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Streamed(Forked):
    """A process with pipes: ``stdin``, and ``stdout`` for all it prints."""

    def __init__(
        self, command: Sequence[str], cwd: Path, environment: Mapping[str, str], *, session: bool = False
    ) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.stdin, self.stdout = os.fdopen(ours_in, "w", encoding="utf-8"), os.fdopen(ours_out, encoding="utf-8")
        with os.fdopen(theirs_in) as given, os.fdopen(theirs_out, "w") as taken:
            super().__init__(command, (given, taken, taken), cwd, environment, session=session)

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """End its input, and return what else it prints, once it has ended; raises TimeoutExpired."""
        with contextlib.suppress(OSError):
            self.stdin.close()
        if self.stdout.closed:
            return "", None
        printed: list[str] = []
        reading = threading.Thread(target=lambda: printed.append(self.stdout.read()), daemon=True)
        reading.start()
        self.wait(timeout)
        reading.join(timeout)
        self.stdout.close()
        return "".join(printed), None


Process = subprocess.Popen[str] | Streamed
"""One that was started, of either kind."""


@functools.cache
def _warm_process() -> str:
    """Start the warm process of this process, which ends with it, and return its address."""
    folder = tempfile.mkdtemp(prefix="warm-")
    address = str(Path(folder, "socket"))
    process = subprocess.Popen(
        [sys.executable, "-m", "proof.warm", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    if process.stdout is None or process.stdout.readline() != "ready\n":
        raise RuntimeError("the warm process did not start: what it printed stands above")

    def end() -> None:
        process.kill()
        process.communicate()
        Path(address).unlink()
        Path(folder).rmdir()

    atexit.register(end)
    return address
