"""File descriptors: as many as this user may have, and a server that waits quietly when none are left."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
import time
from typing import Any

log = logging.getLogger("local_aws")

ENOUGH = 65_536
"""No more than in SageMaker's containers: programs inherit the limit, and some loop over all numbers up to it."""
MAC_MOST = 10_240
"""macOS refuses more (OPEN_MAX), even if it reports the hard limit as unlimited."""
REPORT_SECONDS = 60.0
PAUSE_SECONDS = 0.9
"""A little less than asyncio waits before it accepts again (its ACCEPT_RETRY_DELAY)."""
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def raise_limit() -> None:
    """Raise the soft limit of open files towards the hard one; keep it if the system refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (ENOUGH, MAC_MOST):
        limit = most if hard == resource.RLIM_INFINITY else min(hard, most)
        if soft != resource.RLIM_INFINITY and soft < limit:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            except (OSError, ValueError):
                continue
        return


class Listener(socket.socket):
    """A listening socket that fails once per second when no descriptor is left.

    At each failure asyncio stops listening for a second, but first tries the rest of its backlog of 100, so it would
    fail, log and retry 100 times.
    """

    _paused_until = 0.0

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept like `socket.accept`; raises `BlockingIOError` shortly after a failure for lack of resources."""
        if time.monotonic() < self._paused_until:
            raise BlockingIOError(errno.EAGAIN, "no descriptor is left")
        try:
            return super().accept()
        except OSError as error:
            if error.errno in EXHAUSTED:
                self._paused_until = time.monotonic() + PAUSE_SECONDS
            raise


class Complaints:
    """The event loop's exception handler: repeated errors are logged once per `REPORT_SECONDS`."""

    def __init__(self) -> None:
        self._reported = -REPORT_SECONDS

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log the failure."""
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in EXHAUSTED:
            loop.default_exception_handler(context)
        elif time.monotonic() - self._reported >= REPORT_SECONDS:
            self._reported = time.monotonic()
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            log.warning("%s (the limit is %s: see `ulimit -n`). New connections wait.", error.strerror, limit)
