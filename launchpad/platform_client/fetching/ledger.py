"""Remembers which files of a folder were fetched, so that a file of the user is never taken for one of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = ".launchpad-fetched.json"


@dataclass(frozen=True)
class Entry:
    """A file as it was fetched."""

    source: str
    """The object's URI and ETag."""
    digest: str
    """The file's SHA-256."""


class Ledger:
    """The fetched files of one folder, kept in a file in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / NAME
        content = _read(self._path)
        self._files = {name: Entry(**entry) for name, entry in content.get("files", {}).items()}
        self._archives: dict[str, list[str]] = content.get("archives", {})

    def is_ours(self, path: Path) -> bool:
        """Whether a file is as it was fetched, so that it may be replaced."""
        entry = self._files.get(self._name(path))
        return entry is not None and path.is_file() and digest(path) == entry.digest

    def is_current(self, path: Path, source: str) -> bool:
        """Whether a file is as it was fetched from this version of an object."""
        entry = self._files.get(self._name(path))
        return entry is not None and entry.source == source and self.is_ours(path)

    def is_unpacked(self, source: str) -> bool:
        """Whether all files of this version of an archive are in the folder, as they were unpacked."""
        names = self._archives.get(source)
        return names is not None and all(self.is_current(self.folder / name, source) for name in names)

    def files_of(self, source: str) -> list[str]:
        """The files of an unpacked archive, relative to the folder."""
        return self._archives.get(source, [])

    def add(self, path: Path, source: str) -> None:
        """Note a fetched file."""
        self._files[self._name(path)] = Entry(source, digest(path))

    def add_archive(self, source: str, paths: list[Path]) -> None:
        """Note that an archive is unpacked."""
        self._archives[source] = [self._name(path) for path in paths]

    def save(self) -> None:
        """Write it: to a temporary name first, so that an interrupt leaves the earlier one."""
        files = {name: vars(entry) for name, entry in sorted(self._files.items())}
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({"files": files, "archives": self._archives}, indent=1) + "\n", "utf-8")
        temporary.replace(self._path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
