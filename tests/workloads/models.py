"""What a model's archive contains."""

from __future__ import annotations

import shutil
from pathlib import Path


def unpacked(archive: bytes, folder: Path) -> Path:
    """Unpack a model.tar.gz into a folder, and return it. Python before 3.11.4 has no filters for `tarfile`."""
    path = folder / "model.tar.gz"
    path.write_bytes(archive)
    shutil.unpack_archive(path, folder)
    path.unlink()
    return folder
