"""Packs a folder of scripts as one `.tar.gz`: without times, owners and caches, so equal content gives equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

IGNORED = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache")


@dataclass(frozen=True)
class Archive:
    """A packaged folder."""

    data: bytes

    @cached_property
    def sha256(self) -> str:
        """The hash that the archive is stored under."""
        return hashlib.sha256(self.data).hexdigest()


def pack(files: Mapping[str, Path]) -> Archive:
    """Archive `files`, a mapping from the name in the archive to the file on disk."""
    plain, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted(files):
            data = files[name].read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o755 if files[name].stat().st_mode & 0o100 else 0o644
            archive.addfile(member, io.BytesIO(data))
    # Not compressed: scripts are small, and a synth packs those of every workload. The header of `gzip.compress`
    # differs between versions of Python.
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="", compresslevel=0) as archived:
        archived.write(plain.getvalue())
    return Archive(packed.getvalue())


def source_files(folder: Path) -> dict[str, Path]:
    """The files of a workload below `folder`, by relative name; hidden files are left out.

    What can't be packed is not among them: see `unpackable`.
    """
    files: dict[str, Path] = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _ignored(name)]
        inner = os.path.relpath(parent, folder)
        for name in names:
            if not _ignored(name) and Path(parent, name).is_file():
                files[os.path.normpath(f"{inner}/{name}")] = Path(parent, name)
    return dict(sorted(files.items()))


def unpackable(folder: Path) -> list[str]:
    """The relative names below `folder` that are neither files nor folders: links to folders or to nothing, pipes."""
    names = []
    for parent, folders, others in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = [name for name in folders if not _ignored(name)]
        names += [Path(parent, name) for name in links if not _ignored(name)]
        names += [Path(parent, name) for name in others if not _ignored(name) and not Path(parent, name).is_file()]
    return sorted(path.relative_to(folder).as_posix() for path in names)


def _ignored(name: str) -> bool:
    return name in IGNORED or name.startswith(".") or name.endswith(".pyc")
