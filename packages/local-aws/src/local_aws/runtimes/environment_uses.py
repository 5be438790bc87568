"""Which cached environments are in use, and the removal of those that no server has used for a month.

A change of an image's lock file makes another environment, of 0.3 to 2 GB, and the one before is needed no more. Next
to each environment is a file ``<name>.used``: a server holds it locked, shared, from the first use until it ends, and
its time says when that was. Who removes an environment holds it alone.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from local_aws.runtimes.inside.removal import remove

UNUSED_DAYS = 30


class Uses:
    """The environments of one folder that this process uses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, IO[str]] = {}

    def begin(self, environment: Path) -> None:
        """Keep an environment, built or not yet, from being removed until this process ends."""
        marker = _marker(environment)
        if environment not in self._files or not marker.exists():  # the cache may be emptied while a server runs
            self._files[environment] = _locked(marker, fcntl.LOCK_SH)
        os.utime(marker)

    def remove_unused(self) -> list[str]:
        """Remove what has not been used for `UNUSED_DAYS`, and return the names."""
        removed = []
        for environment in sorted(path for path in self._folder.iterdir() if path.is_dir() and "." not in path.name):
            marker = _marker(environment)
            if not marker.exists():  # it is older than these files: its month begins now
                marker.touch()
            if time.time() - marker.stat().st_mtime > UNUSED_DAYS * 86_400 and _remove(environment, marker):
                removed.append(environment.name)
        return removed


def _remove(environment: Path, marker: Path) -> bool:
    try:
        with _locked(marker, fcntl.LOCK_EX | fcntl.LOCK_NB):
            remove(environment)
            for suffix in ("json", "lock", "used"):
                environment.with_name(f"{environment.name}.{suffix}").unlink(missing_ok=True)
    except BlockingIOError:
        return False
    return True


def _locked(marker: Path, kind: int) -> IO[str]:
    """Open and lock a marker; the kernel releases it when its holder closes it or dies."""
    while True:
        file = marker.open("a")
        try:
            fcntl.flock(file, kind)
        except BaseException:
            file.close()
            raise
        if _same(file, marker):
            return file
        file.close()  # who held it has removed it


def _same(file: IO[str], marker: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), marker.stat())
    except FileNotFoundError:
        return False


def _marker(environment: Path) -> Path:
    return environment.with_name(f"{environment.name}.used")
