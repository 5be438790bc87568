"""Reads a job's files without trusting them.

A program may leave anything in its folder: links to files of this machine, named pipes, devices, sparse files, names
that are not text; and it may replace them while the server reads. So every folder is opened from its parent, links are
never followed, only regular files are opened, and no more is read than a file had when it was opened.
Paths in errors are those that the program knows, below /opt/ml.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local_aws.files.reasons import OPT_ML, printable

MOST_LEVELS = 256
"""Maximum depth of folders: each is opened from the top, so deep ones take time. An S3 key has at most 512."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

Parts = tuple[str, ...]
"""A path in a folder, as a list of names."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, folder, link or anything else in a folder, as it was when the folder was listed."""

    parts: Parts
    status: os.stat_result
    link: str | None = None
    """The target of a symbolic link."""

    @property
    def name(self) -> str:
        """The path in the folder; it may not be encodable text."""
        return "/".join(self.parts)

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)


class OpenedFile(io.RawIOBase):
    """A regular file's content: never more bytes than when it was opened. Raises `OSError` if it shrinks."""

    def __init__(self, descriptor: int, status: os.stat_result, path: str) -> None:
        self.status = status
        self._descriptor, self._shown, self._position = descriptor, path, 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """See `io.IOBase.seek`."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.status.st_size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        """See `io.RawIOBase.readinto`."""
        length = max(0, min(len(buffer), self.status.st_size - self._position))
        content = os.pread(self._descriptor, length, self._position)
        if length and not content:
            raise OSError(errno.EIO, "The file became shorter while it was read", self._shown)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class JobTree:
    """The folder ``path`` below ``root``, which is or was a program's /opt/ml."""

    def __init__(self, root: Path, path: str = "") -> None:
        self._root = root
        self._path: Parts = tuple(part for part in path.split("/") if part)

    @property
    def folder(self) -> Path:
        """The folder's path on this machine, for files written before the program starts."""
        return self._root.joinpath(*self._path)

    def shown(self, parts: Parts = ()) -> str:
        """A path as the program knows it, in printable characters."""
        return printable("/".join((OPT_ML, *self._path, *parts)))

    def entries(self) -> Iterator[Entry]:
        """All entries, each folder before its content. Raises `OSError` if the folder itself is not one."""
        waiting: list[Parts] = [()]
        while waiting:
            entries = self._entries_of(waiting.pop())
            yield from entries
            waiting += [entry.parts for entry in reversed(entries) if entry.is_folder]

    def holds_anything(self) -> bool:
        """Whether it exists and is not empty. Raises `OSError` if it is not a folder."""
        with contextlib.suppress(FileNotFoundError), self.opened() as folder, os.scandir(folder) as entries:
            return any(entries)
        return False

    def files(self) -> Iterator[Entry]:
        """The regular files; none if the folder does not exist."""
        with contextlib.suppress(FileNotFoundError):
            yield from (entry for entry in self.entries() if entry.is_file)

    def open(self, parts: Parts) -> OpenedFile:
        """Open a regular file. Raises `OSError` for anything else."""
        with self.opened(parts[:-1]) as folder, self._errors(parts):
            # Before opening, because a device may react to that; and after, because it may have been replaced.
            _check_regular(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False))
            descriptor = os.open(parts[-1], _FILE, dir_fd=folder)
            try:
                status = os.fstat(descriptor)
                _check_regular(status)
            except BaseException:
                os.close(descriptor)
                raise
        return OpenedFile(descriptor, status, self.shown(parts))

    def start_of(self, path: str, length: int) -> bytes:
        """The first bytes of a file, or nothing if it is not a readable regular file."""
        with contextlib.suppress(OSError), self.open(tuple(path.split("/"))) as file:
            return io.BufferedReader(file).read(length)
        return b""

    @contextlib.contextmanager
    def opened(self, parts: Parts = ()) -> Iterator[int]:
        """A descriptor of a subfolder, reached without following a link."""
        with self._errors(parts):
            descriptor = _open_folder(self._root, (*self._path, *parts))
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _entries_of(self, parts: Parts) -> list[Entry]:
        entries = []
        try:
            with self.opened(parts) as folder, self._errors(parts):
                for name in sorted(os.listdir(folder)):  # noqa: PTH208 (of a descriptor)
                    with contextlib.suppress(FileNotFoundError):  # a program that still runs has removed it
                        entries.append(self._entry((*parts, name), folder))
        except OSError as error:
            if not parts or error.errno not in _GONE:
                raise
        return entries

    def _entry(self, parts: Parts, folder: int) -> Entry:
        if len(parts) > MOST_LEVELS:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        status = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        link = os.readlink(parts[-1], dir_fd=folder) if stat.S_ISLNK(status.st_mode) else None
        return Entry(parts, status, link)

    @contextlib.contextmanager
    def _errors(self, parts: Parts) -> Iterator[None]:
        """Put the path that the program knows into the operating system's errors."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.shown(parts)) from None


def merged(trees: list[JobTree]) -> Iterator[tuple[JobTree, Entry]]:
    """The merged content of several hosts' folders: of entries with the same name, the first host's is used."""
    folders: dict[Parts, bool] = {(): True}
    for tree in trees:
        for entry in tree.entries():
            if folders.get(entry.parts[:-1]) and entry.parts not in folders:
                folders[entry.parts] = entry.is_folder
                yield tree, entry


def remove(root: Path) -> None:
    """Delete a job's folder, of any depth and permissions; Python's `shutil.rmtree` stops at 1000 levels."""
    subprocess.run(["rm", "-rf", "--", str(root)], stderr=subprocess.DEVNULL, check=False)
    if root.is_dir() and not root.is_symlink():
        subprocess.run(["chmod", "-R", "u+rwX", "--", str(root)], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["rm", "-rf", "--", str(root)], stderr=subprocess.DEVNULL, check=False)


def _open_folder(root: Path, parts: Parts) -> int:
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            above, descriptor = descriptor, os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(above)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
