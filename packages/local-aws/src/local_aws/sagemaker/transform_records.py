"""An input object of batch transform as records, and records as the mini-batches for the model."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MEGABYTE = 1024 * 1024


class RecordError(Exception):
    """Data can't be split into mini-batches."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One request to the model."""

    first: int
    """Number of its first record, from 1."""
    records: list[bytes]
    """The records as they were in the input."""
    bodies: list[bytes]
    """The records as the model gets them, after the input filter."""

    @property
    def last(self) -> int:
        """Number of its last record."""
        return self.first + len(self.records) - 1

    @property
    def body(self) -> bytes:
        """The payload."""
        return b"\n".join(self.bodies)


def decompressed(data: bytes, compression: str) -> bytes:
    """An object's content, decompressed by its CompressionType. Raises `RecordError`."""
    if compression != "Gzip":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordError(f"is no gzip data, as CompressionType says: {error}") from error


def split(data: bytes, split_type: str) -> list[bytes]:
    """The records: lines without their line ends, or the whole content as one record."""
    if split_type != "Line":
        return [data]
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines]


def batches(records: list[bytes], bodies: list[bytes], *, single: bool, megabytes: int) -> Iterator[Batch]:
    """Group as many records as fit into MaxPayloadInMB, or one at a time; 0 means no limit.

    Raises `RecordError` for a record that does not fit even alone.
    """
    limit = megabytes * MEGABYTE or float("inf")
    start, size = 0, 0
    for index, body in enumerate(bodies):
        if len(body) > limit:
            raise RecordError(
                f"record {index + 1} has {len(body)} bytes, which is more than MaxPayloadInMB ({megabytes}) allows"
            )
        if index > start and (single or size + 1 + len(body) > limit):
            yield Batch(start + 1, records[start:index], bodies[start:index])
            start, size = index, 0
        size += len(body) + (1 if index > start else 0)
    if start < len(bodies):
        yield Batch(start + 1, records[start:], bodies[start:])


def assemble(parts: list[bytes], assemble_with: str) -> bytes:
    """The output object: responses in the order of their records, each on a separate line if requested."""
    if assemble_with != "Line":
        return b"".join(parts)
    return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)
