"""A folder per running program: its environment, its home, its temporary files.

The environment is the image's, and the program may change it with pip as the user's requirements ask, while the cached
one stays as it was: an overlay where the machine has it (no time at all), or else a clone. In namespaces the clone is a
copy (2 s of a processor for the 14,500 files of scikit-learn's image), because to write into a hard link is to write
into the cached file, which no read-only mount of the cache prevents. Without namespaces a program can write there
anyhow, so the clone is of hard links (0.25 s), and `manifests` finds what has changed.
The supervisor removes the folder when the program has ended, and holds its lock until then, so that what a killed
machine left behind can be told from what is in use.
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
"""Age under which a folder without a lock may be one whose supervisor is just starting."""


class Scratch:
    """The scratch folders under one folder, safe to share between servers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def create(self, environment: Path, *, overlay: bool, links: bool = False) -> Path:
        """Make a folder with ``home``, ``tmp``, and ``environment``: a clone, or a place for the overlay.

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
        """Remove what no supervisor holds any more. Other servers' programs start and end meanwhile."""
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):  # it has gone, or is another user's
                if time.time() - path.stat().st_mtime > STARTING_SECONDS:
                    _remove_unless_held(path)


def overlay_arguments(environment: Path, scratch: Path) -> dict[str, str]:
    """What `inside/namespaces.py` needs to show the environment in a scratch folder that was made for an overlay."""
    places = {"upper": "upper", "work": "work", "target": ENVIRONMENT}
    return {"lower": str(environment)} | {name: str(scratch / place) for name, place in places.items()}


def _remove_unless_held(path: Path) -> None:
    """Remove a folder under its own lock, so that a supervisor that starts late, or another server, waits or passes."""
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
    """Copy a file with its times, which Python's bytecode refers to. Blocks are shared where the file system can."""
    with open(source, "rb") as reader, target.open("wb") as writer:  # noqa: PTH123
        try:
            while os.copy_file_range(reader.fileno(), writer.fileno(), COPY_BYTES):
                pass
        except OSError:  # not on this file system
            shutil.copyfileobj(reader, writer)
    shutil.copystat(source, target)
