"""SageMaker's .tar.gz objects: packed from a job's files, and unpacked as strictly as AWS does.

Note: links are packed as links, as tar does; but an endpoint refuses an archive that contains one
(https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail).
"""

from __future__ import annotations

import gzip
import io
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from local_aws.files.untrusted import Entry, JobTree, merged
from local_aws.files.volumes import Volume

if TYPE_CHECKING or sys.version_info >= (3, 11, 4):
    import tarfile
else:  # the Python of Debian 12, whose tarfile has no filters
    from backports import tarfile

LONGEST_HEADER = 1024 * 1024
"""Maximum bytes before a member's content: name, attributes, map of a sparse file, and the rest of a block."""
DRAIN = 1024 * 1024
TYPES = {stat.S_IFREG: tarfile.REGTYPE, stat.S_IFDIR: tarfile.DIRTYPE, stat.S_IFLNK: tarfile.SYMTYPE} | {
    stat.S_IFIFO: tarfile.FIFOTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
}
"""The file types that tar stores; it skips sockets."""


class ArchiveError(Exception):
    """The archive is not a valid .tar.gz; the message says why."""


def pack(trees: list[JobTree], archive: IO[bytes], volume: Volume) -> None:
    """Write a .tar.gz of the hosts' files in a folder, merged. Raises `OSError`, ENOSPC if they are too large."""
    linked: dict[tuple[int, int], str] = {}
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as packed:
        for tree, entry in merged(trees):
            if member := _member(entry, linked):
                volume.take(member.size)
                _add(packed, member, tree, entry)


def unpack(archive: IO[bytes], folder: Path, volume: Volume) -> None:
    """Unpack a .tar.gz into a new folder. Raises `ArchiveError`, and `OSError`, ENOSPC if it is too large."""
    with _archive_errors(), gzip.GzipFile(fileobj=archive) as content:
        bounded = _Bounded(content)
        bounded.left = LONGEST_HEADER
        with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_StrictMember) as packed:
            while (member := packed.next()) is not None:
                _check(member)
                volume.take(member.size)
                bounded.left = member.size + LONGEST_HEADER
                packed.extract(member, folder, filter="data")
                packed.members.clear()  # type: ignore[attr-defined]  # the list would grow with each member
                bounded.left = LONGEST_HEADER
        while part := content.read(DRAIN):  # to the end, where the checksum is
            volume.take(len(part))


class _StrictMember(tarfile.TarInfo):
    """A member whose broken header is an error: Python's tarfile treats it as the end of the archive."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:  # type: ignore[override]  # Self, in effect
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from error


class _Bounded(io.RawIOBase):
    """Reads a limited amount at a time, because tarfile reads headers whole, whatever their size."""

    def __init__(self, content: gzip.GzipFile) -> None:
        self.left = 0
        self._content = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._content.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise ArchiveError("a member's header is too long")
        return content


def _check(member: tarfile.TarInfo) -> None:
    """Refuse members that AWS refuses. Absolute names become relative, as in tar."""
    if not (member.isreg() or member.isdir() or member.islnk()):
        kind = "a symbolic link" if member.issym() else "neither a file nor a folder"
        raise ArchiveError(f"{member.name!r} is {kind}")
    if ".." in member.name.split("/"):
        raise ArchiveError(f"{member.name!r} leads out of the archive")


@contextmanager
def _archive_errors() -> Iterator[None]:
    try:
        yield
    except tarfile.FilterError as error:  # its message has a path of this machine
        raise ArchiveError("a member leads out of the archive") from error
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ArchiveError(str(error)) from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise ArchiveError("two of its members have one name") from error
    except KeyError as error:
        raise ArchiveError("a link in it leads to no member of it") from error
    except ValueError as error:
        raise ArchiveError(f"a member's name is no file name: {error}") from error


def _member(entry: Entry, linked: dict[tuple[int, int], str]) -> tarfile.TarInfo | None:
    """An entry as a tar member; ``linked`` maps inodes to the first name of files with several names."""
    status = entry.status
    kind = TYPES.get(stat.S_IFMT(status.st_mode))
    if kind is None:
        return None
    member = tarfile.TarInfo(entry.name)
    member.type, member.linkname = kind, entry.link or ""
    member.mode, member.mtime = stat.S_IMODE(status.st_mode), status.st_mtime
    member.uid, member.gid = status.st_uid, status.st_gid
    if entry.is_file:
        first = linked.setdefault((status.st_dev, status.st_ino), entry.name) if status.st_nlink > 1 else entry.name
        if first == entry.name:
            member.size = status.st_size
        else:
            member.type, member.linkname = tarfile.LNKTYPE, first
    return member


def _add(packed: tarfile.TarFile, member: tarfile.TarInfo, tree: JobTree, entry: Entry) -> None:
    if member.type == tarfile.REGTYPE:
        with tree.open(entry.parts) as file:
            member.size = min(member.size, file.status.st_size)
            packed.addfile(member, io.BufferedReader(file))
    else:
        packed.addfile(member)
    packed.members.clear()  # type: ignore[attr-defined]  # the list would grow with each member
