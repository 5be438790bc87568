"""An instance's disk: as many bytes and files as AWS would have room for."""

from __future__ import annotations

import errno
import os

GIGABYTE = 1024**3
DEFAULT_GIGABYTES = 30
"""Where the request names no VolumeSizeInGB."""
BYTES_PER_FILE = 16 * 1024
"""ext4 has one inode for each so many bytes of a disk."""


class Volume:
    """A disk of ``size`` bytes; only what the local AWS itself reads or writes is counted."""

    def __init__(self, size: int) -> None:
        self._bytes, self._files = size, size // BYTES_PER_FILE

    @classmethod
    def of_gigabytes(cls, gigabytes: int | None) -> Volume:
        """A disk of VolumeSizeInGB, or of the size that an instance has without it."""
        return cls((gigabytes or DEFAULT_GIGABYTES) * GIGABYTE)

    def take(self, size: int) -> None:
        """Use ``size`` bytes for one more file. Raises `OSError` (ENOSPC) when there is no room for it."""
        self._bytes -= size
        self._files -= 1
        if self._bytes < 0 or self._files < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
