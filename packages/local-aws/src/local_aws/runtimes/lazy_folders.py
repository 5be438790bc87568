"""Folders below a program's /opt/ml whose files are downloaded when the program reads them (see `fuse`).

The supervisor mounts them where only the program sees them, and returns each one's descriptor over a socket.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_aws.runtimes.base import LazyFile
from local_aws.runtimes.fuse import LazyFolder

DEVICE = "/dev/fuse"


def has_device() -> bool:
    """Whether this user may ask the kernel for such folders at all."""
    return os.access(DEVICE, os.R_OK | os.W_OK)


class LazyFolders:
    """The folders of one program, which is started inside the ``with`` block."""

    def __init__(self, root: Path, folders: Mapping[str, Sequence[LazyFile]]) -> None:
        self._root = root
        self._folders = {path: LazyFolder(files) for path, files in folders.items()}
        self._pairs = {path: socket.socketpair() for path in folders}

    def __enter__(self) -> LazyFolders:
        return self

    def __exit__(self, *_exception: object) -> None:
        for _, far_end in self._pairs.values():
            far_end.close()

    @property
    def handed(self) -> tuple[int, ...]:
        """Descriptors for the supervisor."""
        return tuple(far_end.fileno() for _, far_end in self._pairs.values())

    def mounts(self) -> list[dict[str, Any]]:
        """The arguments that `inside/namespaces.py` needs to mount them."""
        pairs = self._pairs.items()
        return [{"target": str(self._root / path), "socket": far_end.fileno()} for path, (_, far_end) in pairs]

    def serve(self) -> None:
        """Serve each folder in a separate thread, until the program's mounts are gone."""
        for path, folder in self._folders.items():
            near_end = self._pairs[path][0]
            threading.Thread(target=_serve, args=(folder, near_end), name=f"fuse {path}", daemon=True).start()


def _serve(folder: LazyFolder, near_end: socket.socket) -> None:
    with near_end:
        _, descriptors, _, _ = socket.recv_fds(near_end, 1, 1)
    if descriptors:  # otherwise the supervisor could not mount it, and reports that itself
        folder.serve(descriptors[0])
