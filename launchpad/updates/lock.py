"""Locks between this machine's processes: one deploy or removal of an environment at a time, one user of a folder.

A lock ends with its process, whatever its file says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from launchpad import paths
from launchpad.messages.errors import LaunchpadError, shown

_HELD: dict[Path, IO[str]] = {}
"""What this process has reserved, by folder: open files, because closing one ends its lock."""


@contextmanager
def only_deploy(environment: str) -> Iterator[None]:
    """Hold the lock of an environment's deploy or removal during the block.

    The file has the process's id, for people. A dead process holds no lock, whatever its file says.

    Raises:
        LaunchpadError: another process holds it.
    """
    import fcntl  # not at the top: Windows has none, and every command imports this module

    path = paths.BUILD / f"deploy-{environment}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise LaunchpadError(
                f"environment {environment!r} is being deployed or destroyed by process"
                f" {file.read().strip() or 'unknown'} ({shown(path)}); wait for its end, then try again"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def reserve(folder: Path) -> bool:
    """Reserve a folder for this process until it ends; return False if another one has it."""
    import fcntl  # not at the top: see above

    if folder in _HELD:
        return True
    folder.parent.mkdir(parents=True, exist_ok=True)
    file = folder.with_name(f"{folder.name}.lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _HELD[folder] = file
    return True
