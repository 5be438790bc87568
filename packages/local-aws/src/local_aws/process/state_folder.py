"""A state folder: one server at a time, and what a server removes of the one before it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

from local_aws.files.state_file import NAME as STATE

NAME = "server.lock"
KEPT = {NAME, "secret"}
"""What even `--fresh` leaves: clients go on with the variables that they have."""
LEFT_BEHIND = ("jobs", "tmp")
"""Folders of programs that have ended with their server."""
REMOVED = (*LEFT_BEHIND, STATE, f"{STATE}-wal", f"{STATE}-shm", "objects", "registry", "ministack", "s3", "mlflow")
LOGS = ("local-aws.log", "iam-calls.jsonl")
MARKS = {*KEPT, STATE, *LOGS}
"""Any of these shows that a local AWS has used the folder."""


class StateInUseError(Exception):
    """Another server uses the folder; the message says which one, and what to do."""


class StateRefusedError(Exception):
    """Files in the folder would be lost; the message says what to do."""


def refuse_foreign(folder: Path) -> None:
    """Raise `StateRefusedError` if the folder has files but none of a local AWS: its jobs/ may be anything's."""
    names = sorted(entry.name for entry in folder.iterdir())
    if names and MARKS.isdisjoint(names):
        raise StateRefusedError(
            f"--state {folder} has other files, such as {names[0]}, and this server removes what it finds in some "
            "folders. Name an empty or a new folder."
        )


def refuse_kept(folder: Path) -> None:
    """Raise `StateRefusedError` if a server has kept its state there: one with --per-run would delete its objects."""
    if (folder / STATE).exists():
        raise StateRefusedError(
            f"--state {folder} keeps an earlier run, whose objects --per-run would delete. "
            "Name another folder, or begin anew with --fresh."
        )


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
    """Remove what a killed server left behind or, with ``fresh``, all files of servers but the secret."""
    for path in (folder / name for name in ((*REMOVED, *LOGS) if fresh else LEFT_BEHIND)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
