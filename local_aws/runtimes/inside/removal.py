"""Removes a folder whole, whatever rights a program or the kernel has left on what is in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def remove(folder: Path) -> None:
    """Remove a folder that may not be there. An overlay leaves folders without any rights behind."""
    shutil.rmtree(folder, onerror=_open_up)


def _open_up(retry: Callable[..., Any], path: str, failure: Any) -> None:  # noqa: ARG001
    """Give ourselves the rights on a folder that can't be read or written, and go on with it."""
    stuck = Path(path)
    if stuck.is_symlink() or not stuck.is_dir() or stuck.stat().st_mode & 0o700 == 0o700:
        return
    stuck.chmod(0o700)
    shutil.rmtree(stuck, ignore_errors=True)
