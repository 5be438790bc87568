"""A state folder: one server at a time, and what a server removes of the one before it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

NAME = "server.lock"
KEPT = {NAME, "secret"}
"""What even `--fresh` leaves: clients go on with the variables that they have."""
LEFT_BEHIND = ("jobs", "tmp")
"""Folders of programs that have ended with their server."""


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


def prepare_state(folder: Path, *, fresh: bool) -> None:
    """Remove what a killed server left behind or, with ``fresh``, everything but the secret."""
    names = [entry.name for entry in folder.iterdir()] if fresh else LEFT_BEHIND
    for path in (folder / name for name in names if name not in KEPT):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
