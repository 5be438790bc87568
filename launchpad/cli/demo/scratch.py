"""The folder of a demo's local AWS, named by the process, so that the next demo removes what a killed one left."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from launchpad import paths


def new_scratch_folder(name: str) -> Path:
    """Make a new folder for the server's state; remove those of demos of this name that were killed."""
    for old in paths.LOCAL_AWS.glob(f"{name}-*"):
        number = old.name.removeprefix(f"{name}-")
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(old, ignore_errors=True)
    folder = paths.LOCAL_AWS / f"{name}-{os.getpid()}"
    folder.mkdir(parents=True)
    return folder


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
