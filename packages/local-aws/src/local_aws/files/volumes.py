"""An instance's disk: as many bytes and files as it would hold on AWS."""

from __future__ import annotations

import errno
import os

GIGABYTE = 1024**3
DEFAULT_GIGABYTES = 30
"""The default if the request has no VolumeSizeInGB."""
BYTES_PER_FILE = 16 * 1024
"""ext4 has one inode per this many bytes of a disk."""


class Volume:
    """A disk of ``size`` bytes; only files that the local AWS itself reads or writes count."""

    def __init__(self, size: int) -> None:
        self._bytes, self._files = size, size // BYTES_PER_FILE

    @classmethod
    def of_gigabytes(cls, gigabytes: int | None) -> Volume:
        """A disk of VolumeSizeInGB, or of an instance's default size."""
        return cls((gigabytes or DEFAULT_GIGABYTES) * GIGABYTE)

    def take(self, size: int) -> None:
        """Use ``size`` bytes for one more file. Raises `OSError` (ENOSPC) if they do not fit."""
        self._bytes -= size
        self._files -= 1
        if self._bytes < 0 or self._files < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
