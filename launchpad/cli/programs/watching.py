"""Ends a program that uses a local AWS as soon as that has ended, because AWS clients retry for a long time."""

from __future__ import annotations

import contextlib
import os
import signal
import threading

from launchpad.platform_client import local_address
from launchpad.processes.programs import Program

INTERVAL_SECONDS = 0.5
GRACE_SECONDS = 3.0
MISSES = 2
"""The number of refused connections in a row after which the local AWS counts as gone."""


class Watch:
    """Polls one address while a program runs; does nothing if the address is not on this machine."""

    def __init__(self, endpoint_url: str, program: Program) -> None:
        self.endpoint_url = endpoint_url
        self.gone = False
        """Whether the local AWS has ended, so that the program was ended too."""
        self._program = program
        self._closed = threading.Event()
        if local_address.is_local(endpoint_url):
            threading.Thread(target=self._look, name="watch", daemon=True).start()

    def close(self) -> None:
        """Stop polling."""
        self._closed.set()

    def _look(self) -> None:
        misses = 0
        while misses < MISSES:
            if self._closed.wait(INTERVAL_SECONDS):
                return
            misses = misses + 1 if local_address.is_gone(self.endpoint_url) else 0
        self.gone = True
        self._program.process.terminate()
        if not self._closed.wait(GRACE_SECONDS):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._program.process.pid, signal.SIGKILL)
