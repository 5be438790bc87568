"""Turns Ctrl-C, `kill` and a closed terminal into one exception that never causes a started program to be lost.

Note: a signal handler may raise between the start of a program and the line that records it. Where that matters,
`held()` keeps the signal until the end of the block.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__)
"""The signals that end a command; Windows has no SIGHUP."""


class Interrupted(KeyboardInterrupt):
    """The user or the system wants the command to end."""

    def __init__(self, number: int, message: str = "interrupted") -> None:
        super().__init__(message)
        self.number = number
        self.message = message

    @property
    def exit_code(self) -> int:
        """The exit code that shells expect of a program that a signal ended."""
        return 128 + self.number


class _Gate:
    def __init__(self) -> None:
        self.depth = 0
        self.waiting: int | None = None

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.depth:
            self.waiting = number
        else:
            raise Interrupted(number)


_gate = _Gate()


def install() -> None:
    """Turn the signals into `Interrupted` from now on. Only the main thread can do this; in others it does nothing."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, _gate.on_signal)


@contextmanager
def held() -> Iterator[None]:
    """Hold a signal that arrives during the block until its end, then raise `Interrupted`."""
    _gate.depth += 1
    try:
        yield
    finally:
        _gate.depth -= 1
    if not _gate.depth and _gate.waiting is not None:
        number, _gate.waiting = _gate.waiting, None
        raise Interrupted(number)


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore further signals during the block, which cleans up and is bounded by its own timeouts."""
    _gate.depth += 1
    try:
        yield
    finally:
        _gate.depth -= 1
        _gate.waiting = None
