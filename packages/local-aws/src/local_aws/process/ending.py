"""The end of a run: requested by a signal, and done within seconds whatever the event loop, a thread or a child does.

Note: a thread receives the signals, through `signal.set_wakeup_fd`, because the main thread may be inside a long call
when they arrive.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

log = logging.getLogger("local_aws")

END_SECONDS = 12.0
"""Maximum time from SIGINT or SIGTERM to the process's end, longer than an orderly end. The guard runs after it."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Watches for SIGINT and SIGTERM; a process that exceeds its time is ended with exit code 0."""

    def __init__(self, clean: Callable[[], None], seconds: float) -> None:
        self._clean, self._seconds = clean, seconds
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._tell: Callable[[], object] | None = None

    @classmethod
    def watch(cls, clean: Callable[[], None], seconds: float = END_SECONDS) -> Ending:
        """Start watching; for the main thread. ``clean`` is called before the process is ended by force."""
        ending = cls(clean, seconds)
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        for number in SIGNALS:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        arguments = (reader, writer)  # the thread keeps both open
        threading.Thread(target=ending._watch, args=arguments, name="end", daemon=True).start()
        return ending

    def call(self, tell: Callable[[], object]) -> None:
        """Call ``tell`` in another thread once a signal arrives; at once if one has arrived already."""
        with self._lock:
            self._tell = tell
            if not self._asked.is_set():
                return
        tell()

    def _watch(self, reader: socket.socket, _writer: socket.socket) -> None:
        while not {*reader.recv(64)} & {*SIGNALS}:
            continue
        with self._lock:
            self._asked.set()
            tell = self._tell
        if tell:
            tell()
        threading.Event().wait(self._seconds)
        running = ", ".join(sorted(thread.name for thread in threading.enumerate()))
        log.error("not at its end after %s s, so it is ended by force; threads: %s", self._seconds, running)
        self._clean()
        exit_now(0)


def exit_now(code: int) -> NoReturn:
    """End the process at once, because a normal exit waits for threads, which may never end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
