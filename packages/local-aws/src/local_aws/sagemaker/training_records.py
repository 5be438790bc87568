"""The bytes that a channel streams: objects (unzipped or in RecordIO on request) or an augmented manifest's attributes.

Objects keep the channel's order, or with a ShuffleConfig get one per epoch that depends only on its seed.
"""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.storage import DownloadError, Location
from local_aws.sagemaker.input_objects import InputObject, input_objects

T = TypeVar("T")

CHUNK = 256 * 1024
RECORD_MAGIC = 0xCED7230A
"""Starts every record of MXNet's RecordIO, before its length in 29 bits; records are padded to four bytes."""
REFERENCE = "-ref"
"""Suffix of an augmented manifest's attributes that name an object, whose content is sent."""


@dataclass(frozen=True)
class Share:
    """The part of a channel for one host: objects ``index``, ``index + count`` and so on, or all."""

    index: int = 0
    count: int = 1

    def of(self, items: Sequence[T]) -> list[T]:
        """The host's items."""
        return list(items[self.index :: self.count])


@dataclass
class RecordStream:
    """The content of a channel, as Pipe mode sends it."""

    s3: Any
    channel: dict[str, Any]
    share: Share

    def epoch(self, number: int) -> Iterator[bytes]:
        """All bytes of an epoch, in chunks. Raises `DownloadError`."""
        augmented = self._source["S3DataType"] == "AugmentedManifestFile"
        for record in self._manifest_records(number) if augmented else self._objects(number):
            yield from _wrapped(record) if self._wraps else record

    def _objects(self, epoch: int) -> Iterator[Iterator[bytes]]:
        objects = input_objects(self.s3, self._source["S3DataType"], self._source["S3Uri"])
        for item in self.share.of(self._in_order(objects, epoch)):
            parts = self._content(item)
            yield _unzipped(parts) if self.channel.get("CompressionType") == "Gzip" else parts

    def _manifest_records(self, epoch: int) -> Iterator[Iterator[bytes]]:
        """The attributes of each line that the channel names, in the channel's order."""
        location = Location.parse(self._source["S3Uri"])
        lines = b"".join(self._content(InputObject(location, ""))).decode().splitlines()
        for line in self.share.of(self._in_order([line for line in lines if line.strip()], epoch)):
            for name in self._source["AttributeNames"]:
                yield self._attribute(location, line, name)

    def _attribute(self, manifest: Location, line: str, name: str) -> Iterator[bytes]:
        try:
            value = json.loads(line)[name]
        except (ValueError, KeyError, TypeError) as error:
            raise DownloadError(f"A line of {manifest} has no attribute {name!r}: {line[:200]}") from error
        if name.endswith(REFERENCE):
            return self._content(InputObject(Location.parse(value), ""))
        return iter([value.encode() if isinstance(value, str) else json.dumps(value).encode()])

    def _content(self, item: InputObject) -> Iterator[bytes]:
        try:
            body = self.s3.get_object(Bucket=item.location.bucket, Key=item.location.key)["Body"]
            yield from body.iter_chunks(CHUNK)
        except (ClientError, BotoCoreError) as error:
            raise DownloadError(f"Failed to download {item.location}: {error}") from error

    def _in_order(self, items: list[T], epoch: int) -> list[T]:
        """Shuffle before sharing, so that a host gets other objects in each epoch, as in SageMaker."""
        if "ShuffleConfig" in self.channel:
            random.Random(f"{self.channel['ShuffleConfig']['Seed']} {epoch}").shuffle(items)  # noqa: S311 (an order)
        return items

    @property
    def _source(self) -> dict[str, Any]:
        return dict(self.channel["DataSource"]["S3DataSource"])

    @property
    def _wraps(self) -> bool:
        return self.channel.get("RecordWrapperType") == "RecordIO"


def _unzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for part in parts:
            while part:
                yield decompressor.decompress(part)
                part = decompressor.unused_data  # a file may be several gzip files in sequence
                if part:
                    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    except zlib.error as error:
        raise DownloadError(f"An object of a channel with CompressionType Gzip is not gzip: {error}") from error


def _wrapped(parts: Iterator[bytes]) -> Iterator[bytes]:
    content = b"".join(parts)
    padding = b"\0" * (-len(content) % 4)
    yield struct.pack("<II", RECORD_MAGIC, len(content)) + content + padding
