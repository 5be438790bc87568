"""A workload's channels in the data bucket: finds the empty ones, and uploads the data that was prepared locally.

Each object has the SHA-256 of its content in its metadata. An ETag is not enough: with a KMS key it is no checksum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError

CHECKSUM = "sha256"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Upload:
    """One file to upload to S3."""

    path: Path
    prefix: str
    """The folder of its channel in the data bucket."""
    key: str

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        return self.path.stat().st_size


def is_empty(s3: Any, bucket: str, prefix: str) -> bool:
    """Whether the folder `prefix` has no objects, and is no object itself, as a manifest is (ListObjectsV2)."""
    if s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/", MaxKeys=1).get("KeyCount"):
        return False
    first = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents", [{}])[0]
    return bool(first.get("Key") != prefix)


def plan(folder: Path, prefixes: Mapping[str, str], required: Iterable[str] | None = None) -> list[Upload]:
    """The files below `folder`, which has one folder per channel or other input, with their keys.

    `prefixes` maps channels to their folders. The channels in `required`, by default all, must have files.

    Raises:
        LaunchpadError: a required channel has no file, no file exists at all, or a folder belongs to no channel.
    """
    names = sorted(path.name for path in folder.iterdir())
    unknown = [name for name in names if name not in prefixes]
    if unknown:
        raise LaunchpadError(
            f"data.py wrote {unknown[0]!r}, which is no channel with a `prefix`; write one folder per channel:"
            f" {', '.join(sorted(prefixes)) or 'workload.yaml has none'}"
        )
    uploads = [upload for channel, prefix in sorted(prefixes.items()) for upload in _files(folder / channel, prefix)]
    for channel in prefixes if required is None else required:
        if not any(upload.prefix == prefixes[channel] for upload in uploads):
            raise LaunchpadError(f"data.py wrote no file for channel {channel!r}; it must write to DIR/{channel}/")
    if not uploads:
        raise LaunchpadError(f"data.py wrote no file; it must write to DIR/{', DIR/'.join(sorted(prefixes))}")
    return uploads


def send(s3: Any, bucket: str, upload: Upload, checksum: str, progress: Callable[[int], None] = lambda _: None) -> bool:
    """Upload one file unless S3 has it already; return whether it was sent. `progress` gets the bytes sent."""
    if stored_checksum(s3, bucket, upload.key) == checksum:
        return False
    extra = {"Metadata": {CHECKSUM: checksum}}
    s3.upload_file(str(upload.path), bucket, upload.key, ExtraArgs=extra, Callback=progress)
    return True


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """The files below a folder, sorted; a link is what it leads to.

    Raises:
        LaunchpadError: a link leads nowhere or in a circle, or a name is not UTF-8: no object can have it.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            if path.is_symlink() and folder.resolve().is_relative_to(path.resolve()):
                raise LaunchpadError(f"{path} is a link to a folder above it; remove it")
            yield from files_below(path)
        elif not path.is_file():
            raise LaunchpadError(f"{path} is neither a file nor a folder, or a link that leads nowhere; remove it")
        elif any("\ud800" <= character <= "\udfff" for character in path.name):
            raise LaunchpadError(f"{path}: S3 takes names in UTF-8 only; rename it")
        else:
            yield path


def _files(folder: Path, prefix: str) -> Iterator[Upload]:
    for path in files_below(folder):
        yield Upload(path, prefix, f"{prefix}/{path.relative_to(folder).as_posix()}")


def stored_checksum(s3: Any, bucket: str, key: str) -> str | None:
    """The SHA-256 in the object's metadata; None if it has none, or doesn't exist."""
    try:
        metadata: Mapping[str, str] = s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    return metadata.get(CHECKSUM)
