"""Detects changes of a cached environment: a list of its files and their SHA-256, next to it.

It is for machines without namespaces, where any program may write to the cache. All files are read before each use
(1.3 s of CPU time for the 14,500 files of scikit-learn's image), because a program can restore the size and time of a
file that it has changed, and the time of the last change (``st_ctime``) changes with each clone's hard links.
Note: this detects accidental changes. It does not stop a program that also rewrites the list, or this code, or that
changes a file while other programs use it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path


def write(environment: Path, final: Path) -> None:
    """Write the list of the files of ``environment``, which will be renamed to ``final``, next to that."""
    aside = environment.with_name(f"{environment.name}.json.partial")
    aside.write_text(json.dumps(dict(_digests(environment))), encoding="utf-8")
    aside.rename(_manifest(final))


def changes(environment: Path) -> list[str]:
    """Names of files that were changed, deleted or added; if there is no list, why it can't be read."""
    try:
        expected = json.loads(_manifest(environment).read_text(encoding="utf-8"))
        current = dict(_digests(environment))
    except (OSError, ValueError) as error:
        return [str(error)]
    return sorted({name for name, _ in expected.items() ^ current.items()})


def _manifest(environment: Path) -> Path:
    return environment.with_name(f"{environment.name}.json")


def _digests(folder: Path, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Everything except folders: its path in the environment, and its `_digest`."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _digests(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                yield f"{prefix}{entry.name}", _digest(entry)


def _digest(entry: os.DirEntry[str]) -> str:
    """A file's hash, or a link's target; an unreadable file counts as changed."""
    path = Path(entry.path)
    try:
        if entry.is_symlink():
            return f"-> {path.readlink()}"
        return hashlib.sha256(path.read_bytes()).hexdigest() if entry.is_file() else "not a file"
    except OSError as error:
        return str(error)
