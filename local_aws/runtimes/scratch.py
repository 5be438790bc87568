"""A folder per running program: its environment, its home, its temporary files.

The environment is the image's, and the program may change it with pip as the user's requirements ask, while the cached
one stays as it was: an overlay where the machine has it (no time at all), or else a clone of hard links (0.25 s, and
0.25 s to remove it, for the 14,500 files of scikit-learn's image). The supervisor removes the folder when the program
has ended, and holds its lock until then, so that what a killed machine left behind can be told from what is in use.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from pathlib import Path

from local_aws.runtimes.inside.removal import remove

LOCK = "lock"
ENVIRONMENT = "environment"
STARTING_SECONDS = 60
"""Age under which a folder without a lock may be one whose supervisor is just starting."""


class Scratch:
    """The scratch folders under one folder, safe to share between servers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def create(self, environment: Path, *, overlay: bool) -> Path:
        """Make a folder with ``home``, ``tmp``, and ``environment``: a clone, or a place for the overlay."""
        path = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            for name in ("home", "tmp", *(("upper", "work", ENVIRONMENT) if overlay else ())):
                (path / name).mkdir()
            if not overlay:
                _clone(environment, path / ENVIRONMENT)
        except BaseException:
            remove(path)
            raise
        return path

    def _sweep(self) -> None:
        """Remove what no supervisor holds any more."""
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime > STARTING_SECONDS and not _held(path / LOCK):
                remove(path)


def overlay_arguments(environment: Path, scratch: Path) -> dict[str, str]:
    """What `inside/namespaces.py` needs to show the environment in a scratch folder that was made for an overlay."""
    places = {"upper": "upper", "work": "work", "target": ENVIRONMENT}
    return {"lower": str(environment)} | {name: str(scratch / place) for name, place in places.items()}


def _held(lock: Path) -> bool:
    try:
        with lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _clone(source: Path, target: Path) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.is_symlink():
                copy.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                _clone(Path(entry.path), copy)
            else:
                copy.hardlink_to(entry.path)
