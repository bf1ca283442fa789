"""``python -m proof.warm SOCKET``: a process that has imported everything, and forks for each command it is given.

To import what a run of ``verify`` or a mock needs takes longer than many a run. A fork has it at once; all else is as
in a process of its own: folder, environment, standard streams, signals, exit code. ``forked.py`` asks.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import struct
import sys
import traceback
from typing import Any

import contract_tests
import mockserver
import pgwatch_contract
from proof import forked

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE)


def main() -> None:
    """Serve until whoever started this is gone, which ends standard input."""
    address = sys.argv[1]
    _import_all()
    forked.use(address)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    print("ready", flush=True)
    if (job := _serve(listener)) is not None:
        _become(job)
        _leave(_run(*job["command"]))


def _import_all() -> None:
    """Import all modules, and have the garbage collector leave what is there alone: a fork shares it."""
    for package in (pgwatch_contract, mockserver, contract_tests):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _serve(listener: socket.socket) -> dict[str, Any] | None:
    """Fork for each request; return the request in the fork, and None once there is nobody any more."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    running: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for each in (listener, sys.stdin, reading):
            selector.register(each, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if sys.stdin in ready:
                return None
            if reading in ready:
                os.read(reading, 4096)
                _tell_of_ends(running)
            if listener in ready:
                connection, _ = listener.accept()
                job, files = _request(connection)
                pid = os.fork()
                if pid == 0:
                    for each in (listener, connection, *running.values()):
                        each.close()
                    return {**job, "files": files}
                for file in files:
                    os.close(file)
                running[pid] = connection
                connection.sendall(struct.pack("!i", pid))


def _request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Read what is to be run, and the three standard streams for it."""
    head, files, _, _ = socket.recv_fds(connection, 4, 3)
    (length,) = struct.unpack("!I", head)
    text = b""
    while len(text) < length:
        text += connection.recv(length - len(text))
    return json.loads(text), list(files)


def _tell_of_ends(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        connection = running.pop(pid)
        with contextlib.suppress(OSError):  # whoever asked for it is gone
            connection.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))
        connection.close()


def _become(job: dict[str, Any]) -> None:
    """Take over what a process of its own would have been given."""
    signal.set_wakeup_fd(-1)
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN if each is signal.SIGPIPE else signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if job["session"]:
        os.setsid()
    for number, file in enumerate(job["files"]):
        os.dup2(file, number)
        os.close(file)
    os.chdir(job["folder"])
    sys.path[0] = job["folder"]  # where python -m looks first
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.BufferedWriter(io.FileIO(number, "w", closefd=False)), line_buffering=number == 2)
        for number in (1, 2)
    )


def _run(module: str, *arguments: str) -> int:
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as an interpreter ends
        traceback.print_exc()
        return 1
    return 0


def _leave(code: int) -> None:
    """End without tearing down all that was imported."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
