"""One server per state folder, because two would share a log and the jobs' folders."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

NAME = "server.lock"


class StateInUseError(Exception):
    """Another server uses the folder; the message says which one, and what to do."""


def lock_state(folder: Path) -> int:
    """Lock the folder for this process until it ends, however it ends; returns the lock's descriptor.

    Raises:
        StateInUseError: another process has locked it.
        OSError: the folder can't be written.
    """
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise StateInUseError(
            f"--state {folder} is in use by another local AWS (process {holder or 'unknown'}). "
            "Stop that one, or name another folder."
        ) from None
    with contextlib.suppress(OSError):  # the lock works on a full disk too
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
