"""Bodies that are sent in chunks (`aws-chunked`) and are in a file: read in pieces, so that no gigabyte is in memory.

Source: Amazon S3 API reference, "Signature calculations for the authorization header: transferring payload in multiple
chunks", and "Checking object integrity". JavaScript's SDK makes them of any stream, boto3 only over HTTPS.
"""

from __future__ import annotations

import re

from local_aws.files.stored_bodies import PIECE, Bodies, GrowingBody, StoredBody

LINE = b"\r\n"
HEAD = 1024
"""The most bytes of a chunk's first line: its size, and a signature."""
TRAILER = 16 * 1024
"""The most bytes after the last chunk: checksums, and a signature."""
SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(;.*)?")


class MalformedError(ValueError):
    """The body is not in chunks, or ends early."""


class Frames:
    """A stored body as what verifies the chunks' signatures reads bytes: one chunk at a time is in memory."""

    def __init__(self, body: StoredBody) -> None:
        self._body = body

    def __len__(self) -> int:
        return len(self._body)

    def __getitem__(self, part: slice) -> bytes:
        first, last, _step = part.indices(len(self._body))
        return self._body.read(first, max(0, last - first))

    def find(self, separator: bytes, start: int) -> int:
        """The place of the separator within the next line, -1 if it isn't there."""
        place = self._body.read(start, HEAD).find(separator) if start < len(self._body) else -1
        return start + place if place >= 0 else -1


def without_frames(body: StoredBody, bodies: Bodies) -> tuple[StoredBody, bytes]:
    """Return what all chunks hold as a new file, and the trailer that follows the last one.

    Raises MalformedError, or OSError if the file can't be written.
    """
    frames, content, position = Frames(body), bodies.begin(), 0
    while True:
        end = frames.find(LINE, position)
        head = SIZE.fullmatch(frames[position:end]) if end >= 0 else None
        if head is None:
            raise MalformedError("no chunk begins where one has to")
        size, start = int(head[1], 16), end + len(LINE)
        if size == 0:
            break
        position = start + size + len(LINE)
        if position > len(body) or frames[start + size : position] != LINE:
            raise MalformedError("a chunk is longer or shorter than its first line says")
        _copy(body, start, size, content)
    if len(body) - start > TRAILER:
        raise MalformedError("too much follows the last chunk")
    return content.end(), frames[start : len(body)]


def _copy(body: StoredBody, start: int, size: int, target: GrowingBody) -> None:
    for first in range(start, start + size, PIECE):
        target.append(body.read(first, min(PIECE, start + size - first)))
