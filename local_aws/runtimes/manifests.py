"""Whether a cached environment still is what was built: a list of its files and their SHA-256, next to it.

It is for machines without namespaces, where any program may write to the cache. All files are read once per server
(MEASURED); after that only those whose metadata have changed, of which a program can set all but the time of the last
change (``st_ctime``). Note: it finds what a program has changed by mistake or in passing. A program of the same user
that also rewrites the list, or this code, is not stopped by it.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISLNK, S_ISREG

Metadata = tuple[int, int, int, int, int]
"""Mode, inode, size, and the times of modification and change."""


def write(environment: Path, final: Path) -> None:
    """List the files of ``environment``, which will be renamed to ``final``, in the file next to that."""
    content = {name: _digest(environment / name, metadata) for name, metadata in _files(environment)}
    aside = environment.with_name(f"{environment.name}.json.partial")
    aside.write_text(json.dumps(content), encoding="utf-8")
    aside.rename(_manifest(final))


class Checks:
    """Checks environments, and remembers what it need not read again. Safe for threads."""

    def __init__(self) -> None:
        self._seen: dict[Path, dict[str, tuple[Metadata, str]]] = {}
        self._lock = threading.Lock()

    def changes(self, environment: Path) -> list[str]:
        """Names of the files that are not as they were built, missing, or new; all that can be said of no list."""
        try:
            expected = json.loads(_manifest(environment).read_text(encoding="utf-8"))
            current = self._digests(environment)
        except (OSError, ValueError) as error:
            return [f"{_manifest(environment).name}: {error}"]
        return sorted({name for name, _ in expected.items() ^ current.items()})

    def _digests(self, environment: Path) -> dict[str, str]:
        with self._lock:
            seen = self._seen.setdefault(environment, {})
            return {name: self._current(environment, name, metadata, seen) for name, metadata in _files(environment)}

    @staticmethod
    def _current(environment: Path, name: str, metadata: Metadata, seen: dict[str, tuple[Metadata, str]]) -> str:
        known, digest = seen.get(name, (None, ""))
        if known != metadata:
            digest = _digest(environment / name, metadata)
            seen[name] = (metadata, digest)
        return digest


def _manifest(environment: Path) -> Path:
    return environment.with_name(f"{environment.name}.json")


def _digest(path: Path, metadata: Metadata) -> str:
    """What a file holds, or where a link leads; what can't be read is not what was built."""
    try:
        if S_ISLNK(metadata[0]):
            return f"-> {path.readlink()}"
        return hashlib.sha256(path.read_bytes()).hexdigest() if S_ISREG(metadata[0]) else "no file"
    except OSError as error:
        return str(error)


def _files(folder: Path, prefix: str = "") -> Iterator[tuple[str, Metadata]]:
    """All that is no folder, by its path below the environment."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                status = entry.stat(follow_symlinks=False)
                times = (status.st_mtime_ns, status.st_ctime_ns)
                yield f"{prefix}{entry.name}", (status.st_mode, status.st_ino, status.st_size, *times)
