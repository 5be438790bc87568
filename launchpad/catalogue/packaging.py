"""Packs a folder of scripts as one `.tar.gz`: without times, owners and caches, so equal content gives equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
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
    return {name: Path(entry) for name, entry in sorted(_entries(folder)) if _is_file(entry)}


def unpackable(folder: Path) -> list[str]:
    """The relative names below `folder` that are neither files nor folders: links to folders or to nothing, pipes."""
    return [name for name, entry in sorted(_entries(folder)) if not _is_file(entry)]


def _entries(folder: Path, inner: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All below `folder` but the folders themselves and what is ignored, by relative name. No link is followed."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if _ignored(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry), f"{inner}{entry.name}/")
            else:
                yield f"{inner}{entry.name}", entry


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself, below a file, or to a folder that is not readable
        return False


def _ignored(name: str) -> bool:
    return name in IGNORED or name.startswith(".") or name.endswith(".pyc")
