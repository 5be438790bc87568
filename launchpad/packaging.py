"""A folder of scripts as one `.tar.gz`, the same bytes for the same content: no times, owners or caches go in."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IGNORED = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache")


@dataclass(frozen=True)
class Archive:
    """A packaged folder."""

    data: bytes

    @property
    def sha256(self) -> str:
        """What the archive is kept under."""
        return hashlib.sha256(self.data).hexdigest()


def pack(files: Mapping[str, Path]) -> Archive:
    """Archive `files`: name in the archive to file on disk."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            data = files[name].read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o755 if files[name].stat().st_mode & 0o100 else 0o644
            archive.addfile(member, io.BytesIO(data))
    return Archive(buffer.getvalue())


def source_files(folder: Path) -> dict[str, Path]:
    """The files below `folder` that belong to a workload: name relative to it, to file. Hidden ones do not."""
    return {
        str(relative): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _ignored(relative := path.relative_to(folder))
    }


def _ignored(relative: Path) -> bool:
    return any(part in IGNORED or part.startswith(".") or part.endswith(".pyc") for part in relative.parts)
