"""Ctrl-C, and signals that end a process, at moments at which they would leave something behind at a server."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))
_MOST = 3
_EXIT_CODE = 2


class _Counter:
    """Counts the signals of a run: the first ends it, a further one waits for the cleaning up, the third does not."""

    def __init__(self) -> None:
        self.number = 0

    def first_ends(self, number: int, _: Any) -> None:
        self.number += 1
        if self.number == 1:
            raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")
        self.again(number, _)

    def again(self, _number: int, _frame: Any) -> None:
        self.number += 1
        if self.number > _MOST:
            os._exit(_EXIT_CODE)
        print("the run is cleaning up; once more ends it at once, and may leave something behind", file=sys.stderr)


_counter = _Counter()


def count_once() -> None:
    """Let the first signal that ends a process end the run as Ctrl-C does, and further ones wait until that is done."""
    if threading.current_thread() is threading.main_thread():
        for each in _SIGNALS:
            signal.signal(each, _counter.first_ends)


@contextlib.contextmanager
def delayed() -> Iterator[None]:
    """Let an interrupt wait until the block is through, and count then."""
    came: list[int] = []
    with _handled_by(lambda number, _: came.append(number)):
        yield
    if came:
        signal.raise_signal(came[0])


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Let interrupts pass without effect while the run cleans up; every request has a time limit of its own."""
    with _handled_by(_counter.again):
        yield


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, Any], Any] | signal.Handlers) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
