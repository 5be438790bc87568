"""Names of objects and of archives' members as paths below a folder, or the reason why they are none."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\:\ud800-\udfff]")
"""Surrogates stand for bytes that are not UTF-8, which not every system takes, nor any terminal."""
LONGEST_PART = 255
"""The bytes of a file's name on common file systems."""


def relative_path(name: str) -> PurePosixPath | None:
    """A name as a relative path; None if it leaves its folder, or is no name of a file on every system."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or name.startswith("/") or ".." in parts or _CONTROL.search(name):
        return None
    if any(len(part.encode()) > LONGEST_PART for part in parts):
        return None
    return PurePosixPath(*parts)


def is_inside(folder: Path, path: Path) -> bool:
    """Whether a path is below a folder, with all links in it followed: a link may lead elsewhere."""
    return path.resolve().is_relative_to(folder.resolve())
