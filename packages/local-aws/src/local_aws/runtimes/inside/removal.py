"""Removes a folder completely, whatever permissions a program or the kernel has left on its content."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def remove(folder: Path) -> None:
    """Remove a folder, unless it is missing or another process removes it too. Never raises `OSError`.

    An overlay leaves folders without any permissions.
    """
    shutil.rmtree(folder, onerror=_open_up)


def _open_up(retry: Callable[..., Any], path: str, failure: Any) -> None:  # noqa: ARG001
    """Add permissions on a folder that can't be read or written, and continue with it."""
    stuck = Path(path)
    with contextlib.suppress(OSError):  # it is gone meanwhile, or can't be changed: the rest is removed
        if stuck.is_symlink() or not stuck.is_dir() or stuck.stat().st_mode & 0o700 == 0o700:
            return
        stuck.chmod(0o700)
        shutil.rmtree(stuck, ignore_errors=True)
