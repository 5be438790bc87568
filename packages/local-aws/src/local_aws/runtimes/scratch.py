"""A folder per running program: its environment, its home, its temporary files.

The program may change its environment with pip, as the user's requirements demand, while the image's cached one stays
unchanged: it is an overlay if the machine supports it (instant), otherwise a clone. In namespaces the clone is a copy
(2 s of CPU time for the 14,500 files of scikit-learn's image), because writing to a hard link writes to the cached
file, and a read-only mount of the cache does not prevent that. Without namespaces a program can write there anyway,
so the clone consists of hard links (0.25 s), and `manifests` detects changes.
The supervisor removes the folder when the program has ended, and holds its lock until then, so that folders from
before a crash of the machine can be distinguished from those in use.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from local_aws.runtimes.inside.removal import remove

LOCK = "lock"
ENVIRONMENT = "environment"
COPY_BYTES = 1 << 30
STARTING_SECONDS = 600
"""Age below which a folder without a lock may belong to a supervisor that is just starting."""


class Scratch:
    """The scratch folders under one folder, safe to share between servers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def create(self, environment: Path, *, overlay: bool, links: bool = False) -> Path:
        """Create a folder with ``home``, ``tmp``, and ``environment``: a clone, or a mount point for the overlay.

        With ``links`` the clone shares its files with the cached environment.
        """
        self._folder.mkdir(parents=True, exist_ok=True)  # the cache may be emptied while a server runs
        path = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            for name in ("home", "tmp", *(("upper", "work", ENVIRONMENT) if overlay else ())):
                (path / name).mkdir()
            if not overlay:
                _clone(environment, path / ENVIRONMENT, os.link if links else _copy)
        except BaseException:
            remove(path)
            raise
        return path

    def _sweep(self) -> None:
        """Remove folders that no supervisor locks. Other servers' programs start and end meanwhile."""
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):  # it is gone, or another user's
                if time.time() - path.stat().st_mtime > STARTING_SECONDS:
                    _remove_unless_held(path)


def overlay_arguments(environment: Path, scratch: Path) -> dict[str, str]:
    """The arguments for `inside/namespaces.py` to mount the environment as an overlay in a scratch folder."""
    places = {"upper": "upper", "work": "work", "target": ENVIRONMENT}
    return {"lower": str(environment)} | {name: str(scratch / subfolder) for name, subfolder in places.items()}


def _remove_unless_held(path: Path) -> None:
    """Remove a folder while holding its lock, so that a late supervisor, or another server, waits or skips it."""
    try:
        lock = (path / LOCK).open("r")
    except FileNotFoundError:  # no supervisor was ever started
        remove(path)
        return
    with lock, contextlib.suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)


def _clone(source: Path, target: Path, clone_file: Callable[[str, Path], None]) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.is_symlink():
                copy.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                _clone(Path(entry.path), copy, clone_file)
            else:
                clone_file(entry.path, copy)


def _copy(source: str, target: Path) -> None:
    """Copy a file with its times, which Python's bytecode refers to. Blocks are shared if the file system can."""
    with open(source, "rb") as reader, target.open("wb") as writer:  # noqa: PTH123
        try:
            while os.copy_file_range(reader.fileno(), writer.fileno(), COPY_BYTES):
                pass
        except OSError:  # not on this file system
            shutil.copyfileobj(reader, writer)
    shutil.copystat(source, target)
