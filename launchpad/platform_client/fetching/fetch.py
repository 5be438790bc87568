"""Fetches objects and archives: what is there already stays, a broken download goes on where it broke.

Everything is downloaded into a folder `.launchpad-partial` first, and only then put at its place, so that no file is
ever half-written. A file that was not fetched, or was changed since, is not replaced unless the user forces it.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.fetching.download import Downloads, Item, Progress
from launchpad.platform_client.fetching.ledger import Ledger, digest
from launchpad.platform_client.fetching.paths import is_inside, relative_path
from launchpad.platform_client.fetching.sources import Source

PARTIAL = ".launchpad-partial"
_BLOCK = 1 << 20
_MISSING = ("404", "NoSuchKey", "NotFound")


@dataclass
class Outcome:
    """What a fetch did."""

    fetched: list[tuple[str, Path]] = field(default_factory=list)
    """The part and the path of each new or changed file."""
    kept: list[tuple[str, Path]] = field(default_factory=list)
    """Those that were the same already."""
    skipped: list[str] = field(default_factory=list)
    """What was left out, with the reason."""


@dataclass(frozen=True)
class Fetch:
    """A fetch into one folder."""

    connection: Connection
    folder: Path
    force: bool = False
    progress: Progress | None = None
    """Called with each object's name and the bytes that were read of it."""

    def run(self, sources: list[Source]) -> Outcome:
        """Fetch all sources.

        Raises:
            LaunchpadError: a file that was not fetched is in the way; nothing of its source was written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        ledger, outcome = Ledger(self.folder), Outcome()
        try:
            for source in sources:
                for item in self._items(source):
                    work = self._unpack if source.archive else self._copy
                    work(source, item, ledger, outcome)
        finally:
            ledger.save()
        shutil.rmtree(self.folder / PARTIAL, ignore_errors=True)
        return outcome

    def _items(self, source: Source) -> Iterator[Item]:
        """The objects of a source; none if an archive doesn't exist."""
        address, s3 = urlsplit(source.uri), self.connection.client("s3")
        bucket, key = address.netloc, address.path.lstrip("/")
        if source.archive:
            try:
                head = s3.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in _MISSING:
                    return
                raise
            yield Item(bucket, key, head["ContentLength"], head["ETag"].strip('"'))
            return
        prefix = f"{key.rstrip('/')}/"
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                if not item["Key"].endswith("/"):
                    yield Item(bucket, item["Key"], item["Size"], item["ETag"].strip('"'))

    def _copy(self, source: Source, item: Item, ledger: Ledger, outcome: Outcome) -> None:
        prefix = f"{urlsplit(source.uri).path.strip('/')}/"
        path = self._target(source, item.key.removeprefix(prefix), outcome)
        if path is None or (source.endings and not path.name.lower().endswith(source.endings)):
            return
        if ledger.is_current(path, item.source):
            outcome.kept.append((source.part, path))
            return
        self._place(source, self._downloads.download(item), path, item.source, ledger, outcome)

    def _unpack(self, source: Source, item: Item, ledger: Ledger, outcome: Outcome) -> None:
        mark = f"{item.source}{''.join(source.endings)}"
        if ledger.is_unpacked(mark):
            outcome.kept += [(source.part, self.folder / name) for name in ledger.files_of(mark)]
            return
        staged = list(self._members(source, self._downloads.download(item), outcome))
        self._refuse_foreign(staged, ledger)
        for temporary, path in staged:
            self._place(source, temporary, path, mark, ledger, outcome)
        ledger.add_archive(mark, [path for _, path in staged])

    def _members(self, source: Source, archive: Path, outcome: Outcome) -> Iterator[tuple[Path, Path]]:
        """Unpack the plain files of an archive next to it; yield each with its target."""
        staging = archive.with_suffix(".files")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            with tarfile.open(archive) as members:
                for number, member in enumerate(members):
                    if member.isdir():
                        continue
                    if not member.isreg():
                        outcome.skipped.append(f"{source.target / member.name}: a link or device, not a file")
                        continue
                    path = self._target(source, member.name, outcome)
                    if path is None or (source.endings and not path.name.lower().endswith(source.endings)):
                        continue
                    temporary = staging / str(number)
                    with temporary.open("wb") as file:
                        shutil.copyfileobj(cast(BinaryIO, members.extractfile(member)), file, _BLOCK)
                    yield temporary, path
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            if isinstance(error, OSError) and error.errno:  # of the disk; that of a broken archive has no number
                raise
            raise LaunchpadError(f"{source.uri} is no archive that can be unpacked: {error}") from None

    @property
    def _downloads(self) -> Downloads:
        return Downloads(self.connection, self.folder / PARTIAL, self.progress)

    def _target(self, source: Source, name: str, outcome: Outcome) -> Path | None:
        relative = relative_path(name)
        path = self.folder / source.target / relative if relative else None
        if path is None or not is_inside(self.folder, path):
            outcome.skipped.append(f"{source.target}: {name!r} would be outside of the folder, or is no file's name")
            return None
        return path

    def _refuse_foreign(self, staged: list[tuple[Path, Path]], ledger: Ledger) -> None:
        for temporary, path in staged:
            self._refuse(temporary, path, ledger)

    def _refuse(self, temporary: Path, path: Path, ledger: Ledger) -> None:
        if self.force or not os.path.lexists(path) or ledger.is_ours(path) or _same(temporary, path):
            return
        raise LaunchpadError(
            f"{path} was not fetched, or was changed since: it stays as it is; choose another folder (--to), or replace"
            " it with --force"
        )

    def _place(self, source: Source, temporary: Path, path: Path, mark: str, ledger: Ledger, outcome: Outcome) -> None:
        self._refuse(temporary, path, ledger)
        if _same(temporary, path):
            outcome.kept.append((source.part, path))
            temporary.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
            outcome.fetched.append((source.part, path))
        ledger.add(path, mark)


def _same(new: Path, other: Path) -> bool:
    return (
        other.is_file()
        and not other.is_symlink()
        and new.stat().st_size == other.stat().st_size
        and digest(new) == digest(other)
    )
