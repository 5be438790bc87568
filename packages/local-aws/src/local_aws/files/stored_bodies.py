"""Contents of objects as files: never changed, read in pieces, shared by copies, and removed after their last use."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from weakref import WeakValueDictionary, finalize

PIECE = 1024 * 1024
"""Bytes that are in memory at once."""


class ContentFile:
    """A file of contents. It is garbage once nothing refers to this object any more."""

    def __init__(self, path: Path, garbage: list[Path]) -> None:
        self.path = path
        finalize(self, garbage.append, path).atexit = False

    @property
    def name(self) -> str:
        """The file's name in its folder."""
        return self.path.name


class StoredBody:
    """Bytes of a content file, used like `bytes`: it has a length and slices, which are read when they are needed."""

    def __init__(self, file: ContentFile, start: int, size: int) -> None:
        self.file, self.start, self._size = file, start, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> StoredBody:
        first, last, _step = part.indices(self._size)
        return StoredBody(self.file, self.start + first, max(0, last - first))

    def __bytes__(self) -> bytes:
        return self.read(0, self._size)

    def __str__(self) -> str:
        return bytes(self).decode()

    def __deepcopy__(self, _memo: Any) -> StoredBody:
        return self

    def read(self, first: int, size: int) -> bytes:
        """Some of the bytes."""
        with self.file.path.open("rb") as file:
            file.seek(self.start + first)
            return file.read(min(size, self._size - first))

    def pieces(self) -> Iterator[bytes]:
        """All bytes, in pieces."""
        with self.file.path.open("rb") as file:
            file.seek(self.start)
            rest = self._size
            while rest and (piece := file.read(min(PIECE, rest))):
                rest -= len(piece)
                yield piece


class GrowingBody:
    """A body that is being written; without `end`, nothing is left of it."""

    def __init__(self, file: ContentFile) -> None:
        self._file, self._size = file, 0
        self._target: BinaryIO = file.path.open("xb", buffering=0)

    def append(self, piece: bytes) -> None:
        """Write more bytes. Raises OSError; then none of them counts."""
        view = memoryview(piece)
        written = 0
        while written < len(view):
            written += self._target.write(view[written:])
        self._size += len(view)

    def abandoned(self) -> StoredBody:
        """Return what was written before the disk was full. No more may be written."""
        return StoredBody(self._file, 0, self._size)

    def end(self) -> StoredBody:
        """Return the whole body. Raises OSError."""
        self._target.close()
        return StoredBody(self._file, 0, self._size)


class Bodies:
    """The folder of content files. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._garbage: list[Path] = []
        self._files: WeakValueDictionary[str, ContentFile] = WeakValueDictionary()

    def store(self, pieces: Iterable[bytes]) -> StoredBody:
        """Write a new file. Raises OSError, and leaves nothing then."""
        body = self.begin()
        for piece in pieces:
            body.append(piece)
        return body.end()

    def begin(self) -> GrowingBody:
        """Begin a new file. Raises OSError."""
        file = ContentFile(self._folder / uuid.uuid4().hex, self._garbage)
        growing = GrowingBody(file)
        self._files[file.name] = file
        return growing

    def stored(self, name: str, start: int, size: int) -> StoredBody:
        """The body that `store` wrote in an earlier run."""
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = ContentFile(self._folder / name, self._garbage)
        return StoredBody(file, start, size)

    def remove_garbage(self, files: list[Path]) -> None:
        """Remove files that were garbage before: take `garbage`, write down what refers to files, then call this."""
        for path in files:
            path.unlink(missing_ok=True)
        del self._garbage[: len(files)]

    def garbage(self) -> list[Path]:
        """The files that nothing refers to, until they are removed; by one thread at a time."""
        return list(self._garbage)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def remove_others(self) -> None:
        """Remove every file that nothing refers to, such as those of uploads that a killed server had begun."""
        for path in self._folder.iterdir():
            if path.name not in self._files:
                path.unlink(missing_ok=True)
