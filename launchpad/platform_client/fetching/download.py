"""Downloads objects into a folder; a broken download goes on where it broke."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchpad.platform_client.connection import Connection

Progress = Callable[[str, int], object]
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Item:
    """One object in S3."""

    bucket: str
    key: str
    size: int
    etag: str

    @property
    def source(self) -> str:
        """Its URI with its version."""
        return f"s3://{self.bucket}/{self.key}#{self.etag}"


@dataclass(frozen=True)
class Downloads:
    """Downloads into one folder, each with a name for its object and version."""

    connection: Connection
    folder: Path
    progress: Progress | None = None
    """Called with each object's name and the bytes that were read of it."""

    def download(self, item: Item) -> Path:
        """Download an object, or the rest of it, if a part of the same version was downloaded earlier."""
        name = hashlib.sha256(item.source.encode()).hexdigest()[:24]
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        offset = path.stat().st_size if path.exists() else 0
        if offset > item.size:
            path.unlink()
            offset = 0
        if offset < item.size or not item.size:
            self._read(item, path, offset)
        return path

    def _read(self, item: Item, path: Path, offset: int) -> None:
        options: dict[str, Any] = {"Range": f"bytes={offset}-"} if offset else {}
        response = self.connection.client("s3").get_object(
            Bucket=item.bucket, Key=item.key, IfMatch=f'"{item.etag}"', **options
        )
        resumed = offset and "ContentRange" in response
        with path.open("ab" if resumed else "wb") as file:
            count = offset if resumed else 0
            for block in response["Body"].iter_chunks(_BLOCK):
                file.write(block)
                count += len(block)
                if self.progress:
                    self.progress(item.key.rpartition("/")[2], count)
